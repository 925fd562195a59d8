-- Clicks with the weight of their visit.
SELECT click.visit, click.place, click.n, click.deed, {weight} AS weight{click_share}
FROM {clicks} AS click
JOIN {ages} AS oldness ON oldness.age = click.age
JOIN {stays} AS staying ON staying.clicks = click.clicks
