-- What is derived from customers: how many there are of each kind and what they are worth, and which words find them. Triggers keep it
-- right for whoever writes customers: the program, an older copy of it, or SQL by hand.
--
-- The triggers are statement-level and set-based: an import of 100,000 rows costs one pass. They add differences, and never compute a sum
-- anew that another transaction may be changing. They run with the rights of whoever writes the customers, who needs INSERT on
-- customer_count_changes and search_words, and SELECT, INSERT, UPDATE and DELETE on customer_words.
--
-- `lastmile check` compares what is derived with the customers. A word that nobody has any more stays in search_words, and finds nobody.

-- The live customers of each segment. What customers count is these rows and those of customer_count_changes, added up.
CREATE TABLE customer_counts (
    segment smallint PRIMARY KEY,
    customers bigint NOT NULL DEFAULT 0,
    -- Those of them who owe something.
    debtors bigint NOT NULL DEFAULT 0,
    price_paise bigint NOT NULL DEFAULT 0,
    outstanding_paise bigint NOT NULL DEFAULT 0
);
INSERT INTO customer_counts (segment) SELECT generate_series(0, 35);

-- What writes have changed in the counts since they were last compacted. A write adds rows of its own, so that no writer waits for
-- another; now and then, after a commit, the program adds them to customer_counts and deletes them. All are read and all are deleted, so
-- that no index would be used.
CREATE TABLE customer_count_changes (
    change bigint GENERATED ALWAYS AS IDENTITY,
    segment smallint NOT NULL,
    customers bigint NOT NULL,
    debtors bigint NOT NULL,
    price_paise bigint NOT NULL,
    outstanding_paise bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- One row: how often changes were compacted. Between two of these times the visible changes only become more, so that the epoch and the
-- number of changes together tell whether counts that were read earlier still hold.
CREATE TABLE customer_counts_epoch (
    single boolean PRIMARY KEY DEFAULT TRUE CHECK (single),
    epoch bigint NOT NULL
);
INSERT INTO customer_counts_epoch (epoch) VALUES (0);

-- All words that any customer has or had. A search looks up here, by trigrams, in which words its letters are.
CREATE TABLE search_words (word text COLLATE "C" PRIMARY KEY);
CREATE INDEX search_words_by_trigram ON search_words USING gin (word gin_trgm_ops) WITH (fastupdate = off);

-- The live customers who have a word, by name, with all that is counted of them: a search is answered from the primary key's index alone.
CREATE TABLE customer_words (
    word text COLLATE "C" NOT NULL,
    name_key text COLLATE "C" NOT NULL,
    id uuid NOT NULL,
    segment smallint NOT NULL,
    price_paise bigint NOT NULL,
    outstanding_paise bigint NOT NULL,
    -- All words of the customer, as customer_search_words gives them.
    all_words text COLLATE "C" NOT NULL,
    PRIMARY KEY (word, name_key, id) INCLUDE (segment, price_paise, outstanding_paise, all_words)
) WITH (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_insert_scale_factor = 0.02,
    -- Postgres cannot estimate how common letters are; starting parallel workers would take longer than most searches.
    parallel_workers = 0
);

-- The words of a customer's search text that are found wherever letters are in them: those of three letters or more. A letter is a to z
-- and all that is not ASCII; app/src/customers/search.rs says the same. With each word come all words of the customer, the longest first,
-- so that a search for several words needs this one row: each stands behind a space where it begins something (short words are found
-- there), else behind a hyphen, and a bar stands before the word itself. A customer is found at the longest word that has the letters.
CREATE FUNCTION customer_search_words(search_text text) RETURNS TABLE (word text, all_words text) LANGUAGE sql IMMUTABLE AS $$
    SELECT substr(words[place], 2), array_to_string(words[:place - 1], '') || '|' || array_to_string(words[place:], '')
    FROM (
        -- Each word once; ' word' sorts before '-word'.
        SELECT ARRAY(
            SELECT DISTINCT ON (length(part), substr(part, 2) COLLATE "C") part
            FROM string_to_table(
                -- `|` ends a part, and its first character is the mark.
                replace(regexp_replace('-' || search_text COLLATE "C", '[\u0001-\u001f\u0021-\u0060\u007b-\u007f]+', '|-', 'g'), ' ', '| '), '|'
            ) AS parts (part)
            WHERE length(part) > 3 OR part LIKE ' _%'
            ORDER BY length(part) DESC, substr(part, 2) COLLATE "C" DESC, part COLLATE "C"
        ) AS words
        -- Keeps Postgres from computing the array once for each use of it.
        OFFSET 0
    ) AS customer CROSS JOIN LATERAL generate_subscripts(words, 1) AS place
    WHERE length(words[place]) > 3
$$;

-- A connection plans each statement below once, at its first write, and uses the plan for one row as well as for 100,000. Hence:
-- - Old and new rows are matched by FULL JOIN, which is never a nested loop. (A condition that rejects nulls would make it an inner join.)
-- - Entries of customer_words are found one by one, by their key, and not by reading the table (enable_seqscan).
-- - Postgres compiles nothing, which takes far longer than writing a customer (jit).
-- The functions see the tables of the migration's search_path, whatever a connection has set.

CREATE FUNCTION customers_derive_on_insert() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET jit = off AS $$
BEGIN
    INSERT INTO customer_count_changes (segment, customers, debtors, price_paise, outstanding_paise)
    SELECT segment, count(*), count(*) FILTER (WHERE outstanding_paise > 0), sum(price_paise), sum(outstanding_paise)
    FROM new_rows WHERE deleted_at IS NULL GROUP BY segment;

    WITH written AS (
        -- In order, because an index takes neighbours faster.
        INSERT INTO customer_words
        SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
        FROM new_rows CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
        ORDER BY word, name_key, id
        RETURNING word
    )
    -- In order: of two writers who bring the same new words one waits for the other, and not each for the other.
    INSERT INTO search_words SELECT DISTINCT word FROM written ORDER BY word ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION customers_derive_on_update() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
DECLARE
    changed boolean;
    words_may_differ boolean;
BEGIN
    -- Many writes change nothing that anything is derived from: this is all that they pay.
    SELECT count(*) > 0, bool_or(
        (o.search_text, o.name_key, o.deleted_at IS NULL) IS DISTINCT FROM (n.search_text, n.name_key, n.deleted_at IS NULL))
    INTO changed, words_may_differ
    FROM old_rows o FULL JOIN new_rows n USING (id)
    WHERE (o.search_text, o.name_key, o.segment, o.price_paise, o.outstanding_paise, o.deleted_at IS NULL)
        IS DISTINCT FROM (n.search_text, n.name_key, n.segment, n.price_paise, n.outstanding_paise, n.deleted_at IS NULL);
    IF NOT changed THEN
        RETURN NULL;
    END IF;

    INSERT INTO customer_count_changes (segment, customers, debtors, price_paise, outstanding_paise)
    SELECT segment, sum(customers), sum(debtors), sum(price_paise), sum(outstanding_paise)
    FROM (
        SELECT segment, 1 AS customers, (outstanding_paise > 0)::integer AS debtors, price_paise, outstanding_paise
        FROM new_rows WHERE deleted_at IS NULL
        UNION ALL
        SELECT segment, -1, -(outstanding_paise > 0)::integer, -price_paise, -outstanding_paise
        FROM old_rows WHERE deleted_at IS NULL
    ) AS differences
    GROUP BY segment
    HAVING (sum(customers), sum(debtors), sum(price_paise), sum(outstanding_paise)) <> (0, 0, 0, 0);

    IF NOT words_may_differ THEN
        INSERT INTO customer_words
        SELECT word, n.name_key, id, n.segment, n.price_paise, n.outstanding_paise, all_words
        FROM old_rows o FULL JOIN new_rows n USING (id) CROSS JOIN LATERAL customer_search_words(n.search_text)
        WHERE n.deleted_at IS NULL
            AND (o.segment, o.price_paise, o.outstanding_paise) IS DISTINCT FROM (n.segment, n.price_paise, n.outstanding_paise)
        ORDER BY word, n.name_key, id
        ON CONFLICT (word, name_key, id) DO UPDATE SET
            (segment, price_paise, outstanding_paise, all_words)
            = (excluded.segment, excluded.price_paise, excluded.outstanding_paise, excluded.all_words);
        RETURN NULL;
    END IF;

    WITH old_entries AS (
        SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
        FROM old_rows CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
    ), new_entries AS (
        SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
        FROM new_rows CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
    ), differences AS MATERIALIZED (
        -- What there is now for each entry that differs; nulls where it is gone.
        SELECT word, name_key, id, n.segment, n.price_paise, n.outstanding_paise, n.all_words
        FROM old_entries o FULL JOIN new_entries n USING (word, name_key, id)
        WHERE (o.segment, o.price_paise, o.outstanding_paise, o.all_words)
            IS DISTINCT FROM (n.segment, n.price_paise, n.outstanding_paise, n.all_words)
    ), gone AS (
        DELETE FROM customer_words WHERE ctid = ANY (ARRAY(
            SELECT (SELECT ctid FROM customer_words w WHERE (w.word, w.name_key, w.id) = (d.word, d.name_key, d.id))
            FROM differences d WHERE all_words IS NULL))
    ), written AS (
        INSERT INTO customer_words SELECT * FROM differences WHERE all_words IS NOT NULL ORDER BY word, name_key, id
        ON CONFLICT (word, name_key, id) DO UPDATE SET
            (segment, price_paise, outstanding_paise, all_words)
            = (excluded.segment, excluded.price_paise, excluded.outstanding_paise, excluded.all_words)
        RETURNING word
    )
    INSERT INTO search_words SELECT DISTINCT word FROM written ORDER BY word ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE FUNCTION customers_derive_on_delete() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
BEGIN
    INSERT INTO customer_count_changes (segment, customers, debtors, price_paise, outstanding_paise)
    SELECT segment, -count(*), -count(*) FILTER (WHERE outstanding_paise > 0), -sum(price_paise), -sum(outstanding_paise)
    FROM old_rows WHERE deleted_at IS NULL GROUP BY segment;

    DELETE FROM customer_words WHERE ctid = ANY (ARRAY(
        SELECT (SELECT ctid FROM customer_words w WHERE (w.word, w.name_key, w.id) = (e.word, c.name_key, c.id))
        FROM old_rows c CROSS JOIN LATERAL customer_search_words(search_text) e WHERE deleted_at IS NULL));
    RETURN NULL;
END
$$;

-- Only the owner can do this. (TRUNCATE customers, customer_words fails: Postgres does not empty a table twice in one statement.)
CREATE FUNCTION customers_derive_on_truncate() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    TRUNCATE customer_words, search_words, customer_count_changes;
    UPDATE customer_counts SET customers = 0, debtors = 0, price_paise = 0, outstanding_paise = 0;
    UPDATE customer_counts_epoch SET epoch = epoch + 1;
    RETURN NULL;
END
$$;

CREATE TRIGGER customers_derive_on_insert AFTER INSERT ON customers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_derive_on_insert();
CREATE TRIGGER customers_derive_on_update AFTER UPDATE ON customers
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_derive_on_update();
CREATE TRIGGER customers_derive_on_delete AFTER DELETE ON customers
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_derive_on_delete();
CREATE TRIGGER customers_derive_on_truncate AFTER TRUNCATE ON customers
    FOR EACH STATEMENT EXECUTE FUNCTION customers_derive_on_truncate();

-- Makes all of it anew from the customers: for a load without the triggers and for `lastmile check --repair`. Whoever writes customers
-- waits until the transaction ends; whoever reads does not wait. Besides the rights that writing needs, it needs SELECT, INSERT and DELETE
-- on customer_counts, DELETE on customer_count_changes and search_words, and SELECT and UPDATE on customer_counts_epoch.
CREATE FUNCTION customers_rebuild_derived() RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT SET jit = off AS $$
BEGIN
    -- Locks out writers and others who do the same.
    LOCK TABLE customers IN SHARE ROW EXCLUSIVE MODE;

    -- The changes first, in the order in which the program compacts them: of the two one waits for the other, and not each for the other.
    DELETE FROM customer_count_changes;
    DELETE FROM customer_counts;
    INSERT INTO customer_counts
    SELECT s.segment, count(c.id), count(c.id) FILTER (WHERE c.outstanding_paise > 0),
        coalesce(sum(c.price_paise), 0), coalesce(sum(c.outstanding_paise), 0)
    FROM generate_series(0, 35) AS s (segment) LEFT JOIN customers c ON c.segment = s.segment AND c.deleted_at IS NULL
    GROUP BY s.segment;
    UPDATE customer_counts_epoch SET epoch = epoch + 1;

    DELETE FROM customer_words;
    DELETE FROM search_words;
    -- In order, so that an index only grows at its end.
    INSERT INTO customer_words
    SELECT word, name_key, id, segment, price_paise, outstanding_paise, all_words
    FROM customers CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
    ORDER BY word, name_key, id;
    INSERT INTO search_words SELECT DISTINCT word FROM customer_words ORDER BY word;
END
$$;
