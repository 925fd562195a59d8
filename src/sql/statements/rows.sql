-- Rows in the currencies of the shop.
SELECT *
FROM {every}{of_currency}
