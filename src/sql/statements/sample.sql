-- Whole visits, drawn by their digests, with at most so many events.
SELECT {columns}
FROM {visits} AS event
JOIN {sessions} AS session ON session.visit = event.visit
WHERE SUBSTR(session.digest, 1, 3) IN (
  SELECT bucket
  FROM (
    SELECT bucket, SUM(events) OVER (ORDER BY bucket) AS upto
    FROM (
      SELECT SUBSTR(digest, 1, 3) AS bucket, SUM(events) AS events
      FROM {sessions}
      GROUP BY SUBSTR(digest, 1, 3)
    ) AS buckets
  ) AS sums
  WHERE upto <= {sample}
)
ORDER BY event.moment, event.kind, event.item
