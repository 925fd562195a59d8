-- What enough visits agree on: among the newest votes, or else among all.
SELECT item, field, word, CASE WHEN near >= 2560 THEN near_ms ELSE newest_ms END AS said_ms
FROM (
  SELECT *,
    ROW_NUMBER() OVER (
      PARTITION BY item, field
      ORDER BY
        CASE WHEN near >= 2560 THEN 0 ELSE 1 END,
        CASE WHEN near >= 2560 THEN near ELSE support END DESC,
        CASE WHEN near >= 2560 THEN near_ms ELSE newest_ms END DESC,
        word DESC
    ) AS rank_of_word
  FROM (
    SELECT item, field, word,
      SUM(CASE WHEN place <= heard THEN share ELSE 0 END) AS near,
      MAX(CASE WHEN place <= heard THEN time_ms END) AS near_ms,
      SUM(share) AS support,
      MAX(time_ms) AS newest_ms
    FROM (
      SELECT item, field, word, share, time_ms, place,
        GREATEST(9, CASE WHEN field = 3 THEN 2 * FLOOR(SQRT(CAST(votes AS {float}))) ELSE FLOOR(votes / 2.0) END) AS heard
      FROM (
        SELECT vote.item, vote.field, vote.word, vote.time_ms, own.share,
          COUNT(*) OVER (PARTITION BY vote.item, vote.field) AS votes,
          ROW_NUMBER() OVER (PARTITION BY vote.item, vote.field ORDER BY vote.time_ms DESC, own.began, vote.visit) AS place
        FROM {votes} AS vote
        JOIN {shares} AS own ON own.visit = vote.visit
      ) AS ordered
    ) AS bounded
    GROUP BY item, field, word
  ) AS tallied
  WHERE support >= 2560
) AS ranked
WHERE rank_of_word = 1
