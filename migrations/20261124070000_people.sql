-- People who sign in: passwords, second steps, sessions, one-time links, limits, and the rules that an Admin sets.
--
-- No token, code or link is kept, only its SHA-256; a password only as argon2id. What is here is useless to whoever reads it,
-- but for the secrets of the second step, which have to be known to check a code.

ALTER TABLE users
    -- PHC string of argon2id; none until the person has chosen a password through a one-time link.
    ADD COLUMN password_hash text,
    -- The shared secret of the codes (RFC 6238); none where the second step is off.
    ADD COLUMN totp_secret bytea CHECK (octet_length(totp_secret) = 20),
    -- The last step of 30 s whose code was accepted: a code counts once.
    ADD COLUMN totp_step bigint NOT NULL DEFAULT 0,
    ADD COLUMN disabled_at timestamptz;
-- The last Admin is looked for among these.
CREATE INDEX users_by_role ON users (role) WHERE deleted_at IS NULL;

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE sessions (
    -- What people see and end it by; the token itself is in the browser alone.
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL CONSTRAINT sessions_token_key UNIQUE CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- When the person signed in: the absolute limit counts from here.
    signed_in_at timestamptz NOT NULL,
    -- Written at most once a minute: the idle limit counts from here.
    last_seen_at timestamptz NOT NULL,
    -- Whether the code of the second step was given.
    second_step boolean NOT NULL DEFAULT false,
    address text NOT NULL CHECK (char_length(address) <= 45),
    browser text NOT NULL CHECK (char_length(browser) <= 120)
);
CREATE INDEX sessions_of_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_last_seen ON sessions (last_seen_at);

-- A link that lets somebody in once: to become the first Admin, to accept an invitation, to choose a new password.
CREATE TABLE one_time_links (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    purpose text NOT NULL CHECK (purpose IN ('First admin', 'Invitation', 'Reset')),
    -- None for the first Admin, who does not exist yet.
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    -- The phone is lost: using the link turns the second step off, too. Not before, or the old password alone would let in.
    without_two_step boolean NOT NULL DEFAULT false,
    CONSTRAINT one_time_links_person CHECK ((purpose = 'First admin') = (user_id IS NULL))
);
CREATE INDEX one_time_links_of_user ON one_time_links (user_id);

-- Tries to sign in, by account and by peer address, counted before the password is looked at. The keys are hashes, so that nobody reads
-- them by the way; who guesses an email or an address can still find it.
CREATE TABLE sign_in_tries (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    tries integer NOT NULL CHECK (tries > 0),
    since timestamptz NOT NULL
);
CREATE INDEX sign_in_tries_by_age ON sign_in_tries (since);

-- What an Admin demands of a role. The ids are fixed, so that the history can name what was changed.
CREATE TABLE role_rules (
    id uuid PRIMARY KEY,
    role text NOT NULL UNIQUE CHECK (role IN ('Admin', 'Sales', 'Staff')),
    two_step boolean NOT NULL,
    version bigint NOT NULL DEFAULT 1
);
INSERT INTO role_rules (id, role, two_step) VALUES
    ('00000000-0000-7000-8000-000000000001', 'Admin', false),
    ('00000000-0000-7000-8000-000000000002', 'Sales', false),
    ('00000000-0000-7000-8000-000000000003', 'Staff', false);

-- How long a session lasts: one row.
CREATE TABLE session_rules (
    id uuid PRIMARY KEY CHECK (id = '00000000-0000-7000-8000-000000000010'),
    idle_minutes integer NOT NULL CHECK (idle_minutes BETWEEN 5 AND 1440),
    absolute_minutes integer NOT NULL CHECK (absolute_minutes BETWEEN 30 AND 10080),
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT session_rules_order CHECK (idle_minutes <= absolute_minutes)
);
INSERT INTO session_rules (id, idle_minutes, absolute_minutes) VALUES ('00000000-0000-7000-8000-000000000010', 60, 720);

-- The history of these too, and by time and person.
ALTER TABLE history DROP CONSTRAINT history_entity_check;
ALTER TABLE history ADD CONSTRAINT history_entity_check
    CHECK (entity IN ('customer', 'lead', 'user', 'role', 'session rule'));
CREATE INDEX history_by_time ON history (at, id);
CREATE INDEX history_by_actor ON history (actor, at, id);
-- The few of a kind among the many customers, and one field of all: walked by the page that searches the history.
CREATE INDEX history_by_kind ON history (entity, at, id);
CREATE INDEX history_by_field ON history (field, at, id);
