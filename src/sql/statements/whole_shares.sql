-- Every visit of the shop's own log counts in full.
SELECT visit, strangers, began, 1024 AS share
FROM {people}
