-- An event that was written twice counts once.
SELECT *
FROM (
  SELECT *,
    ROW_NUMBER() OVER (PARTITION BY event_key, item ORDER BY moment, kind) AS nth
  FROM {rows}
) AS copies
WHERE event_key = '' OR nth = 1
