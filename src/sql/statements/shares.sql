-- How much each visit counts, in 1,024ths: as its most crowded product does.
SELECT person.visit, person.strangers, person.began, COALESCE(light.share, 1024) AS share
FROM {people} AS person
LEFT JOIN (
  SELECT event.visit, MIN(damped.share) AS share
  FROM {visits} AS event
  JOIN {cells} AS cell ON cell.visit = event.visit
  JOIN {damped} AS damped ON damped.item = event.item AND damped.cell = cell.cell
  WHERE cell.strangers = 1
  GROUP BY event.visit
) AS light ON light.visit = person.visit
