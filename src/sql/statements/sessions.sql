-- Visits of people: with a product, not longer and not faster than a person is. Each has a number, since numbers are joined
-- faster than names; they are dealt in parts, so that no worker has to see all.
SELECT *, ROW_NUMBER() OVER (PARTITION BY MOD(began, 1024) ORDER BY visit) * 1024 + MOD(began, 1024) AS number
FROM (
  SELECT
    visit,
    MIN(time_ms) AS began,
    MAX(time_ms) AS ended,
    COUNT(*) AS events{share_of_visit},
    {sha256} AS digest
  FROM {events}
  GROUP BY visit
  HAVING SUM(CASE WHEN item <> '' THEN 1 ELSE 0 END) > 0{of_people}
) AS people
