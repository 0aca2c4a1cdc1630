SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- A write is alone from its turn to its end, however long it takes; until now only their beginnings were a pause apart.
ALTER TABLE fg_github_limit ADD COLUMN writing_until timestamptz NOT NULL DEFAULT '-infinity';
COMMENT ON COLUMN fg_github_limit.writing_until IS 'Somebody is writing, and no other write may go out before: the end of the write sets it back, and only a process that died does not.';
COMMENT ON COLUMN fg_github_limit.write_due IS 'When the next write may go out: a pause after the end of the one before.';
