-- Which visit an event belongs to: the shop's session, or a user's events with no half hour of silence between them.
SELECT *, 's' || session_key AS visit
FROM {single}
WHERE session_key <> ''
{by_user}
