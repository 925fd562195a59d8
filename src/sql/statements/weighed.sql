-- Clicks with the weight of their visit.
SELECT click.visit, click.place, click.n, click.deed, old.weight * long.weight AS weight
FROM {clicks} AS click
JOIN {ages} AS old ON old.age = click.age
JOIN {stays} AS long ON long.clicks = click.clicks
