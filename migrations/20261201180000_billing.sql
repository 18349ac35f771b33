-- The ledger: bills with their lines, payments, and which pays which. What a customer owes follows from these rows.
--
-- Money is whole paise. A bill that was issued and a payment that was taken are never changed or deleted: a credit note takes a bill back, and
-- a payment is marked as bounced or reversed. Only what is open of them changes. (The program's role can do no more: server/src/database/mod.rs.)
--
-- Whoever writes locks the customers first (ORDER BY id FOR NO KEY UPDATE), then their services, and takes a number last: so no two
-- transactions wait for each other, and what is open is read under the lock.

CREATE TYPE bill_kind AS ENUM ('Invoice', 'Credit note', 'Brought forward');
CREATE TYPE payment_method AS ENUM ('Cash', 'UPI', 'Bank', 'Cheque', 'Card', 'Gateway', 'Brought forward');
CREATE TYPE payment_state AS ENUM ('Received', 'Bounced', 'Reversed');

-- Who issues the bills. Each change adds a row, and the newest holds: a bill prints as it was issued.
CREATE TABLE providers (
    version bigint PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    address_line text NOT NULL CHECK (char_length(address_line) BETWEEN 1 AND 200),
    city text NOT NULL CHECK (char_length(city) BETWEEN 1 AND 80),
    state text NOT NULL CHECK (char_length(state) BETWEEN 1 AND 60),
    pin_code text NOT NULL CHECK (pin_code ~ '^[1-9][0-9]{5}$'),
    gstin text NOT NULL CHECK (gstin ~ '^[0-9]{2}[0-9A-Z]{13}$'),
    bank_details text CHECK (char_length(bank_details) BETWEEN 1 AND 300),
    upi_id text CHECK (char_length(upi_id) BETWEEN 5 AND 97),
    bill_series text NOT NULL CHECK (bill_series ~ '^[A-Z0-9]{1,4}$'),
    note_series text NOT NULL CHECK (note_series ~ '^[A-Z0-9]{1,4}$'),
    -- How many days after its issue a bill is due.
    due_days smallint NOT NULL CHECK (due_days BETWEEN 0 AND 90),
    created_at timestamptz NOT NULL,
    CONSTRAINT providers_series CHECK (bill_series <> note_series)
);

-- The next count of each series in each financial year. A count that is taken is given back where its transaction fails.
CREATE TABLE bill_series (
    series text COLLATE "C" NOT NULL CHECK (series ~ '^[A-Z0-9]{1,4}$'),
    -- By the calendar year in which it begins, in April.
    financial_year smallint NOT NULL CHECK (financial_year BETWEEN 1990 AND 2100),
    next bigint NOT NULL CHECK (next > 0),
    PRIMARY KEY (series, financial_year)
);

CREATE TABLE bills (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id),
    kind bill_kind NOT NULL,
    number text COLLATE "C" CONSTRAINT bills_number_key UNIQUE CHECK (number ~ '^[A-Z0-9][A-Z0-9/-]{0,15}$'),
    -- Of a credit note: the bill that it credits.
    of_bill uuid REFERENCES bills (id),
    -- Of a credit note: why.
    reason text CHECK (char_length(reason) BETWEEN 1 AND 500),
    issued_on date NOT NULL,
    due_on date CHECK (due_on >= issued_on),
    -- Who issued it, and to whom, as they were then. The states are the two digits of GST.
    provider_version bigint REFERENCES providers (version),
    billed_name text NOT NULL,
    billed_address text NOT NULL,
    customer_gstin text CHECK (customer_gstin ~ '^[0-9]{2}[0-9A-Z]{13}$'),
    supplied_from text NOT NULL CHECK (supplied_from ~ '^[0-9]{2}$'),
    supplied_to text NOT NULL CHECK (supplied_to ~ '^[0-9]{2}$'),
    taxable_paise bigint NOT NULL CHECK (taxable_paise >= 0),
    cgst_paise bigint NOT NULL CHECK (cgst_paise >= 0),
    sgst_paise bigint NOT NULL,
    igst_paise bigint NOT NULL CHECK (igst_paise >= 0),
    round_off_paise bigint NOT NULL CHECK (round_off_paise BETWEEN -50 AND 50),
    total_paise bigint NOT NULL CHECK (total_paise >= 0),
    -- What it adds to what the customer owes.
    owed_paise bigint NOT NULL GENERATED ALWAYS AS (CASE kind WHEN 'Credit note' THEN -total_paise ELSE total_paise END) STORED,
    -- What is not paid yet; of a credit note, what has not paid anything yet.
    open_paise bigint NOT NULL,
    -- The text that searches look in.
    search_text text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT bills_open CHECK (open_paise BETWEEN 0 AND total_paise),
    CONSTRAINT bills_halves CHECK (cgst_paise = sgst_paise),
    CONSTRAINT bills_place CHECK (CASE WHEN supplied_from = supplied_to THEN igst_paise = 0 ELSE cgst_paise = 0 END),
    CONSTRAINT bills_total CHECK (total_paise = taxable_paise + cgst_paise + sgst_paise + igst_paise + round_off_paise),
    CONSTRAINT bills_numbered CHECK ((kind = 'Brought forward') = (number IS NULL) AND (number IS NULL) = (provider_version IS NULL)),
    CONSTRAINT bills_due CHECK ((kind = 'Credit note') = (due_on IS NULL)),
    CONSTRAINT bills_credit CHECK ((kind = 'Credit note') = (of_bill IS NOT NULL) AND (of_bill IS NULL) = (reason IS NULL))
);

