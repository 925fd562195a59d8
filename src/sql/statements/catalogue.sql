-- The products that people's visits named.
SELECT product.n, product.item, {first_ms} AS first_ms{facts}
FROM {items} AS product{words}
WHERE product.item IN (
  SELECT event.item
  FROM {events} AS event
  JOIN {sessions} AS session ON session.visit = event.visit
)
ORDER BY n
