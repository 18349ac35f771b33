-- The list's rows tell by the way whether a session that was looked up a moment ago still holds.

-- Waited for in the order in which the program writes these, which may be running.
LOCK TABLE role_rules, session_rules, users, sessions IN SHARE ROW EXCLUSIVE MODE;

-- One row. Its mark is another after each change of who is signed in, or as what: whoever reads the same here as with a session, reads a database in which
-- that session is what it was. It is random, so that no other copy of the database ever comes to the same one.
CREATE TABLE session_changes (
    single boolean PRIMARY KEY DEFAULT TRUE CHECK (single),
    mark uuid NOT NULL DEFAULT gen_random_uuid()
);
INSERT INTO session_changes DEFAULT VALUES;

-- As the owner, and in the triggering table's schema alone: nobody else needs a right to the mark, or can put another table in its place.
CREATE FUNCTION note_session_change() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- Once for each transaction.
    EXECUTE format('UPDATE %I.session_changes SET mark = gen_random_uuid() WHERE xmin <> pg_current_xact_id()::xid', TG_TABLE_SCHEMA);
    RETURN NULL;
END
$$;

-- Triggers, so that it holds for whoever changes something, by hand included. Those of rows come with the commit, when a transaction waits for no other lock
-- any more: two that change sessions wait for each other in turn, and never both. (A later migration that changes such rows and then alters their table in
-- one transaction says SET CONSTRAINTS ALL IMMEDIATE between the two.)
-- A session that was seen, or has written something, is the same session.
CREATE CONSTRAINT TRIGGER sessions_changed AFTER UPDATE ON sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN (NEW.last_seen_at < OLD.last_seen_at
        OR (NEW.id, NEW.token_hash, NEW.user_id, NEW.signed_in_at, NEW.second_step)
            IS DISTINCT FROM (OLD.id, OLD.token_hash, OLD.user_id, OLD.signed_in_at, OLD.second_step))
    EXECUTE FUNCTION note_session_change();
CREATE CONSTRAINT TRIGGER sessions_ended AFTER DELETE ON sessions DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION note_session_change();
CREATE CONSTRAINT TRIGGER users_changed AFTER UPDATE ON users DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((NEW.id, NEW.name, NEW.email, NEW.role, NEW.totp_secret, NEW.disabled_at, NEW.deleted_at)
        IS DISTINCT FROM (OLD.id, OLD.name, OLD.email, OLD.role, OLD.totp_secret, OLD.disabled_at, OLD.deleted_at))
    EXECUTE FUNCTION note_session_change();
CREATE CONSTRAINT TRIGGER role_rules_changed AFTER INSERT OR UPDATE OR DELETE ON role_rules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION note_session_change();
CREATE CONSTRAINT TRIGGER session_rules_changed AFTER INSERT OR UPDATE OR DELETE ON session_rules DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    EXECUTE FUNCTION note_session_change();
CREATE TRIGGER sessions_emptied AFTER TRUNCATE ON sessions FOR EACH STATEMENT EXECUTE FUNCTION note_session_change();
CREATE TRIGGER role_rules_emptied AFTER TRUNCATE ON role_rules FOR EACH STATEMENT EXECUTE FUNCTION note_session_change();
CREATE TRIGGER session_rules_emptied AFTER TRUNCATE ON session_rules FOR EACH STATEMENT EXECUTE FUNCTION note_session_change();
