-- The item events of visits, in numbers alone: they are sorted more than once.
SELECT
  session.number AS visit,
  session.age{session_share},
  event.moment,
  product.n,
  CASE WHEN event.kind IN ('add_to_cart', 'purchase') THEN 1 ELSE 0 END AS deed
FROM {events} AS event
JOIN {aged} AS session ON session.visit = event.visit
JOIN {items} AS product ON product.item = event.item
WHERE event.kind <> 'remove_from_cart'
