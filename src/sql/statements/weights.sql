-- What each step, age and length weighs, so that whoever finishes the training can tell that it is by the same kernels.
SELECT 0 AS what, deed, weight
FROM {near}
UNION ALL
SELECT 1 AS what, 0 AS deed, weight
FROM {ages}
UNION ALL
SELECT 2 AS what, 0 AS deed, weight
FROM {stays}
