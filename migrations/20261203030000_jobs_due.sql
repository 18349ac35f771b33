-- The next job is read from this index in its order, also by a plan that was made while few jobs waited among many that were done: then the
-- index by state, and a sort of all that wait, would seem as quick. Its condition says the same as the state (jobs_end).
DROP INDEX jobs_due;
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE finished_at IS NULL;
