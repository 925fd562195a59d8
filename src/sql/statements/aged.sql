-- Visits with their age, in 1,024ths of the log's time.
SELECT session.*,
  CAST(
    LEAST(FLOOR(CAST(newest - began AS {float}) * 1024 / CAST(GREATEST(newest - oldest, 1) AS {float})), 1024)
    AS {whole}
  ) AS age
FROM {sessions} AS session
CROSS JOIN {totals} AS totals
