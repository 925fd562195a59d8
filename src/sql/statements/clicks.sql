-- The item events of each visit: immediate repeats are one, and an item has three places at most.
SELECT
  visit,
  n,
  deed,
  age,
  ROW_NUMBER() OVER (PARTITION BY visit ORDER BY run) AS place,
  COUNT(*) OVER (PARTITION BY visit) AS clicks
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY visit, n ORDER BY run) AS times
  FROM (
    SELECT visit, run, n, age, MAX(deed) AS deed
    FROM (
      SELECT *, SUM(changed) OVER (PARTITION BY visit ORDER BY moment, deed, n ROWS UNBOUNDED PRECEDING) AS run
      FROM (
        SELECT *,
          CASE WHEN n = LAG(n) OVER (PARTITION BY visit ORDER BY moment, deed, n) THEN 0 ELSE 1 END AS changed
        FROM {named}
      ) AS steps
    ) AS numbered
    GROUP BY visit, run, n, age
  ) AS runs
) AS returns
WHERE times <= 3
