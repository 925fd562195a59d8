-- Visits of people: with a product, not longer and not faster than a person is.
SELECT visit, MAX(strangers) AS strangers, MIN(time_ms) AS began
FROM {visits}
GROUP BY visit
HAVING SUM(CASE WHEN item <> '' THEN 1 ELSE 0 END) > 0
  AND COUNT(*) <= 300
  AND (COUNT(*) < 30 OR FLOOR(MAX(time_ms) / 1000.0) - FLOOR(MIN(time_ms) / 1000.0) >= COUNT(*))
