-- The strangers' visits of each cell, and its say in what is usual.
SELECT cell, visits,
  CASE WHEN visits < 20 THEN 0 ELSE CAST(FLOOR(SQRT(CAST(visits AS {float})) * 1024) AS {whole}) END AS say
FROM (
  SELECT cell, SUM(strangers) AS visits
  FROM {cells}
  GROUP BY cell
) AS counted