CREATE INDEX bills_of_customer ON bills (customer_id, issued_on, id);
CREATE INDEX bills_open_of_customer ON bills (customer_id, due_on, id) WHERE open_paise > 0;
CREATE INDEX bills_credits ON bills (of_bill) WHERE of_bill IS NOT NULL;
-- The list.
CREATE INDEX bills_by_issue ON bills (issued_on, id);
CREATE INDEX bills_search ON bills USING gin (search_text gin_trgm_ops);

-- A bill takes its number last, and is inserted then: its lines and what pays it are there before, in the same transaction.
CREATE TABLE bill_lines (
    bill_id uuid NOT NULL REFERENCES bills (id) DEFERRABLE INITIALLY DEFERRED,
    line smallint NOT NULL CHECK (line > 0),
    service_id uuid REFERENCES services (id),
    description text NOT NULL CHECK (char_length(description) BETWEEN 1 AND 200),
    sac text COLLATE "C" NOT NULL CHECK (sac ~ '^99([0-9]{2}|[0-9]{4})$'),
    from_on date NOT NULL,
    to_on date NOT NULL CHECK (to_on >= from_on),
    taxable_paise bigint NOT NULL CHECK (taxable_paise >= 0),
    -- Hundredths of a percent.
    gst_rate_bp integer NOT NULL CHECK (gst_rate_bp BETWEEN 0 AND 4000),
    cgst_paise bigint NOT NULL CHECK (cgst_paise >= 0),
    sgst_paise bigint NOT NULL,
    igst_paise bigint NOT NULL CHECK (igst_paise >= 0),
    -- Of a credit note: the line that it credits.
    of_bill uuid,
    of_line smallint,
    -- Wholly credited: its days may be billed again.
    reversed boolean NOT NULL DEFAULT false,
    PRIMARY KEY (bill_id, line),
    FOREIGN KEY (of_bill, of_line) REFERENCES bill_lines (bill_id, line),
    CONSTRAINT bill_lines_halves CHECK (cgst_paise = sgst_paise),
    CONSTRAINT bill_lines_credit CHECK ((of_bill IS NULL) = (of_line IS NULL) AND NOT (reversed AND of_bill IS NOT NULL))
);

