-- Products, numbered in the order in which they are first named, with the newest word on each field.
SELECT ROW_NUMBER() OVER (ORDER BY first_at, item) AS n, *
FROM (
  SELECT
    item,
    MIN(moment) AS first_at,
    MIN(time_ms) AS first_ms{facts}
  FROM {single}
  WHERE item <> ''
  GROUP BY item
) AS named
