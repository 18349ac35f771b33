-- People who sign in: their passwords, second factors, sessions and one-time links, and the policies that an Admin sets.
--
-- No token, code or link is stored, only its SHA-256; a password only as argon2id. Nothing in these tables is enough to sign in;
-- the secrets of the second factor are readable, because checking a code needs them.
--
-- Keys are UUIDv7 made by the program. Text that is sorted or compared is COLLATE "C" and folded by the program, so that every
-- database answers alike whatever its locale.

CREATE TABLE users (
    id uuid PRIMARY KEY,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    email text NOT NULL,
    email_key text COLLATE "C" NOT NULL,
    role text NOT NULL CHECK (role IN ('Admin', 'Sales', 'Staff')),
    -- argon2id, as a PHC string; none until the user has chosen a password through a one-time link.
    password_hash text,
    -- The shared secret of the codes (RFC 6238), encrypted: nonce, secret, tag; none where the second factor is off.
    totp_secret bytea CHECK (octet_length(totp_secret) = 48),
    -- The last 30 s time step whose code was accepted: a code is accepted once.
    totp_step bigint NOT NULL DEFAULT 0,
    version bigint NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    disabled_at timestamptz,
    deleted_at timestamptz
);
-- Unique among live users: a deleted user's email may be used again.
CREATE UNIQUE INDEX users_email_key ON users (email_key) WHERE deleted_at IS NULL;
-- Finds the last Admin.
CREATE INDEX users_by_role ON users (role) WHERE deleted_at IS NULL;

CREATE TABLE recovery_codes (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    code_hash bytea NOT NULL CHECK (octet_length(code_hash) = 32),
    PRIMARY KEY (user_id, code_hash)
);

CREATE TABLE sessions (
    -- The id by which users see and end a session; only the browser has the token.
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
    -- The secret that the user is shown to turn the second factor on, encrypted, until it is used.
    totp_setup bytea CHECK (octet_length(totp_setup) = 48),
    -- Where the write-ahead log ended after the session's last write, in bytes; none without a replica. A replica that has replayed
    -- less does not answer this session's reads, so that users see their own writes.
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
    -- The phone is lost: using the link also turns the second factor off. Turning it off when the link is made would leave the
    -- account with only the old password until the link is used.
    without_two_step boolean NOT NULL DEFAULT false,
    CONSTRAINT one_time_links_user CHECK ((purpose = 'First admin') = (user_id IS NULL))
);
CREATE INDEX one_time_links_of_user ON one_time_links (user_id);

-- Attempts to sign in, by account and by client address, counted before the password is checked. The keys are hashes, so that
-- nobody reads them by accident; an attacker who guesses an email or an address can still find its row.
CREATE TABLE sign_in_attempts (
    key bytea PRIMARY KEY CHECK (octet_length(key) = 32),
    attempts integer NOT NULL CHECK (attempts > 0),
    -- The first attempt of those counted: the limit for an address applies for 15 minutes from here.
    first_at timestamptz NOT NULL,
    -- The last one: the delay for an account counts from here.
    last_at timestamptz NOT NULL
);
CREATE INDEX sign_in_attempts_by_age ON sign_in_attempts (last_at);

-- How long after so many failed attempts for an account the next one is checked: not at all up to the tenth, then 30 s, twice as
-- long after each, and 15 minutes at most.
CREATE FUNCTION sign_in_delay(attempts integer) RETURNS interval LANGUAGE sql IMMUTABLE AS $$
    SELECT make_interval(secs => CASE WHEN attempts < 10 THEN 0 ELSE least(30 * power(2, least(attempts, 20) - 10), 900) END)
$$;

-- Browsers in which a user has signed in. Their attempts are counted apart: a stranger who guesses slows down strangers alone.
CREATE TABLE known_browsers (
    token_hash bytea NOT NULL CHECK (octet_length(token_hash) = 32),
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    last_used_at timestamptz NOT NULL,
    PRIMARY KEY (token_hash, user_id)
);
CREATE INDEX known_browsers_of_user ON known_browsers (user_id, last_used_at);

-- What an Admin requires of a role. The ids are fixed, so that the history can name what was changed.
CREATE TABLE role_policies (
    id uuid PRIMARY KEY,
    role text NOT NULL UNIQUE CHECK (role IN ('Admin', 'Sales', 'Staff')),
    two_step_required boolean NOT NULL,
    version bigint NOT NULL DEFAULT 1
);
INSERT INTO role_policies (id, role, two_step_required) VALUES
    ('00000000-0000-7000-8000-000000000001', 'Admin', false),
    ('00000000-0000-7000-8000-000000000002', 'Sales', false),
    ('00000000-0000-7000-8000-000000000003', 'Staff', false);

-- How long a session lasts: one row.
CREATE TABLE session_policy (
    id uuid PRIMARY KEY CHECK (id = '00000000-0000-7000-8000-000000000010'),
    idle_minutes integer NOT NULL CHECK (idle_minutes BETWEEN 5 AND 1440),
    absolute_minutes integer NOT NULL CHECK (absolute_minutes BETWEEN 30 AND 10080),
    version bigint NOT NULL DEFAULT 1,
    CONSTRAINT session_policy_order CHECK (idle_minutes <= absolute_minutes)
);
INSERT INTO session_policy (id, idle_minutes, absolute_minutes) VALUES ('00000000-0000-7000-8000-000000000010', 60, 720);
