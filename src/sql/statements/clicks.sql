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
      SELECT *, SUM(changed) OVER (PARTITION BY visit ORDER BY moment, kind, n ROWS UNBOUNDED PRECEDING) AS run
      FROM (
        SELECT *,
          CASE WHEN n = LAG(n) OVER (PARTITION BY visit ORDER BY moment, kind, n) THEN 0 ELSE 1 END AS changed
        FROM (
          SELECT
            session.number AS visit,
            event.moment,
            event.kind,
            product.n,
            session.age,
            CASE WHEN event.kind IN ('add_to_cart', 'purchase') THEN 1 ELSE 0 END AS deed
          FROM {visits} AS event
          JOIN {aged} AS session ON session.visit = event.visit
          JOIN {items} AS product ON product.item = event.item
          WHERE event.kind <> 'remove_from_cart'
        ) AS named
      ) AS steps
    ) AS numbered
    GROUP BY visit, run, n, age
  ) AS runs
) AS returns
WHERE times <= 3
