-- A long word that hardly anybody has is found by five of its letters at once; of three letters each, the lists grow with the table.
-- Runs of nine letters and more, cut into pieces of five, without what is left at their ends: app/src/customers/search.rs says the same, and why it is enough.
--
-- One expression, so that Postgres puts it in the place of the call: a function that is really called would be a tenth of what writing a customer takes.
-- Not for parallel plans: Postgres expects far more of this index than is ever asked of it, and starting its helpers would be all the time it takes.
CREATE FUNCTION pieces(search_text text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL UNSAFE
RETURN array_remove(
    string_to_array(
        regexp_replace(
            regexp_replace(search_text COLLATE "C", '(?:^|[^a-z]+)(?:[a-z]{0,8}(?:[^a-z]+|$))*', ' ', 'g'),
            '([a-z]{5})|[a-z]{1,4}', '\1 ', 'g'),
        ' '),
    '');

-- Written at once: a customer has two or three, and keeping them for later would have all who write wait for one page.
SET LOCAL maintenance_work_mem = '256MB';
CREATE INDEX customers_by_pieces ON customers USING gin (pieces(search_text)) WITH (fastupdate = off) WHERE deleted_at IS NULL;
