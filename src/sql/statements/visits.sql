-- Events of the days that can be believed.
SELECT *
FROM {joined}
WHERE time_ms BETWEEN {first} AND {last}
