-- Rows by currency, and those with a number that cannot be read.
SELECT currency, SUM(1 - broken) AS events, SUM(broken) AS broken
FROM {every}
GROUP BY currency
