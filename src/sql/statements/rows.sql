-- Rows that can be read, in the currencies of the shop.
SELECT *
FROM {every}
WHERE broken = 0{of_currency}
