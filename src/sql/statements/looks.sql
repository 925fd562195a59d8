-- How often each product was looked at, by all and by the newest tenth of the visits, in 1,024ths of a visit.
SELECT n, SUM({parts}) AS looks, SUM(CASE WHEN age <= newest THEN {parts} ELSE 0 END) AS recent
FROM {clicks}
CROSS JOIN (
  SELECT MIN(age) AS newest
  FROM (
    SELECT age, SUM(sessions) OVER (ORDER BY age) AS upto, SUM(sessions) OVER () AS sessions
    FROM (
      SELECT age, SUM(sessions) AS sessions
      FROM {lengths}
      GROUP BY age
    ) AS ages
  ) AS shares
  WHERE upto * 10 >= sessions
) AS newest
GROUP BY n
