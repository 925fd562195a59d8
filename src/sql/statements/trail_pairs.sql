-- The items before each product that enough visits came from.
SELECT n, before, total
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY n ORDER BY total DESC, before) AS place
  FROM (
    SELECT n, before, SUM(weight) AS total
    FROM {trail_places}
    GROUP BY n, before
    HAVING COUNT(DISTINCT visit) >= {visits_of_trail}
  ) AS sums
) AS ranked
WHERE place <= {most}
