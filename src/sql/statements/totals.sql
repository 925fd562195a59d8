-- The log as a whole.
SELECT MIN(began) AS oldest, MAX(ended) AS newest, COUNT(*) AS sessions, SUM(events) AS events
FROM {sessions}
