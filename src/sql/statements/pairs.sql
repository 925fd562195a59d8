-- What stands near each product, and how many visits had both.
SELECT n, other, weight, support
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY n ORDER BY weight DESC, other) AS place
  FROM (
    SELECT n, other, SUM(weight) AS weight, {supporters} AS support
    FROM (
      SELECT own.visit, own.n, near.n AS other, SUM(own.weight * step.weight) AS weight{most_share}
      FROM {weighed} AS own
      JOIN {weighed} AS near
        ON near.visit = own.visit
        AND near.place BETWEEN own.place - {reach} AND own.place + {reach}
        AND near.n <> own.n
      JOIN {near} AS step ON step.steps = near.place - own.place AND step.deed = near.deed
      WHERE own.weight * step.weight > 0
      GROUP BY own.visit, own.n, near.n
    ) AS by_visit
    GROUP BY n, other
    HAVING {supporters} >= {support}
  ) AS sums
) AS ranked
WHERE place <= {most}
