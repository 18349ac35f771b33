-- What a customer owes, has paid and is billed next is no longer typed into `customers`: the list, the counts and the record read
-- `customer_summary`, which follows from bills, payments and services.

-- What people had typed, for those who want to compare. The program does not read it.
CREATE TABLE customer_figures_before AS
    SELECT id, outstanding_paise, lifetime_value_paise, next_billing_on FROM customers;
ALTER TABLE customer_figures_before ADD PRIMARY KEY (id);

-- What was owed before there was a ledger is one bill without a number, of customers of whom the ledger knows nothing.
INSERT INTO bills (id, customer_id, kind, issued_on, due_on, billed_name, billed_address, supplied_from, supplied_to, taxable_paise,
    cgst_paise, sgst_paise, igst_paise, round_off_paise, total_paise, open_paise, search_text, created_at)
SELECT gen_random_uuid(), id, 'Brought forward', today, today, name, address_line || ', ' || city || ', ' || state || ' ' || pin_code,
    -- No state supplied it: no tax is added.
    '00', '00', outstanding_paise, 0, 0, 0, 0, outstanding_paise, outstanding_paise,
    lower(format(' brought forward %s lm-%s lm-%s %s', name, lpad(account_number::text, 7, '0'), account_number, account_number)), now()
FROM customers c CROSS JOIN (SELECT (now() AT TIME ZONE 'Asia/Kolkata')::date) AS days (today)
WHERE outstanding_paise > 0 AND NOT EXISTS (SELECT FROM bills WHERE customer_id = c.id)
    AND NOT EXISTS (SELECT FROM payments WHERE customer_id = c.id);

-- The functions that are written anew below. Nothing runs them until then.
DROP TRIGGER customers_summarize ON customers;
DROP FUNCTION customers_summarize();
DROP VIEW customer_summary_counted;
DROP TRIGGER customers_derive_on_insert ON customers;
DROP TRIGGER customers_derive_on_update ON customers;
DROP TRIGGER customers_derive_on_delete ON customers;

-- The summary is a part of its customer, and has the same id. The list sorts by it.
ALTER TABLE customer_summary RENAME COLUMN customer_id TO id;
ALTER TABLE customer_summary RENAME CONSTRAINT customer_summary_customer_id_fkey TO customer_summary_id_fkey;
ALTER TABLE customer_summary
    -- The customer's; none of a deleted one, who is in no list and in no count.
    ADD COLUMN segment smallint,
    -- Customers without a next bill stand behind all others.
    ADD COLUMN next_bill_key date NOT NULL GENERATED ALWAYS AS (coalesce(next_bill_on, '9999-12-31'::date)) STORED;

-- These columns go, and their indexes with them.
ALTER TABLE customers DROP COLUMN outstanding_paise, DROP COLUMN lifetime_value_paise, DROP COLUMN next_billing_on;

-- A search looks up what its customers owe and pay: their words do not change with each payment.
ALTER TABLE customer_words DROP CONSTRAINT customer_words_pkey;
ALTER TABLE customer_words DROP COLUMN price_paise, DROP COLUMN outstanding_paise;

-- Counted from the summary: what customers pay for all their services in a month, and what those owe who owe something. Credit of one
-- customer pays no other's bill.
ALTER TABLE customer_counts RENAME COLUMN price_paise TO monthly_paise;
ALTER TABLE customer_count_changes RENAME COLUMN price_paise TO monthly_paise;

-- Each customer's summary, from the rows. `lastmile check` compares it with the table.
CREATE VIEW customer_summary_counted AS
SELECT c.id, CASE WHEN c.deleted_at IS NULL THEN c.segment END AS segment,
    coalesce(b.owed_paise, 0)::bigint - coalesce(p.counted_paise, 0)::bigint AS outstanding_paise,
    coalesce(p.paid_paise, 0)::bigint AS paid_paise, coalesce(s.monthly_paise, 0)::bigint AS monthly_paise,
    s.next_bill_on, b.oldest_unpaid_due_on
