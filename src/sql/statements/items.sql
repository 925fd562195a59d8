-- Products, numbered in the order in which they are first named, with the newest word of the shop on each field.
SELECT ROW_NUMBER() OVER (ORDER BY first_at, item) AS n, *
FROM (
  SELECT
    item,
    MIN({first_at}) AS first_at,
    MIN(CASE WHEN strangers = 0 THEN first_ms END) AS first_ms,
    MAX(CASE WHEN strangers = 0 THEN last_ms END) AS own_ms{facts_grouped}
  FROM {told}
  GROUP BY item
) AS products
