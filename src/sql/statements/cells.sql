-- Visits parted by where they came from, or by their hour if nearly all came the same way.
SELECT person.visit, person.strangers,
  CASE
    WHEN compared.ways >= 4 THEN COALESCE(own.way, {no_way})
    ELSE CAST(CAST(FLOOR(person.began / 3600000.0) AS {whole}) AS {text})
  END AS cell
FROM {people} AS person
LEFT JOIN {ways} AS own ON own.visit = person.visit
CROSS JOIN (
  SELECT COUNT(*) AS ways
  FROM (
    SELECT COALESCE(own.way, {no_way}) AS way, SUM(person.strangers) AS visits
    FROM {people} AS person
    LEFT JOIN {ways} AS own ON own.visit = person.visit
    GROUP BY COALESCE(own.way, {no_way})
  ) AS sizes
  WHERE visits >= 20
) AS compared
