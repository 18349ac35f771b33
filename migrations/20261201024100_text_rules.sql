-- By which rules the text of each table was made (app/src/base/text.rs). `lastmile migrate` makes the text and the keys of rows anew where
-- the rules are newer than these, in batches, and goes on here where it was stopped.
CREATE TABLE text_rules (
    table_name text PRIMARY KEY,
    version integer NOT NULL,
    -- The last row that was looked at.
    last_id uuid NOT NULL DEFAULT '00000000-0000-0000-0000-000000000000',
    is_finished boolean NOT NULL DEFAULT false
);
