-- Who changed what: written in the transaction of the change and never altered (the program's role may only add and read).
-- A row for each field that changed; `created`, `deleted` and `restored` are rows with that word as their field.
CREATE TABLE history (
    -- The order in which rows were written, whatever the clocks say: times come from the programs, and those of two programs, or of
    -- one whose clock was set back, need not agree. A transaction's rows can appear after those with higher numbers, which were
    -- committed before it.
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- UUIDv7, made by the program.
    id uuid NOT NULL,
    -- Later than that of the entity's version before.
    at timestamptz NOT NULL,
    -- The user's id; none where the program itself acted, or where nobody signs in.
    actor uuid,
    -- Where it was done: 'page' or 'command line'.
    source text NOT NULL,
    entity text NOT NULL CHECK (entity IN ('customer', 'lead', 'served PIN code', 'plan', 'service', 'holiday', 'bill', 'payment', 'provider', 'job', 'user', 'role', 'session policy')),
    entity_id uuid NOT NULL,
    -- The entity's version that this change made.
    version bigint NOT NULL,
    field text NOT NULL,
    before text,
    after text
);
CREATE INDEX history_of_entity ON history (entity_id, version);
-- The page of everything, the last written first: all (the primary key), by user, by kind of entity, by field. A kind or a field may be rare
-- among very many rows.
CREATE INDEX history_by_actor ON history (actor, seq);
CREATE INDEX history_by_nobody ON history (seq) WHERE actor IS NULL;
CREATE INDEX history_by_kind ON history (entity, seq);
CREATE INDEX history_by_field ON history (field, seq);
-- The same between two days, the newest first. They begin with an expression, so that none is taken for the one above of the same column.
CREATE INDEX history_by_time ON history (at, seq);
CREATE INDEX history_by_actor_and_time ON history (coalesce(actor, '00000000-0000-0000-0000-000000000000'), at, seq);
CREATE INDEX history_by_kind_and_time ON history ((entity || ''), at, seq);
CREATE INDEX history_by_field_and_time ON history ((field || ''), at, seq);
