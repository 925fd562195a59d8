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
