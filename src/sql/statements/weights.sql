-- What each step weighs, so that whoever finishes the training can tell that it is by the same kernels.
SELECT steps, deed, weight
FROM {near}
