-- Visits by age and number of clicks.
SELECT session.age, COALESCE(length.clicks, 0) AS clicks, COUNT(*) AS sessions
FROM {aged} AS session
LEFT JOIN (
  SELECT visit, MAX(clicks) AS clicks
  FROM {clicks}
  GROUP BY visit
) AS length ON length.visit = session.number
GROUP BY session.age, COALESCE(length.clicks, 0)