-- A period of a service is billed once, whoever presses the button and how often.
CREATE UNIQUE INDEX bill_lines_period_key ON bill_lines (service_id, from_on) WHERE of_bill IS NULL AND NOT reversed;
CREATE INDEX bill_lines_credits ON bill_lines (of_bill, of_line) WHERE of_bill IS NOT NULL;

CREATE TABLE payments (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id),
    -- The number of the receipt. It is no number of GST, and may leave a gap.
    receipt bigint GENERATED BY DEFAULT AS IDENTITY CONSTRAINT payments_receipt_key UNIQUE CHECK (receipt > 0),
    received_on date NOT NULL,
    amount_paise bigint NOT NULL CHECK (amount_paise BETWEEN 1 AND 100000000000),
    method payment_method NOT NULL,
    reference text COLLATE "C" CHECK (char_length(reference) BETWEEN 1 AND 64),
    state payment_state NOT NULL DEFAULT 'Received',
    -- When it bounced or was reversed, and why.
    reversed_on date CHECK (reversed_on >= received_on),
    reason text CHECK (char_length(reason) BETWEEN 1 AND 500),
    -- What counts of it, and what has not paid a bill yet.
    counted_paise bigint NOT NULL GENERATED ALWAYS AS (CASE state WHEN 'Received' THEN amount_paise ELSE 0 END) STORED,
    open_paise bigint NOT NULL,
    payer_name text NOT NULL,
    -- None where the program itself has taken it.
    taken_by uuid,
    version bigint NOT NULL DEFAULT 1,
    -- The text that searches look in.
    search_text text COLLATE "C" NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT payments_open CHECK (open_paise BETWEEN 0 AND amount_paise AND (state = 'Received' OR open_paise = 0)),
    CONSTRAINT payments_reversal CHECK ((state = 'Received') = (reversed_on IS NULL) AND (reason IS NULL) = (reversed_on IS NULL)),
    CONSTRAINT payments_bounced CHECK (state <> 'Bounced' OR method = 'Cheque')
);

-- Numbers of cheques and cards repeat between customers; these do not.
CREATE UNIQUE INDEX payments_reference_key ON payments (method, reference) WHERE method IN ('UPI', 'Bank', 'Gateway') AND state <> 'Reversed';
CREATE INDEX payments_of_customer ON payments (customer_id, received_on, id);
CREATE INDEX payments_open_of_customer ON payments (customer_id) WHERE open_paise > 0;
-- The list.
CREATE INDEX payments_by_day ON payments (received_on, id);
CREATE INDEX payments_search ON payments USING gin (search_text gin_trgm_ops);

-- What pays a bill: a payment or a credit note.
CREATE TABLE allocations (
    id uuid PRIMARY KEY,
    bill_id uuid NOT NULL REFERENCES bills (id) DEFERRABLE INITIALLY DEFERRED,
    payment_id uuid REFERENCES payments (id) DEFERRABLE INITIALLY DEFERRED,
    note_id uuid REFERENCES bills (id) DEFERRABLE INITIALLY DEFERRED,
    amount_paise bigint NOT NULL CHECK (amount_paise > 0),
    created_at timestamptz NOT NULL,
    -- When the payment bounced or was reversed.
    undone_at timestamptz,
    CONSTRAINT allocations_source CHECK (num_nonnulls(payment_id, note_id) = 1)
);
CREATE INDEX allocations_of_bill ON allocations (bill_id);
CREATE INDEX allocations_of_payment ON allocations (payment_id) WHERE payment_id IS NOT NULL;
CREATE INDEX allocations_of_note ON allocations (note_id) WHERE note_id IS NOT NULL;

-- What is derived of each customer and moves often, in a row beside the customer: `customers` has 28 indexes, and this table none.
-- Nothing in it moves with the clock alone. `lastmile check` counts it again.
CREATE TABLE customer_summary (
    customer_id uuid PRIMARY KEY REFERENCES customers (id) ON DELETE CASCADE,
    -- Less than nothing is credit.
    outstanding_paise bigint NOT NULL DEFAULT 0,
    -- All that was paid, without what was brought forward.
    paid_paise bigint NOT NULL DEFAULT 0,
    -- The prices of active services.
    monthly_paise bigint NOT NULL DEFAULT 0,
    -- The first day of active and suspended services that is not billed.
    next_bill_on date,
    oldest_unpaid_due_on date
) WITH (fillfactor = 80);

