-- What came next after two products.
SELECT n, came_from, total, other, weight
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY n, came_from ORDER BY weight DESC, other) AS place
  FROM (
    SELECT n, came_from, total, other, SUM(weight) AS weight
    FROM (
      SELECT own.visit, own.n, own.came_from, pair.total, near.n AS other, SUM(own.weight * step.weight) AS weight{most_share}
      FROM {trail_places} AS own
      JOIN {trail_pairs} AS pair ON pair.n = own.n AND pair.came_from = own.came_from
      JOIN {weighed} AS near
        ON near.visit = own.visit
        AND near.place BETWEEN own.place + 1 AND own.place + {reach}
        AND near.n <> own.n
        AND near.n <> own.came_from
      JOIN {near} AS step ON step.steps = near.place - own.place AND step.deed = 0
      WHERE own.weight * step.weight > 0
      GROUP BY own.visit, own.n, own.came_from, pair.total, near.n
    ) AS by_visit
    GROUP BY n, came_from, total, other
    HAVING {supporters} >= {support}
  ) AS sums
) AS ranked
WHERE place <= {followers}
