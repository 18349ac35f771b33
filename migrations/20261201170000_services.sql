-- What a customer has: services, each of a plan of the catalogue, at a price and from a day on; and the events of each.
--
-- The status and the plan of a customer are those of the services. A trigger keeps them in `customers`, for whoever writes services.
-- Whoever does locks the customers first (ORDER BY id FOR NO KEY UPDATE), then the services: so no two transactions wait for each other.

-- From the best to the worst: the best one of a customer's services is the customer's.
CREATE TYPE service_status AS ENUM ('Active', 'Suspended', 'Paused', 'Ordered', 'Ended');
CREATE TYPE service_event_kind AS ENUM ('Ordered', 'Activated', 'Suspended', 'Resumed', 'Paused', 'Plan changed', 'Ended');
CREATE TYPE service_event_cause AS ENUM ('Request', 'Dues', 'Payment', 'Fault', 'Move', 'Correction');

CREATE TABLE services (
    id uuid PRIMARY KEY,
    customer_id uuid NOT NULL REFERENCES customers (id),
    plan_id uuid NOT NULL REFERENCES plans (id),
    status service_status NOT NULL,
    -- For a month, without GST: the plan's when it was ordered. A plan that gets dearer changes no service.
    price_paise bigint NOT NULL CHECK (price_paise BETWEEN 0 AND 100000000),
    starts_on date NOT NULL,
    -- The day of the month on which its billing periods begin, so that the 31st does not become the 28th for ever.
    anchor_day smallint NOT NULL CHECK (anchor_day BETWEEN 1 AND 31),
    -- The last day that is billed.
    paid_through date CHECK (paid_through >= starts_on - 1),
    -- The last day, and why.
    ends_on date CHECK (ends_on >= starts_on),
    end_reason text CHECK (char_length(end_reason) BETWEEN 1 AND 500),
    -- What the router signs in with.
    login text COLLATE "C" CHECK (login ~ '^[a-z0-9][a-z0-9._@-]{2,63}$'),
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT services_end CHECK (
        (status = 'Ended') = (ends_on IS NOT NULL) AND (status = 'Ended') = (end_reason IS NOT NULL))
);

CREATE UNIQUE INDEX services_login_key ON services (login) WHERE status NOT IN ('Ended', 'Ordered');
CREATE INDEX services_of_customer ON services (customer_id);
CREATE INDEX services_of_plan ON services (plan_id, customer_id) WHERE status <> 'Ended';

-- What happens to a service, and on which day. An event for a later day waits, can be withdrawn, and takes effect on its day. What took
-- effect is never deleted: the events are the history of a service.
CREATE TABLE service_events (
    id uuid PRIMARY KEY,
    -- Events of the same day take effect in this order.
    seq bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
    service_id uuid NOT NULL REFERENCES services (id),
    kind service_event_kind NOT NULL,
    cause service_event_cause NOT NULL,
    reason text CHECK (char_length(reason) BETWEEN 1 AND 500),
    effective_on date NOT NULL,
    -- Of an order and of a change of plan: what the service has then, and what it had before.
    plan_id uuid REFERENCES plans (id),
    price_paise bigint CHECK (price_paise BETWEEN 0 AND 100000000),
    plan_before uuid REFERENCES plans (id),
    price_before_paise bigint,
    -- None where the program itself has made it.
    created_by uuid,
    created_at timestamptz NOT NULL,
    applied_at timestamptz,
    -- Withdrawn by a person, or because the service was not in a status for it when its day came.
    withdrawn_at timestamptz,
    withdrawn_by uuid,
    -- Why it did not take effect.
    refusal text,
    -- When the network has been told.
    told_at timestamptz,
    CONSTRAINT service_events_outcome CHECK (applied_at IS NULL OR withdrawn_at IS NULL),
    CONSTRAINT service_events_refusal CHECK (refusal IS NULL OR (withdrawn_at IS NOT NULL AND withdrawn_by IS NULL)),
    CONSTRAINT service_events_told CHECK (told_at IS NULL OR applied_at IS NOT NULL),
    CONSTRAINT service_events_plan CHECK (
        (kind IN ('Ordered', 'Plan changed')) = (plan_id IS NOT NULL) AND (plan_id IS NULL) = (price_paise IS NULL))
);

CREATE INDEX service_events_of_service ON service_events (service_id, seq);
CREATE INDEX service_events_due ON service_events (effective_on, seq) WHERE applied_at IS NULL AND withdrawn_at IS NULL;

