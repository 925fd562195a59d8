-- What rows say of products, each statement once: far fewer than rows.
SELECT
  item,
  currency{facts_told},
  strangers,
  MIN(moment) AS first_moment,
  MIN(time_ms) AS first_ms,
  MAX(time_ms) AS last_ms,
  MAX(moment) AS moment{first_seq}
FROM {single}
WHERE item <> ''
GROUP BY item, currency{facts_told}, strangers
