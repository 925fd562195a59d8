-- The items before each product that enough visits came from.
SELECT n, came_from, total
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY n ORDER BY total DESC, came_from) AS place
  FROM (
    SELECT n, came_from, SUM(weight) AS total
    FROM (
      SELECT own.n, own.came_from, own.visit, SUM(own.weight) AS weight{most_share}
      FROM {trail_places} AS own
      GROUP BY own.n, own.came_from, own.visit
    ) AS by_visit
    GROUP BY n, came_from
    HAVING {supporters} >= {visits_of_trail}
  ) AS sums
) AS ranked
WHERE place <= {most}
