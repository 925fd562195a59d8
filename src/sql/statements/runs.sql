-- Immediate repeats are one click.
SELECT visit, run, n, age{share}, MAX(deed) AS deed
FROM {numbered}
GROUP BY visit, run, n, age{share}
