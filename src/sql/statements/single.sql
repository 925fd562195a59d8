-- An event that was written twice counts once.
SELECT *
FROM (
  SELECT *,
    ROW_NUMBER() OVER (PARTITION BY event_key, item ORDER BY at, kind) AS copy
  FROM {rows}
) AS copies
WHERE event_key = '' OR copy = 1
