-- A long word that hardly anybody has is found by five of its letters at once; of three letters each, the lists grow with the table.
-- Runs of nine letters and more, cut into pieces of five, without what is left at their ends: app/src/customers/search.rs says the same, and why it is enough.
--
-- One expression, so that Postgres puts it in the place of the call: with a function that is really called, writing a customer takes a tenth longer and more.
-- Not for parallel plans: Postgres expects far more customers from this index than it ever gives, and starting its helpers would take longer than the search.
CREATE FUNCTION customer_search_pieces(search_text text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL UNSAFE AS $$
    SELECT array_remove(
        string_to_array(
            regexp_replace(
                regexp_replace(search_text COLLATE "C", '(?:^|[^a-z]+)(?:[a-z]{0,8}(?:[^a-z]+|$))*', ' ', 'g'),
                '([a-z]{5})|[a-z]{1,4}', '\1 ', 'g'),
            ' '),
        '')
$$;

-- Written at once: a customer has few or none, and a search has no list of what is still to be written to read through.
SET LOCAL maintenance_work_mem = '256MB';
CREATE INDEX customers_by_pieces ON customers USING gin (customer_search_pieces(search_text)) WITH (fastupdate = off)
    WHERE deleted_at IS NULL;
