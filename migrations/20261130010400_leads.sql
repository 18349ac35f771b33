-- Leads: people who may become customers.
CREATE TABLE leads (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    email text NOT NULL CHECK (char_length(email) <= 254),
    phone text NOT NULL CHECK (phone ~ '^\+91[2-9][0-9]{9}$'),
    city text NOT NULL CHECK (char_length(city) BETWEEN 1 AND 80),
    source text NOT NULL CHECK (source IN ('Website', 'Referral', 'Walk-in', 'Phone', 'Campaign', 'Partner')),
    stage text NOT NULL CHECK (stage IN ('New', 'Contacted', 'Qualified', 'Proposal', 'Won', 'Lost')),
    plan_type plan_type NOT NULL,
    expected_value_paise bigint NOT NULL CHECK (expected_value_paise BETWEEN 0 AND 100000000000),
    owner uuid REFERENCES users (id),
    next_step text NOT NULL CHECK (char_length(next_step) <= 200),
    next_step_on date,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);
CREATE INDEX leads_by_stage ON leads (stage, id) WHERE deleted_at IS NULL;
CREATE INDEX leads_by_owner ON leads (owner, id) WHERE deleted_at IS NULL;
