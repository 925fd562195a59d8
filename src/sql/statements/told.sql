-- What rows say of products, each statement once: far fewer than rows.
SELECT
  item,
  currency{facts_told},
  MIN(moment) AS first_moment,
  MIN(time_ms) AS first_ms,
  MAX(moment) AS moment
FROM {single}
WHERE item <> ''
GROUP BY item, currency{facts_told}
