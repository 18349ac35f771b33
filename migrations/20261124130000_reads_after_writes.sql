-- Where reads may go to a replica, a person's own writes must not be missing from them.
-- How far the log of writes (WAL) had come after the last write in this session, in bytes; none where there is no replica.
ALTER TABLE sessions ADD COLUMN wrote_wal bigint;
