-- Visits of machines: longer or faster than a person is.
SELECT visit
FROM {visits}
GROUP BY visit
HAVING COUNT(*) > 300
  OR COUNT(*) >= 30 AND FLOOR(MAX(time_ms) / 1000.0) - FLOOR(MIN(time_ms) / 1000.0) < COUNT(*)
