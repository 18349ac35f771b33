-- Who has which word, once more: each word now stands with all words of the customer, and not with the longer ones alone, so that a search for several
-- letters is looked up in one index, too. app/src/customers/search.rs says what a word is here, app/src/customers/store/words.rs keeps the table.

-- Who writes customers waits; who searches does not, since the old table goes last.
LOCK TABLE customers IN SHARE MODE;
ALTER FUNCTION customer_search_words(text) RENAME TO customer_search_words_before;

-- Those who have a word, as they stand by name, with all that is counted of them: the index alone says it.
CREATE TABLE customer_words_now (
    word text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    segment smallint NOT NULL,
    price_paise bigint NOT NULL,
    outstanding_paise bigint NOT NULL,
    -- The customer's words, the longest first, each behind a space if it begins something, and else behind a hyphen. A bar stands before this one: who has letters
    -- in a longer word, too, is found there.
    all_words text COLLATE "C" NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    -- Postgres cannot know how common letters are; starting its helpers would take longer than most searches.
    parallel_workers = 0
);

-- For the customers that are there already and for `lastmile check`; the program cuts the words of what it writes itself.
CREATE FUNCTION customer_search_words(search_text text) RETURNS TABLE (word text, all_words text) LANGUAGE sql IMMUTABLE AS $$
    SELECT word, all_words
    FROM (
        SELECT word, coalesce(string_agg(marked, '') OVER (longest_first ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), '') || '|'
            || string_agg(marked, '') OVER (longest_first ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING) AS all_words
        FROM (
            SELECT part[2] AS word, CASE WHEN bool_or(part[1] = ' ') THEN ' ' ELSE '-' END || part[2] AS marked
            FROM regexp_matches(search_text COLLATE "C", '( ?)([^\u0001-\u0060\u007b-\u007f]+)', 'g') AS parts (part)
            WHERE part[1] = ' ' OR length(part[2]) >= 3
            GROUP BY part[2]
        ) AS words
        WINDOW longest_first AS (ORDER BY length(word) DESC, word COLLATE "C" DESC)
    ) AS words
    WHERE length(word) >= 3
$$;

SET LOCAL maintenance_work_mem = '256MB';
INSERT INTO customer_words_now
SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
FROM customers CROSS JOIN LATERAL customer_search_words(search_text)
WHERE deleted_at IS NULL
ORDER BY word, name_key, id;
ALTER TABLE customer_words_now ADD PRIMARY KEY (word, name_key, id) INCLUDE (segment, price_paise, outstanding_paise, all_words);

DROP TABLE customer_words;
DROP FUNCTION customer_search_words_before(text);
ALTER TABLE customer_words_now RENAME TO customer_words;
ALTER INDEX customer_words_now_pkey RENAME TO customer_words_pkey;
