-- Events by day of UTC, from which it is seen what cannot have happened then: the shop's own, and those of strangers.
SELECT CAST(FLOOR(time_ms / 86400000.0) AS {whole}) AS day, strangers, COUNT(*) AS events
FROM {joined}
WHERE kind <> 'slot_exposure'
GROUP BY CAST(FLOOR(time_ms / 86400000.0) AS {whole}), strangers
