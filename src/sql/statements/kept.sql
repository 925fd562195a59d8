-- Events of people's visits, with products that exist.
SELECT event.*, own.share
FROM {visits} AS event
JOIN {shares} AS own ON own.visit = event.visit
WHERE event.item = '' OR event.item IN (SELECT item FROM {existing})
