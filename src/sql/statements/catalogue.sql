-- The products that people's visits named.
SELECT product.n, product.item, product.first_ms{facts}
FROM {items} AS product
WHERE product.item IN (
  SELECT event.item
  FROM {visits} AS event
  JOIN {sessions} AS session ON session.visit = event.visit
)
ORDER BY n
