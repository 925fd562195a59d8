-- What visits say of each product by naming it.
SELECT item, SUM(share) AS support, MIN(first_ms) AS first_ms
FROM (
  SELECT event.item, event.visit, MIN(own.share) AS share, MIN(event.time_ms) AS first_ms
  FROM {visits} AS event
  JOIN {shares} AS own ON own.visit = event.visit
  WHERE event.item <> ''
  GROUP BY event.item, event.visit
) AS by_visit
GROUP BY item
