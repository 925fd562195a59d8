-- Where each visit came from.
SELECT visit, MIN_BY(way, seq) AS way
FROM {joined}
WHERE way <> ''
GROUP BY visit
