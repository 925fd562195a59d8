-- The clicks of each visit, of which a product has three at most.
SELECT
  visit,
  n,
  deed,
  age{share},
  ROW_NUMBER() OVER (PARTITION BY visit ORDER BY run) AS place,
  COUNT(*) OVER (PARTITION BY visit) AS clicks
FROM {returns}
WHERE times <= 3
