-- How often a visit has come to a product.
SELECT *, ROW_NUMBER() OVER (PARTITION BY visit, n ORDER BY run) AS times
FROM {runs}
