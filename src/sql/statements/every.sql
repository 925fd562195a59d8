-- Events of the shop's table under their own names; each says its kind and when it happened.
SELECT *, {moment} AS moment
FROM (
  SELECT {fields}
  FROM (
    SELECT *, {time_number} AS time_number
    FROM (
      SELECT {texts}
      FROM {source}
    ) AS texts
  ) AS numbers
) AS read
WHERE kind IS NOT NULL
  AND time_ms BETWEEN 0 AND {latest}
  AND (session_key <> '' OR user_key <> '')
  AND {bytes}(item) <= 100{needs_item}
