-- A long word that hardly anybody has is found by seven of its letters at once; of three letters each, the lists grow with the table.
-- What runs of nine letters and more are made of: app/src/customers/search.rs says the same, and why it is enough.
--
-- Not for parallel plans: Postgres expects far more of this index than is ever asked of it, and starting its helpers would be all the time it takes.
CREATE FUNCTION long_parts(search_text text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL UNSAFE
RETURN ARRAY(
    SELECT substr(run[1], begins, 7)
    FROM regexp_matches(search_text COLLATE "C", '[a-z]{9,}', 'g') AS run
    CROSS JOIN generate_series(1, length(run[1]) - 6, 3) AS begins
);

SET LOCAL maintenance_work_mem = '256MB';
CREATE INDEX customers_by_long_parts ON customers USING gin (long_parts(search_text)) WHERE deleted_at IS NULL;
