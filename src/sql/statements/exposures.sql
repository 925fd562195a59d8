UNION ALL
-- Exposures of people's visits: of those in the sample, and of those that named no product.
SELECT {columns_of_exposures}
FROM {joined} AS event
LEFT JOIN {sessions} AS session ON session.visit = event.visit{came_from}
WHERE event.kind = 'slot_exposure'
  AND event.visit NOT IN (SELECT visit FROM {machines})
  AND (session.visit IS NULL OR SUBSTR(session.digest, 1, 3) IN ({buckets}))
