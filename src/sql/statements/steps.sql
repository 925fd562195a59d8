-- Whether an event is about another product than the one before it.
SELECT *,
  CASE WHEN n = LAG(n) OVER (PARTITION BY visit ORDER BY moment, deed, n) THEN 0 ELSE 1 END AS changed
FROM {named}
