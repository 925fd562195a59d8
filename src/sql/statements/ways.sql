-- Where each visit came from: what its first row with a context says, also if that row is left out for its product.
SELECT visit, MIN_BY(way, seq) AS way, MIN_BY(context, seq) AS context
FROM {joined}
WHERE way <> ''
GROUP BY visit