-- Days on which nobody is cut off for dues, besides Friday to Sunday.
CREATE TABLE holidays (
    id uuid PRIMARY KEY,
    day date NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    -- The text that searches look in.
    search_text text COLLATE "C" NOT NULL,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE UNIQUE INDEX holidays_day_key ON holidays (day) WHERE deleted_at IS NULL;
CREATE INDEX holidays_by_deletion ON holidays (deleted_at, id) WHERE deleted_at IS NOT NULL;

-- Until this day the customer has promised to pay: nobody is cut off for dues before.
ALTER TABLE customers ADD COLUMN promised_on date;

-- What customers are by their services. The main service has the best status (suspended is as good as paused), then the highest price, then
-- the earliest start.
CREATE VIEW customers_by_services AS
    SELECT DISTINCT ON (s.customer_id) s.customer_id,
        CASE s.status WHEN 'Active' THEN 'Active' WHEN 'Ordered' THEN 'Pending' WHEN 'Ended' THEN 'Cancelled' ELSE 'Suspended' END::customer_status
            AS status,
        -- Of customers who have cancelled: the end of the last service.
        CASE WHEN s.status = 'Ended' THEN first_value(s.ends_on) OVER last_end END AS cancelled_on,
        CASE WHEN s.status = 'Ended' THEN first_value(s.end_reason) OVER last_end END AS cancel_reason,
        p.plan_type, p.download_kbps AS speed_kbps, s.price_paise, p.billing_cycle, p.ott_apps, p.live_channels
    FROM services s JOIN plans p ON p.id = s.plan_id
    WINDOW last_end AS (PARTITION BY s.customer_id ORDER BY s.ends_on DESC NULLS LAST, s.id)
    ORDER BY s.customer_id, s.status <> 'Active', s.status NOT IN ('Suspended', 'Paused'), s.status <> 'Ordered', s.price_paise DESC,
        s.starts_on, s.id;

-- Makes customers what they are by their services, where they are something else. Their version stays: nobody has edited them.
CREATE FUNCTION customers_follow_services(customer_ids uuid[]) RETURNS void LANGUAGE sql
SET search_path FROM CURRENT SET enable_seqscan = off SET jit = off AS $$
    UPDATE customers c SET
        (status, cancelled_on, cancel_reason, plan_type, speed_kbps, price_paise, billing_cycle, ott_apps, live_channels)
        = (m.status, m.cancelled_on, m.cancel_reason, m.plan_type, m.speed_kbps, m.price_paise, m.billing_cycle, m.ott_apps, m.live_channels)
    FROM customers_by_services m
    WHERE m.customer_id = ANY (customer_ids) AND c.id = m.customer_id
        AND (c.status, c.cancelled_on, c.cancel_reason, c.plan_type, c.speed_kbps, c.price_paise, c.billing_cycle, c.ott_apps, c.live_channels)
            IS DISTINCT FROM
            (m.status, m.cancelled_on, m.cancel_reason, m.plan_type, m.speed_kbps, m.price_paise, m.billing_cycle, m.ott_apps, m.live_channels)
$$;

CREATE FUNCTION services_derive_customers() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
BEGIN
    PERFORM customers_follow_services(ARRAY(SELECT DISTINCT customer_id FROM changed_rows ORDER BY customer_id));
    RETURN NULL;
END
$$;

-- A service never goes to another customer.
CREATE TRIGGER services_derive_on_insert AFTER INSERT ON services
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION services_derive_customers();
CREATE TRIGGER services_derive_on_update AFTER UPDATE ON services
    REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION services_derive_customers();
CREATE TRIGGER services_derive_on_delete AFTER DELETE ON services
    REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION services_derive_customers();

-- Customers of before have one service each, as they are; where the catalogue has no such plan, it gets one, which is not on sale.
INSERT INTO plans (id, code, name, name_key, status, plan_type, download_kbps, upload_kbps, ott_apps, live_channels, price_paise,
    billing_cycle, gst_rate_bp, sac, search_text, created_at, updated_at)
SELECT gen_random_uuid(), code, name, lower(name), 'Withdrawn', plan_type, speed_kbps, speed_kbps, ott_apps, live_channels, price_paise,
    billing_cycle, 1800, '998422', lower(' ' || code || ' ' || replace(code, '-', ' ') || ' ' || name), now(), now()
FROM (
    SELECT *, 'BEFORE-' || row_number() OVER (ORDER BY plan_type, speed_kbps, price_paise, billing_cycle, ott_apps, live_channels) AS code,
        plan_type || ' ' || speed_kbps / 1000 AS name
    FROM (SELECT DISTINCT plan_type, speed_kbps, price_paise, billing_cycle, ott_apps, live_channels FROM customers) AS kinds
    WHERE NOT EXISTS (
        SELECT FROM plans p WHERE (p.plan_type, p.download_kbps, p.price_paise, p.billing_cycle, p.ott_apps, p.live_channels)
            = (kinds.plan_type, kinds.speed_kbps, kinds.price_paise, kinds.billing_cycle, kinds.ott_apps, kinds.live_channels))
) AS missing;

ALTER TABLE services DISABLE TRIGGER USER;
INSERT INTO services (id, customer_id, plan_id, status, price_paise, starts_on, anchor_day, paid_through, ends_on, end_reason, created_at,
    updated_at)
SELECT gen_random_uuid(), c.id, p.id,
    CASE c.status WHEN 'Pending' THEN 'Ordered' WHEN 'Cancelled' THEN 'Ended' ELSE c.status::text END::service_status, c.price_paise,
    c.customer_since, extract(day FROM c.next_billing_on),
    CASE WHEN c.status <> 'Pending' THEN greatest(c.next_billing_on, c.customer_since) - 1 END,
    greatest(c.cancelled_on, c.customer_since), c.cancel_reason, c.created_at, c.updated_at
FROM customers c CROSS JOIN LATERAL (
    SELECT id FROM plans p
    WHERE (p.plan_type, p.download_kbps, p.price_paise, p.billing_cycle, p.ott_apps, p.live_channels)
        = (c.plan_type, c.speed_kbps, c.price_paise, c.billing_cycle, c.ott_apps, c.live_channels)
    ORDER BY id LIMIT 1
) AS p;
ALTER TABLE services ENABLE TRIGGER USER;

-- What is known of them: since when, and until when. When somebody was suspended is not.
INSERT INTO service_events (id, service_id, kind, cause, reason, effective_on, plan_id, price_paise, created_at, applied_at, told_at)
SELECT gen_random_uuid(), id, 'Ordered', 'Request', 'Carried over from the customer', starts_on, plan_id, price_paise, created_at, created_at, now()
FROM services ORDER BY customer_id;
INSERT INTO service_events (id, service_id, kind, cause, reason, effective_on, created_at, applied_at, told_at)
SELECT gen_random_uuid(), id, 'Ended', 'Request', end_reason, ends_on, updated_at, updated_at, now()
FROM services WHERE status = 'Ended' ORDER BY customer_id;
