-- Immediate repeats are one click.
SELECT visit, run, n, age, MAX(deed) AS deed
FROM {numbered}
GROUP BY visit, run, n, age
