-- The plans that the provider sells. Admins keep the catalogue; everybody who helps a caller reads it.
--
-- A catalogue has tens of plans, a few hundred at most: orders, facets and searches need no index.
CREATE TYPE sale_status AS ENUM ('On sale', 'Withdrawn');

CREATE TABLE plans (
    id uuid PRIMARY KEY,

    -- Plan
    code text COLLATE "C" NOT NULL CHECK (code ~ '^[A-Z0-9-]{2,24}$'),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 80),
    name_key text COLLATE "C" NOT NULL,
    status sale_status NOT NULL,

    -- Service
    plan_type plan_type NOT NULL,
    download_kbps integer NOT NULL CHECK (download_kbps BETWEEN 50000 AND 1000000),
    upload_kbps integer NOT NULL CHECK (upload_kbps BETWEEN 1000 AND 1000000),
    -- Data in a month; none where they are unlimited.
    quota_mb bigint CHECK (quota_mb BETWEEN 1000 AND 1000000000),
    ott_apps text[] NOT NULL CHECK (cardinality(ott_apps) <= 12),
    live_channels integer NOT NULL CHECK (live_channels BETWEEN 0 AND 2000),

    -- Price
    -- For a month, whatever the billing cycle, without GST.
    price_paise bigint NOT NULL CHECK (price_paise BETWEEN 0 AND 100000000),
    billing_cycle billing_cycle NOT NULL,
    -- Hundredths of a percent.
    gst_rate_bp integer NOT NULL CHECK (gst_rate_bp BETWEEN 0 AND 4000),
    -- Services Accounting Code: 998422 is internet access.
    sac text COLLATE "C" NOT NULL CHECK (sac ~ '^99([0-9]{2}|[0-9]{4})$'),

    -- The text that searches look in: app/src/base/search.rs makes it.
    search_text text COLLATE "C" NOT NULL,

    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz,

    CONSTRAINT plans_speeds CHECK (upload_kbps <= download_kbps)
);

-- The code of a deleted plan may be used again.
CREATE UNIQUE INDEX plans_code_key ON plans (code) WHERE deleted_at IS NULL;
-- The list of the deleted, newest first.
CREATE INDEX plans_by_deletion ON plans (deleted_at, id) WHERE deleted_at IS NOT NULL;
