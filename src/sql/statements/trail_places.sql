-- The items shortly before each click, once each.
SELECT DISTINCT own.visit, own.place, own.n, prior.n AS came_from, own.weight{own_share}
FROM {weighed} AS own
JOIN {weighed} AS prior
  ON prior.visit = own.visit
  AND prior.place BETWEEN own.place - {trail} AND own.place - 1
  AND prior.n <> own.n
