-- What strangers say of products: each visit has one vote on each field, its newest word. Fields are category, brand, title and
-- price.
SELECT item, visit, field, word, time_ms
FROM (
  SELECT *, ROW_NUMBER() OVER (PARTITION BY item, visit, field ORDER BY moment DESC) AS newest
  FROM (
    SELECT event.item, event.visit, event.moment, event.time_ms, asked.field,
      CASE asked.field
        WHEN 0 THEN event.its_category
        WHEN 1 THEN event.its_brand
        WHEN 2 THEN {title_word}
        ELSE {price_word}
      END AS word
    FROM {visits} AS event
    CROSS JOIN ({fields_asked}) AS asked
    WHERE event.strangers = 1 AND event.item <> ''
  ) AS said
  WHERE word <> ''
) AS words
WHERE newest = 1
