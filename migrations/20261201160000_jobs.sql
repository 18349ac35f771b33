-- Work in the background. A change adds a job in its own transaction; any copy of the program runs it.
--
-- A copy leases a job (SKIP LOCKED: of several copies each takes another one) and renews the lease while it works. A copy that dies renews
-- nothing, and another one goes on when the lease has ended. Every transaction of the work checks that the lease is still its own, as its
-- last statement: what a copy does after it has lost the job is rolled back.
CREATE TYPE job_state AS ENUM ('Waiting', 'Running', 'Failed', 'Stopped', 'Done');

CREATE TABLE jobs (
    -- UUIDv7: jobs are listed by it, the newest first.
    id uuid PRIMARY KEY,
    -- A program runs the kinds that it knows.
    kind text NOT NULL CHECK (char_length(kind) BETWEEN 1 AND 60),
    payload jsonb NOT NULL,
    -- Of the jobs of a kind with the same key only one waits or runs.
    key text,
    state job_state NOT NULL DEFAULT 'Waiting',
    -- Not to be begun before.
    run_at timestamptz NOT NULL,
    -- How often it was begun.
    attempt smallint NOT NULL DEFAULT 0 CHECK (attempt >= 0),
    max_attempts smallint NOT NULL CHECK (max_attempts > 0),
    -- The copy of the program that runs it, and until when nobody else does.
    leased_by uuid,
    lease_until timestamptz,
    -- How much is done, and how much there is to do, where that is known.
    done bigint NOT NULL DEFAULT 0,
    total bigint,
    -- Why the last attempt failed.
    error text CHECK (char_length(error) BETWEEN 1 AND 500),
    created_by uuid,
    created_at timestamptz NOT NULL,
    started_at timestamptz,
    finished_at timestamptz,
    -- Goes up whenever it ends, is stopped or is retried.
    version bigint NOT NULL DEFAULT 1,

    CONSTRAINT jobs_lease CHECK ((state = 'Running') = (leased_by IS NOT NULL) AND (leased_by IS NULL) = (lease_until IS NULL)),
    CONSTRAINT jobs_end CHECK ((state IN ('Waiting', 'Running')) = (finished_at IS NULL))
);

CREATE UNIQUE INDEX jobs_key ON jobs (kind, key) WHERE state IN ('Waiting', 'Running');
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE state IN ('Waiting', 'Running');
-- The page's filter.
CREATE INDEX jobs_by_state ON jobs (state, id);
-- When the last one of a kind has ended, and which are old.
CREATE INDEX jobs_by_kind ON jobs (kind, finished_at);
CREATE INDEX jobs_by_end ON jobs (finished_at) WHERE finished_at IS NOT NULL;
