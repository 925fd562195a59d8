-- Whole visits, drawn by their digests, with at most so many events.
SELECT {columns}
FROM {events} AS event
JOIN {sessions} AS session ON session.visit = event.visit{came_from}
WHERE SUBSTR(session.digest, 1, 3) IN ({buckets}){exposures}
ORDER BY {in_order}