-- The triggers are statement-level and set-based. They lock the rows of the summary in the order of their ids, so that two statements by hand
-- do not wait for each other; then amounts are added up as differences, and the smallest day is looked up again.

CREATE FUNCTION customers_summarize() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    INSERT INTO customer_summary (customer_id) SELECT id FROM new_rows;
    RETURN NULL;
END
$$;
CREATE TRIGGER customers_summarize AFTER INSERT ON customers
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION customers_summarize();

-- Adds to what customers owe and have paid, and looks their oldest open bill up again.
CREATE FUNCTION customer_summary_add(customer_ids uuid[], owed bigint[], paid bigint[]) RETURNS void LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
BEGIN
    PERFORM FROM customer_summary WHERE customer_id = ANY (customer_ids) ORDER BY customer_id FOR NO KEY UPDATE;
    UPDATE customer_summary s SET
        outstanding_paise = s.outstanding_paise + d.owed, paid_paise = s.paid_paise + d.paid, oldest_unpaid_due_on = o.due_on
    FROM unnest(customer_ids, owed, paid) AS d (customer_id, owed, paid)
        CROSS JOIN LATERAL (SELECT min(b.due_on) AS due_on FROM bills b WHERE b.customer_id = d.customer_id AND b.open_paise > 0) AS o
    WHERE s.customer_id = d.customer_id AND (d.owed <> 0 OR d.paid <> 0 OR o.due_on IS DISTINCT FROM s.oldest_unpaid_due_on);
END
$$;

CREATE FUNCTION bills_summarize() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT SET jit = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM customer_summary_add(array_agg(customer_id), array_agg(owed), array_agg(0::bigint))
        FROM (SELECT customer_id, sum(owed_paise)::bigint AS owed FROM new_rows GROUP BY customer_id) AS d;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM customer_summary_add(array_agg(customer_id), array_agg(owed), array_agg(0::bigint))
        FROM (SELECT customer_id, -sum(owed_paise)::bigint AS owed FROM old_rows GROUP BY customer_id) AS d;
    ELSE
        PERFORM customer_summary_add(array_agg(customer_id), array_agg(owed), array_agg(0::bigint))
        FROM (
            SELECT customer_id, sum(owed)::bigint AS owed
            FROM (SELECT customer_id, owed_paise AS owed FROM new_rows UNION ALL SELECT customer_id, -owed_paise FROM old_rows) AS rows
            GROUP BY customer_id
        ) AS d;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER bills_summarize_on_insert AFTER INSERT ON bills
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION bills_summarize();
CREATE TRIGGER bills_summarize_on_update AFTER UPDATE ON bills
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION bills_summarize();
CREATE TRIGGER bills_summarize_on_delete AFTER DELETE ON bills
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION bills_summarize();

-- What only changes how much is open of payments changes nothing here.
CREATE FUNCTION payments_summarize() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT SET jit = off AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM customer_summary_add(array_agg(customer_id), array_agg(owed), array_agg(paid))
        FROM (
            SELECT customer_id, -sum(counted_paise)::bigint AS owed,
                coalesce(sum(counted_paise) FILTER (WHERE method <> 'Brought forward'), 0)::bigint AS paid
            FROM new_rows GROUP BY customer_id
        ) AS d;
    ELSIF TG_OP = 'DELETE' THEN
        PERFORM customer_summary_add(array_agg(customer_id), array_agg(owed), array_agg(paid))
        FROM (
            SELECT customer_id, sum(counted_paise)::bigint AS owed,
                -coalesce(sum(counted_paise) FILTER (WHERE method <> 'Brought forward'), 0)::bigint AS paid
            FROM old_rows GROUP BY customer_id
        ) AS d;
    ELSE
        PERFORM customer_summary_add(array_agg(customer_id), array_agg(owed), array_agg(paid))
        FROM (
            SELECT customer_id, -sum(counted)::bigint AS owed, coalesce(sum(counted) FILTER (WHERE method <> 'Brought forward'), 0)::bigint AS paid
            FROM (
                SELECT customer_id, method, counted_paise AS counted FROM new_rows
                UNION ALL
                SELECT customer_id, method, -counted_paise FROM old_rows
            ) AS rows
            GROUP BY customer_id
            HAVING sum(counted) <> 0
        ) AS d
        HAVING count(*) > 0;
    END IF;
    RETURN NULL;
