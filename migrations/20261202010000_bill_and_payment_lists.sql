-- What the lists of bills and payments filter by: generated, so that every row has it whoever writes.

ALTER TABLE bills
    ADD COLUMN issued_month text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (extract(year FROM issued_on)::integer::text || '-' || lpad(extract(month FROM issued_on)::integer::text, 2, '0')) STORED,
    ADD COLUMN settlement text COLLATE "C" NOT NULL GENERATED ALWAYS AS (CASE WHEN open_paise > 0 THEN 'Open' ELSE 'Settled' END) STORED;
CREATE INDEX bills_by_month ON bills (issued_month, issued_on, id);
CREATE INDEX bills_by_kind ON bills (kind, issued_on, id);
CREATE INDEX bills_by_settlement ON bills (settlement, issued_on, id);

ALTER TABLE payments
    ADD COLUMN received_month text COLLATE "C" NOT NULL
        GENERATED ALWAYS AS (extract(year FROM received_on)::integer::text || '-' || lpad(extract(month FROM received_on)::integer::text, 2, '0')) STORED,
    ADD COLUMN taken_by_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (coalesce(taken_by::text, 'none')) STORED;
CREATE INDEX payments_by_month ON payments (received_month, received_on, id);
CREATE INDEX payments_by_method ON payments (method, received_on, id);
CREATE INDEX payments_by_state ON payments (state, received_on, id);
CREATE INDEX payments_by_user ON payments (taken_by_key, received_on, id);
