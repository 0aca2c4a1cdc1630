SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- What is done from time to time, whichever process comes first: there is no leader that could be lost.
CREATE TABLE fg_cron (
    name text PRIMARY KEY,
    due_at timestamptz NOT NULL,
    done_until timestamptz
);
COMMENT ON TABLE fg_cron IS 'What is done from time to time, and when next. Whoever moves due_at on does it.';
COMMENT ON COLUMN fg_cron.name IS 'What is done.';
COMMENT ON COLUMN fg_cron.due_at IS 'When it is to be done next.';
COMMENT ON COLUMN fg_cron.done_until IS 'Up to where a look at GitHub''s log of deliveries was complete, by GitHub''s clock; null for what has no such mark.';

CREATE TABLE fg_run_look (
    repo_id bigint PRIMARY KEY REFERENCES fg_repository (id) ON DELETE CASCADE,
    due_at timestamptz NOT NULL,
    settled_until timestamptz,
    etag text,
    wide_at timestamptz
);
COMMENT ON TABLE fg_run_look IS 'When to look next for runs of which no delivery told us, and how far back. Deleted with its repository.';
COMMENT ON COLUMN fg_run_look.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_run_look.due_at IS 'When to look next; each repository has its own second of the hour.';
COMMENT ON COLUMN fg_run_look.settled_until IS 'All runs that were created before had ended, and had been told of or found; null before the first look.';
COMMENT ON COLUMN fg_run_look.etag IS 'GitHub''s mark of the list of runs since then, with which asking again costs nothing; null where it had several pages.';
COMMENT ON COLUMN fg_run_look.wide_at IS 'When a whole week was looked at, which finds re-runs of older runs; null before the first time.';
