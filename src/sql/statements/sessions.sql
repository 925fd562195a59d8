-- Visits of people: with a product, not longer and not faster than a person is. Each has a number, since numbers are joined
-- faster than names; they are dealt in parts, so that no worker has to see all.
SELECT *, ROW_NUMBER() OVER (PARTITION BY MOD(began, 1024) ORDER BY visit) * 1024 + MOD(began, 1024) AS number
FROM (
  SELECT
    visit,
    MIN(time_ms) AS began,
    MAX(time_ms) AS ended,
    COUNT(*) AS events,
    {sha256} AS digest
  FROM {visits}
  GROUP BY visit
  HAVING SUM(CASE WHEN item <> '' THEN 1 ELSE 0 END) > 0
    AND COUNT(*) <= 300
    AND (COUNT(*) < 30 OR FLOOR(MAX(time_ms) / 1000.0) - FLOOR(MIN(time_ms) / 1000.0) >= COUNT(*))
) AS people
