UNION ALL
SELECT {columns}, 'u' || user_key || ' ' || CAST(part AS {text}) AS visit
FROM (
  SELECT *,
    SUM(begins) OVER (PARTITION BY user_key ORDER BY moment, kind, item ROWS UNBOUNDED PRECEDING) AS part
  FROM (
    SELECT *,
      CASE
        WHEN time_ms - LAG(time_ms) OVER (PARTITION BY user_key ORDER BY moment, kind, item) > 1800000 THEN 1
        ELSE 0
      END AS begins
    FROM {single}
    WHERE session_key = ''
  ) AS silences
) AS parts
