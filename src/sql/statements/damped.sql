-- Products that a cell has far more visits of than is usual, and how much a visit of it counts there, in 1,024ths.
SELECT item, cell, CAST(GREATEST(ROUND(most * (1 + LN(looks / most)) / looks * 1024), 1) AS {whole}) AS share
FROM (
  SELECT item, cell, looks, GREATEST(CAST(4 AS {float}) * usual * visits, CAST(2 AS {float})) AS most
  FROM (
    SELECT item, cell, looks, visits,
      CASE
        WHEN (heard - stated) * 2 >= heard THEN CAST(0 AS {float})
        ELSE MIN(CASE WHEN (heard - stated + upto) * 2 >= heard THEN part END) OVER (PARTITION BY item)
      END AS usual
    FROM (
      SELECT *,
        SUM(say) OVER (PARTITION BY item) AS stated,
        SUM(say) OVER (PARTITION BY item ORDER BY part) AS upto
      FROM (
        SELECT crowd.item, crowd.cell, size.say, CAST(crowd.looks AS {float}) AS looks, CAST(size.visits AS {float}) AS visits,
          CAST(crowd.looks AS {float}) / CAST(size.visits AS {float}) AS part
        FROM (
          SELECT event.item, person.cell, COUNT(DISTINCT event.visit) AS looks
          FROM {visits} AS event
          JOIN {cells} AS person ON person.visit = event.visit
          WHERE person.strangers = 1 AND event.item <> ''
          GROUP BY event.item, person.cell
        ) AS crowd
        JOIN {sizes} AS size ON size.cell = crowd.cell
      ) AS parts
    ) AS sums
    CROSS JOIN (SELECT SUM(say) AS heard FROM {sizes}) AS heard
  ) AS compared
) AS bounded
WHERE looks > most
