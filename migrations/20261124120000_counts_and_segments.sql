-- What makes the list as fast at ten million customers as at ten thousand: exact counts that nobody has to count, and an index
-- for every sort within every combination of the filters.

-- A segment is one combination of status, churn risk and plan type: 4 x 3 x 3, numbered by app/src/customers/store/segments.rs.
ALTER TABLE customers ADD COLUMN segment smallint NOT NULL GENERATED ALWAYS AS (
    CASE status WHEN 'Pending' THEN 0 WHEN 'Active' THEN 9 WHEN 'Suspended' THEN 18 WHEN 'Cancelled' THEN 27 END
    + CASE churn_risk WHEN 'High' THEN 0 WHEN 'Medium' THEN 3 WHEN 'Low' THEN 6 END
    + CASE plan_type WHEN 'Fiber' THEN 0 WHEN 'Broadband' THEN 1 WHEN 'Wireless' THEN 2 END) STORED;

-- The live customers of each segment and what they are worth. The counts are these rows and the changes beside them, added up.
CREATE TABLE customer_counts (
    status customer_status NOT NULL,
    churn_risk churn_risk NOT NULL,
    plan_type plan_type NOT NULL,
    customers bigint NOT NULL DEFAULT 0,
    -- Those of them who owe something.
    debtors bigint NOT NULL DEFAULT 0,
    price_paise bigint NOT NULL DEFAULT 0,
    outstanding_paise bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (status, churn_risk, plan_type)
);

-- What writes have changed in the counts since they were last folded in. A write adds a row, in its own transaction, so that no
-- writer waits for another; every so often one folds what has come together.
CREATE TABLE customer_count_changes (
    change bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    status customer_status NOT NULL,
    churn_risk churn_risk NOT NULL,
    plan_type plan_type NOT NULL,
    customers bigint NOT NULL,
    debtors bigint NOT NULL,
    price_paise bigint NOT NULL,
    outstanding_paise bigint NOT NULL
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- How often changes were folded in: one row. This number and that of the changes tell whether counts that were read are still right.
CREATE TABLE customer_count_folds (
    single boolean PRIMARY KEY DEFAULT TRUE CHECK (single),
    folds bigint NOT NULL
);
INSERT INTO customer_count_folds (folds) VALUES (0);

INSERT INTO customer_counts
SELECT status, churn_risk, plan_type, count(c.id), count(c.id) FILTER (WHERE c.outstanding_paise > 0),
    coalesce(sum(c.price_paise), 0), coalesce(sum(c.outstanding_paise), 0)
FROM unnest(enum_range(NULL::customer_status)) AS status
CROSS JOIN unnest(enum_range(NULL::churn_risk)) AS churn_risk
CROSS JOIN unnest(enum_range(NULL::plan_type)) AS plan_type
LEFT JOIN (SELECT * FROM customers WHERE deleted_at IS NULL) c USING (status, churn_risk, plan_type)
GROUP BY status, churn_risk, plan_type;

-- Nothing counts by it any more.
DROP INDEX customers_by_choices;

-- A filtered list is merged from its segments, each read in order from one of these: as many rows as a page has, whatever the
-- sort has to do with the filter.
CREATE INDEX customers_in_segment_by_account_number ON customers (segment, account_number, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_name ON customers (segment, name_key, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_plan_type ON customers (segment, plan_type, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_speed ON customers (segment, speed_kbps, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_price ON customers (segment, price_paise, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_churn_risk ON customers (segment, churn_risk, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_nps ON customers (segment, nps, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_outstanding ON customers (segment, outstanding_paise, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_next_billing ON customers (segment, next_billing_on, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_customer_since ON customers (segment, customer_since, id) WHERE deleted_at IS NULL;
CREATE INDEX customers_in_segment_by_lifetime_value ON customers (segment, lifetime_value_paise, id) WHERE deleted_at IS NULL;