FROM customers c
    LEFT JOIN (
        SELECT customer_id, sum(owed_paise) AS owed_paise, min(due_on) FILTER (WHERE open_paise > 0) AS oldest_unpaid_due_on
        FROM bills GROUP BY customer_id
    ) AS b ON b.customer_id = c.id
    LEFT JOIN (
        SELECT customer_id, sum(counted_paise) AS counted_paise,
            sum(counted_paise) FILTER (WHERE method <> 'Brought forward') AS paid_paise
        FROM payments GROUP BY customer_id
    ) AS p ON p.customer_id = c.id
    LEFT JOIN (
        SELECT customer_id, sum(price_paise) FILTER (WHERE status = 'Active') AS monthly_paise,
            min(coalesce(paid_through + 1, starts_on)) FILTER (WHERE status IN ('Active', 'Suspended')) AS next_bill_on
        FROM services GROUP BY customer_id
    ) AS s ON s.customer_id = c.id;

CREATE OR REPLACE FUNCTION customer_summary_add(customer_ids uuid[], owed bigint[], paid bigint[]) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
BEGIN
    PERFORM FROM customer_summary WHERE id = ANY (customer_ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE customer_summary s SET
        outstanding_paise = s.outstanding_paise + d.owed, paid_paise = s.paid_paise + d.paid, oldest_unpaid_due_on = o.due_on
    FROM unnest(customer_ids, owed, paid) AS d (customer_id, owed, paid)
        CROSS JOIN LATERAL (SELECT min(b.due_on) AS due_on FROM bills b WHERE b.customer_id = d.customer_id AND b.open_paise > 0) AS o
    WHERE s.id = d.customer_id AND (d.owed <> 0 OR d.paid <> 0 OR o.due_on IS DISTINCT FROM s.oldest_unpaid_due_on);
END
$$;

CREATE OR REPLACE FUNCTION services_summarize() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
DECLARE
    customer_ids uuid[] := ARRAY(SELECT DISTINCT customer_id FROM changed_rows);
BEGIN
    PERFORM FROM customer_summary WHERE id = ANY (customer_ids) ORDER BY id FOR NO KEY UPDATE;
    UPDATE customer_summary s SET (monthly_paise, next_bill_on) = (n.monthly_paise, n.next_bill_on)
    FROM unnest(customer_ids) AS changed (customer_id) CROSS JOIN LATERAL (
        SELECT coalesce(sum(price_paise) FILTER (WHERE status = 'Active'), 0)::bigint AS monthly_paise,
            min(coalesce(paid_through + 1, starts_on)) FILTER (WHERE status IN ('Active', 'Suspended')) AS next_bill_on
        FROM services WHERE services.customer_id = changed.customer_id
    ) AS n
    WHERE s.id = changed.customer_id AND (s.monthly_paise, s.next_bill_on) IS DISTINCT FROM (n.monthly_paise, n.next_bill_on);
    RETURN NULL;
END
$$;

-- What customers count follows their summaries.
CREATE FUNCTION customer_summary_count() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT SET jit = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO customer_count_changes (segment, customers, debtors, monthly_paise, outstanding_paise)
        SELECT segment, count(*), count(*) FILTER (WHERE outstanding_paise > 0), sum(monthly_paise), sum(greatest(outstanding_paise, 0))
        FROM new_rows WHERE segment IS NOT NULL GROUP BY segment;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO customer_count_changes (segment, customers, debtors, monthly_paise, outstanding_paise)
        SELECT segment, -count(*), -count(*) FILTER (WHERE outstanding_paise > 0), -sum(monthly_paise), -sum(greatest(outstanding_paise, 0))
        FROM old_rows WHERE segment IS NOT NULL GROUP BY segment;
    ELSE
        INSERT INTO customer_count_changes (segment, customers, debtors, monthly_paise, outstanding_paise)
        SELECT segment, sum(customers), sum(debtors), sum(monthly_paise), sum(outstanding_paise)
        FROM (
            SELECT segment, 1 AS customers, (outstanding_paise > 0)::integer AS debtors, monthly_paise,
                greatest(outstanding_paise, 0) AS outstanding_paise
            FROM new_rows WHERE segment IS NOT NULL
            UNION ALL
            SELECT segment, -1, -(outstanding_paise > 0)::integer, -monthly_paise, -greatest(outstanding_paise, 0)
            FROM old_rows WHERE segment IS NOT NULL
        ) AS differences
        GROUP BY segment
        HAVING (sum(customers), sum(debtors), sum(monthly_paise), sum(outstanding_paise)) <> (0, 0, 0, 0);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION customers_derive_on_insert() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET jit = off AS $$
BEGIN
    INSERT INTO customer_summary (id, segment) SELECT id, CASE WHEN deleted_at IS NULL THEN segment END FROM new_rows;

    WITH written AS (
        -- In order, because an index takes neighbours faster.
        INSERT INTO customer_words (word, name_key, id, segment, all_words)
        SELECT word, name_key, id, segment, all_words
        FROM new_rows CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
        ORDER BY word, name_key, id
        RETURNING word
    )
    -- In order: of two writers who bring the same new words one waits for the other, and not each for the other.
    INSERT INTO search_words SELECT DISTINCT word FROM written ORDER BY word ON CONFLICT DO NOTHING;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION customers_derive_on_update() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
DECLARE
    words_may_differ boolean;
    moved uuid[];
BEGIN
    -- Many writes change nothing that anything is derived from: this is all that they pay.
    SELECT array_agg(id) FILTER (WHERE (o.segment, o.deleted_at IS NULL) IS DISTINCT FROM (n.segment, n.deleted_at IS NULL)),
        bool_or((o.search_text, o.name_key, o.deleted_at IS NULL) IS DISTINCT FROM (n.search_text, n.name_key, n.deleted_at IS NULL))
    INTO moved, words_may_differ
    FROM old_rows o FULL JOIN new_rows n USING (id)
    WHERE (o.search_text, o.name_key, o.segment, o.deleted_at IS NULL)
        IS DISTINCT FROM (n.search_text, n.name_key, n.segment, n.deleted_at IS NULL);

    IF moved IS NOT NULL THEN
        PERFORM FROM customer_summary WHERE id = ANY (moved) ORDER BY id FOR NO KEY UPDATE;
        UPDATE customer_summary s SET segment = CASE WHEN c.deleted_at IS NULL THEN c.segment END
        FROM customers c WHERE s.id = ANY (moved) AND c.id = s.id;
    END IF;

    IF words_may_differ THEN
        WITH old_entries AS (
            SELECT word, name_key, id, segment, all_words
            FROM old_rows CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
        ), new_entries AS (
            SELECT word, name_key, id, segment, all_words
            FROM new_rows CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
        ), differences AS MATERIALIZED (
            -- What there is now for each entry that differs; nulls where it is gone.
            SELECT word, name_key, id, n.segment, n.all_words
            FROM old_entries o FULL JOIN new_entries n USING (word, name_key, id)
            WHERE (o.segment, o.all_words) IS DISTINCT FROM (n.segment, n.all_words)
        ), gone AS (
            DELETE FROM customer_words WHERE ctid = ANY (ARRAY(
                SELECT (SELECT ctid FROM customer_words w WHERE (w.word, w.name_key, w.id) = (d.word, d.name_key, d.id))
                FROM differences d WHERE all_words IS NULL))
        ), written AS (
            INSERT INTO customer_words (word, name_key, id, segment, all_words)
            SELECT word, name_key, id, segment, all_words FROM differences WHERE all_words IS NOT NULL ORDER BY word, name_key, id
            ON CONFLICT (word, name_key, id) DO UPDATE SET (segment, all_words) = (excluded.segment, excluded.all_words)
            RETURNING word
        )
        INSERT INTO search_words SELECT DISTINCT word FROM written ORDER BY word ON CONFLICT DO NOTHING;
    ELSIF moved IS NOT NULL THEN
        INSERT INTO customer_words (word, name_key, id, segment, all_words)
        SELECT word, n.name_key, id, n.segment, all_words
        FROM old_rows o FULL JOIN new_rows n USING (id) CROSS JOIN LATERAL customer_search_words(n.search_text)
        WHERE n.deleted_at IS NULL AND o.segment IS DISTINCT FROM n.segment
        ORDER BY word, n.name_key, id
        ON CONFLICT (word, name_key, id) DO UPDATE SET (segment, all_words) = (excluded.segment, excluded.all_words);
    END IF;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION customers_derive_on_delete() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
BEGIN
    DELETE FROM customer_words WHERE ctid = ANY (ARRAY(
        SELECT (SELECT ctid FROM customer_words w WHERE (w.word, w.name_key, w.id) = (e.word, c.name_key, c.id))
        FROM old_rows c CROSS JOIN LATERAL customer_search_words(search_text) e WHERE deleted_at IS NULL));
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION customers_derive_on_truncate() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT AS $$
BEGIN
    TRUNCATE customer_words, search_words, customer_count_changes;
    UPDATE customer_counts SET customers = 0, debtors = 0, monthly_paise = 0, outstanding_paise = 0;
    UPDATE customer_counts_epoch SET epoch = epoch + 1;
    RETURN NULL;
END
$$;

CREATE OR REPLACE FUNCTION customers_rebuild_derived() RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT SET jit = off AS $$
BEGIN
    -- Locks out writers and others who do the same.
    LOCK TABLE customers, customer_summary IN SHARE ROW EXCLUSIVE MODE;

    DELETE FROM customer_summary;
    INSERT INTO customer_summary (id, segment, outstanding_paise, paid_paise, monthly_paise, next_bill_on, oldest_unpaid_due_on)
    SELECT id, segment, outstanding_paise, paid_paise, monthly_paise, next_bill_on, oldest_unpaid_due_on
    FROM customer_summary_counted;

    -- The changes first, in the order in which the program compacts them: of the two one waits for the other, and not each for the other.
    DELETE FROM customer_count_changes;
    DELETE FROM customer_counts;
    INSERT INTO customer_counts (segment, customers, debtors, monthly_paise, outstanding_paise)
    SELECT n.segment, count(s.id), count(s.id) FILTER (WHERE s.outstanding_paise > 0),
        coalesce(sum(s.monthly_paise), 0), coalesce(sum(greatest(s.outstanding_paise, 0)), 0)
    FROM generate_series(0, 35) AS n (segment) LEFT JOIN customer_summary s ON s.segment = n.segment
    GROUP BY n.segment;
    UPDATE customer_counts_epoch SET epoch = epoch + 1;

    DELETE FROM customer_words;
    DELETE FROM search_words;
    -- In order, so that an index only grows at its end.
    INSERT INTO customer_words (word, name_key, id, segment, all_words)
    SELECT word, name_key, id, segment, all_words
    FROM customers CROSS JOIN LATERAL customer_search_words(search_text) WHERE deleted_at IS NULL
    ORDER BY word, name_key, id;
    INSERT INTO search_words SELECT DISTINCT word FROM customer_words ORDER BY word;
END
$$;

SELECT customers_rebuild_derived();

ALTER TABLE customer_words ADD PRIMARY KEY (word, name_key, id) INCLUDE (segment, all_words);
-- A list is read in order from one of these, as from those of `customers`.
CREATE INDEX customer_summary_in_segment_by_outstanding ON customer_summary (segment, outstanding_paise, id);
CREATE INDEX customer_summary_in_segment_by_paid ON customer_summary (segment, paid_paise, id);
CREATE INDEX customer_summary_in_segment_by_next_bill ON customer_summary (segment, next_bill_key, id);
CREATE INDEX customer_summary_by_outstanding ON customer_summary (outstanding_paise, id) WHERE segment IS NOT NULL;
CREATE INDEX customer_summary_by_next_bill ON customer_summary (next_bill_key, id) WHERE segment IS NOT NULL;
ALTER TABLE customer_summary SET (fillfactor = 90, autovacuum_vacuum_scale_factor = 0.02);

CREATE TRIGGER customers_derive_on_insert AFTER INSERT ON customers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_derive_on_insert();
CREATE TRIGGER customers_derive_on_update AFTER UPDATE ON customers
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_derive_on_update();
CREATE TRIGGER customers_derive_on_delete AFTER DELETE ON customers
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_derive_on_delete();
CREATE TRIGGER customer_summary_count_on_insert AFTER INSERT ON customer_summary
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION customer_summary_count();
CREATE TRIGGER customer_summary_count_on_update AFTER UPDATE ON customer_summary
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION customer_summary_count();
CREATE TRIGGER customer_summary_count_on_delete AFTER DELETE ON customer_summary
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION customer_summary_count();
