-- The time of an event of the history: later than that of the event before, whatever the clocks say. A function, since its plan is kept and may
-- have been made while the history was empty: then reading all of it would seem the quickest (docs/decisions/0050-plans-that-are-kept.md).
CREATE FUNCTION history_time(wanted timestamptz, of_entity uuid, of_version bigint) RETURNS timestamptz LANGUAGE plpgsql STABLE
SET search_path FROM CURRENT SET enable_seqscan = off AS $$
BEGIN
    RETURN greatest(wanted, (
        SELECT at + interval '1 microsecond' FROM history
        WHERE entity_id = of_entity AND version < of_version ORDER BY version DESC LIMIT 1));
END
$$;
