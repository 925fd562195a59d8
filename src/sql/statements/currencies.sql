-- Rows by currency.
SELECT currency, COUNT(*) AS events
FROM {every}
WHERE currency <> ''
GROUP BY currency
