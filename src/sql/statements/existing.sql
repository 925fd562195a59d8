-- Products that exist: the shop says so, or enough visits do.
SELECT item
FROM (
  SELECT item, is_sure, ROW_NUMBER() OVER (PARTITION BY is_sure ORDER BY support DESC, n) AS place
  FROM (
    SELECT product.item, product.n, COALESCE(seen.support, 0) AS support, {is_sure} AS is_sure
    FROM {items} AS product
    LEFT JOIN {seen} AS seen ON seen.item = product.item{listed}
  ) AS named
  WHERE is_sure = 1 OR support >= 2560
) AS ranked
WHERE is_sure = 1 OR place <= {most_new}
