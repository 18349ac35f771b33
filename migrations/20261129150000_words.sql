-- Who has which word: what a search for a word is looked up in, without reading any customer. app/src/customers/search.rs says what a word is here,
-- app/src/customers/store/words.rs keeps both tables with every write of a customer.

-- All words that any customer has, or had. A search finds by trigrams those in which it stands.
CREATE TABLE search_words (word text COLLATE "C" PRIMARY KEY);

-- Those who have one, as they stand by name, with all that is counted of them: the index alone says it.
CREATE TABLE customer_words (
    word text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    segment smallint NOT NULL,
    price_paise bigint NOT NULL,
    outstanding_paise bigint NOT NULL,
    -- The customer's longer words (of equal length, those behind it): who has letters in one of those, too, is found there.
    longer text COLLATE "C" NOT NULL
) WITH (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    -- Postgres cannot know how common letters are; starting its helpers would take longer than most searches.
    parallel_workers = 0
);

-- For the customers that are there already and for `lastmile check`; the program cuts the words of what it writes itself.
CREATE FUNCTION customer_search_words(search_text text) RETURNS TABLE (word text, longer text) LANGUAGE sql IMMUTABLE AS $$
    SELECT word, coalesce(string_agg(word, ' ') OVER (ORDER BY length(word), word ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING), '')
    FROM (
        SELECT DISTINCT word FROM regexp_split_to_table(search_text COLLATE "C", '[\u0001-\u0060\u007b-\u007f]+') AS parts (word)
        WHERE length(word) >= 3
    ) AS words
$$;

-- Who writes customers waits.
LOCK TABLE customers IN SHARE MODE;
SET LOCAL maintenance_work_mem = '256MB';
INSERT INTO customer_words
SELECT word, name_key, id, segment, price_paise, outstanding_paise, longer
FROM customers CROSS JOIN LATERAL customer_search_words(search_text)
WHERE deleted_at IS NULL
ORDER BY word, name_key, id;
ALTER TABLE customer_words ADD PRIMARY KEY (word, name_key, id) INCLUDE (segment, price_paise, outstanding_paise, longer);
INSERT INTO search_words SELECT DISTINCT word FROM customer_words;
CREATE INDEX search_words_by_parts ON search_words USING gin (word gin_trgm_ops) WITH (fastupdate = off);

-- Long words are found by them, too.
DROP INDEX customers_by_pieces;
DROP FUNCTION customer_search_pieces(text);
