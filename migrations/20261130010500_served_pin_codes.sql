-- The PIN codes that the provider serves, with what is offered there. Admins keep the list; a lead shows what it says of the lead's address.
--
-- India has about 19,000 PIN codes, so that the list stays small: facets need no index.
CREATE TABLE served_pin_codes (
    id uuid PRIMARY KEY,

    -- Place
    pin_code text COLLATE "C" NOT NULL CHECK (pin_code ~ '^[1-9][0-9]{5}$'),
    -- The key by which records of every subject are named.
    name_key text COLLATE "C" NOT NULL GENERATED ALWAYS AS (pin_code) STORED,
    area text NOT NULL CHECK (char_length(area) BETWEEN 1 AND 120),
    area_key text COLLATE "C" NOT NULL,
    city text NOT NULL CHECK (char_length(city) BETWEEN 1 AND 80),

    -- Service
    plan_types plan_type[] NOT NULL CHECK (cardinality(plan_types) BETWEEN 1 AND 3 AND array_position(plan_types, NULL) IS NULL),
    max_speed_kbps integer NOT NULL CHECK (max_speed_kbps BETWEEN 50000 AND 1000000),
    notes text CHECK (char_length(notes) BETWEEN 1 AND 1000),

    -- The text that searches look in: app/src/base/search.rs makes it.
    search_text text COLLATE "C" NOT NULL,

    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    deleted_at timestamptz
);

-- A deleted one may be entered again.
CREATE UNIQUE INDEX served_pin_codes_pin_code_key ON served_pin_codes (pin_code) WHERE deleted_at IS NULL;
CREATE INDEX served_pin_codes_search ON served_pin_codes USING gin (search_text gin_trgm_ops) WHERE deleted_at IS NULL;
-- The orders of the list.
CREATE INDEX served_pin_codes_by_pin_code ON served_pin_codes (pin_code, id) WHERE deleted_at IS NULL;
CREATE INDEX served_pin_codes_by_area ON served_pin_codes (area_key, id) WHERE deleted_at IS NULL;
CREATE INDEX served_pin_codes_by_speed ON served_pin_codes (max_speed_kbps, id) WHERE deleted_at IS NULL;
-- The cities that a facet offers.
CREATE INDEX served_pin_codes_by_city ON served_pin_codes (city, id) WHERE deleted_at IS NULL;
-- The list of the deleted, newest first.
CREATE INDEX served_pin_codes_by_deletion ON served_pin_codes (deleted_at, id) WHERE deleted_at IS NOT NULL;
