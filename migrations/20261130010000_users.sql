-- People who sign in: their passwords, second factors, sessions and one-time links, and the policies that an Admin sets.
--
-- No token, code or link is stored, only its SHA-256; a password only as argon2id. Who reads these tables can sign in with nothing
-- in them, except for the secrets of the second factor, which must be known to check a code.
--
-- Keys are UUIDv7 made by the program. Text that is sorted or compared is COLLATE "C" and folded by the program, so that every
-- database answers alike whatever its locale.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    role text NOT NULL CHECK (role IN ('Admin', 'Sales', 'Staff')),
    -- PHC string of argon2id; none until the user has chosen a password through a one-time link.
    password_hash text,
    -- The shared secret of the codes (RFC 6238); none where the second factor is off.
    totp_secret bytea CHECK (octet_length(totp_secret) = 20),
    -- The last step of 30 s whose code was accepted: a code is accepted once.
    totp_step bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    disabled_at timestamptz,
    deleted_at timestamptz
);
-- Unique among live users: a deleted user's email may be used again.
CREATE UNIQUE INDEX users_email_key ON users (email_key) WHERE deleted_at IS NULL;
-- The last Admin is looked for among these.
CREATE INDEX users_by_role ON users (role) WHERE deleted_at IS NULL;

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE sessions (
    -- By this id users see a session and end it; the token itself is in the browser alone.
    id uuid PRIMARY KEY,
    token_hash bytea NOT NULL CONSTRAINT sessions_token_key UNIQUE CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    -- When the user signed in: the absolute limit counts from here.
    signed_in_at timestamptz NOT NULL,
    -- Written at most once a minute: the idle limit counts from here.
    last_seen_at timestamptz NOT NULL,
    -- Whether the code of the second factor was given.
    second_step boolean NOT NULL DEFAULT false,
    address text NOT NULL CHECK (char_length(address) <= 45),
    browser text NOT NULL CHECK (char_length(browser) <= 120),
    -- Where the write-ahead log ended after the session's last write, in bytes; none where there is no replica. A replica that has
    -- replayed less does not answer this session's reads, so that users see their own writes.
    wrote_wal bigint
);
CREATE INDEX sessions_of_user ON sessions (user_id, last_seen_at);
CREATE INDEX sessions_by_last_seen ON sessions (last_seen_at);

-- A link that works once: to become the first Admin, to accept an invitation, to choose a new password.
CREATE TABLE one_time_links (
    token_hash bytea PRIMARY KEY CHECK (octet_length(token_hash) = 32),
    purpose text NOT NULL CHECK (purpose IN ('First admin', 'Invitation', 'Reset')),
    -- None for the first Admin, who does not exist yet.
    user_id uuid REFERENCES users (id) ON DELETE CASCADE,
    expires_at timestamptz NOT NULL,
    -- The phone is lost: using the link also turns the second factor off. Only then, or the old password alone would be enough
    -- from the moment the link is made.
    without_two_step boolean NOT NULL DEFAULT false,
    CONSTRAINT one_time_links_person CHECK ((purpose = 'First admin') = (user_id IS NULL))
);
CREATE INDEX one_time_links_of_user ON one_time_links (user_id);

-- Attempts to sign in, by account and by client address, counted before the password is checked. The keys are hashes, so that
-- nobody reads them by accident; who guesses an email or an address can still find its row.
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
