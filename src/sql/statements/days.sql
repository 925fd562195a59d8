-- Events by day of UTC, from which it is seen what cannot have happened then.
SELECT CAST(FLOOR(time_ms / 86400000.0) AS {whole}) AS day, COUNT(*) AS events
FROM {joined}
GROUP BY CAST(FLOOR(time_ms / 86400000.0) AS {whole})
