-- The items before each product that enough visits came from.
SELECT n, came_from, total
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY n ORDER BY total DESC, came_from) AS place
  FROM (
    SELECT n, came_from, SUM(weight) AS total
    FROM {trail_places}
    GROUP BY n, came_from
    HAVING COUNT(DISTINCT visit) >= {visits_of_trail}
  ) AS sums
) AS ranked
WHERE place <= {most}
