-- Products, numbered in the order in which they are first named, with the newest word on each field.
SELECT ROW_NUMBER() OVER (ORDER BY first_at, item) AS n, *
FROM (
  SELECT
    item,
    MIN(first_moment) AS first_at,
    MIN(first_ms) AS first_ms{facts}
  FROM {told}
  GROUP BY item
) AS products