END
$$;
CREATE TRIGGER payments_summarize_on_insert AFTER INSERT ON payments
    REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION payments_summarize();
CREATE TRIGGER payments_summarize_on_update AFTER UPDATE ON payments
    REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION payments_summarize();
CREATE TRIGGER payments_summarize_on_delete AFTER DELETE ON payments
    REFERENCING OLD TABLE AS old_rows FOR EACH STATEMENT EXECUTE FUNCTION payments_summarize();

-- What customers pay for their services in a month, and when the next bill is due to be made: a customer has few services, which are all looked at.
CREATE FUNCTION services_summarize() RETURNS trigger LANGUAGE plpgsql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
DECLARE
    customer_ids uuid[] := ARRAY(SELECT DISTINCT customer_id FROM changed_rows);
BEGIN
    PERFORM FROM customer_summary WHERE customer_id = ANY (customer_ids) ORDER BY customer_id FOR NO KEY UPDATE;
    UPDATE customer_summary s SET (monthly_paise, next_bill_on) = (n.monthly_paise, n.next_bill_on)
    FROM unnest(customer_ids) AS changed (customer_id) CROSS JOIN LATERAL (
        SELECT coalesce(sum(price_paise) FILTER (WHERE status = 'Active'), 0)::bigint AS monthly_paise,
            min(coalesce(paid_through + 1, starts_on)) FILTER (WHERE status IN ('Active', 'Suspended')) AS next_bill_on
        FROM services WHERE services.customer_id = changed.customer_id
    ) AS n
    WHERE s.customer_id = changed.customer_id AND (s.monthly_paise, s.next_bill_on) IS DISTINCT FROM (n.monthly_paise, n.next_bill_on);
    RETURN NULL;
END
$$;
-- A service never goes to another customer.
CREATE TRIGGER services_summarize_on_insert AFTER INSERT ON services
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION services_summarize();
CREATE TRIGGER services_summarize_on_update AFTER UPDATE ON services
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION services_summarize();
CREATE TRIGGER services_summarize_on_delete AFTER DELETE ON services
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION services_summarize();

-- All of it anew from the rows. `lastmile check` compares it with the table, and the migration begins with it.
CREATE VIEW customer_summary_counted AS
SELECT c.id AS customer_id,
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

-- What is not allocated of each bill, credit note and payment, beside what the row says.
CREATE VIEW ledger_open_counted AS
SELECT e.id, e.customer_id, e.open_paise, e.amount_paise - coalesce(a.amount_paise, 0)::bigint AS counted_paise
FROM (
    SELECT id, customer_id, open_paise, total_paise AS amount_paise FROM bills
    UNION ALL
    SELECT id, customer_id, open_paise, counted_paise FROM payments
) AS e LEFT JOIN (
    SELECT id, sum(amount_paise) AS amount_paise
    FROM (
        SELECT bill_id AS id, amount_paise FROM allocations WHERE undone_at IS NULL
        UNION ALL
        SELECT coalesce(payment_id, note_id), amount_paise FROM allocations WHERE undone_at IS NULL
    ) AS both_sides
    GROUP BY id
) AS a USING (id);

INSERT INTO customer_summary SELECT * FROM customer_summary_counted;
