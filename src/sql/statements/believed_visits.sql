-- Events of the days that can be believed, without purchases of strangers who have not looked at anything before.
SELECT *
FROM (
  SELECT *, MIN(CASE WHEN kind IN ({steps_of_people}) THEN moment END) OVER (PARTITION BY visit) AS first_step
  FROM {joined}
  WHERE kind <> 'slot_exposure'
    AND (
      strangers = 0 AND time_ms BETWEEN {first} AND {last}
      OR strangers = 1 AND time_ms BETWEEN {strangers_first} AND {strangers_last}
    )
) AS stepped
WHERE strangers = 0 OR kind <> 'purchase' OR first_step < moment
