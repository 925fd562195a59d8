-- Events by run: a product, as often as it was repeated.
SELECT visit, n, age, deed{share}, SUM(changed) OVER (PARTITION BY visit ORDER BY moment, deed, n ROWS UNBOUNDED PRECEDING) AS run
FROM {steps}
