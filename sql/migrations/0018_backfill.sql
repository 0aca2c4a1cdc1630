SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fg_backfill (
    repo_id bigint PRIMARY KEY REFERENCES fg_repository (id) ON DELETE CASCADE,
    since timestamptz NOT NULL,
    most_runs integer NOT NULL CHECK (most_runs > 0),
    started_at timestamptz NOT NULL,
    reached timestamptz NOT NULL,
    runs_asked integer NOT NULL DEFAULT 0,
    runs_read integer NOT NULL DEFAULT 0,
    finished_at timestamptz
);
COMMENT ON TABLE fg_backfill IS 'How far the history of a repository from before the App was installed has been read. Deleted with its repository.';
COMMENT ON COLUMN fg_backfill.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_backfill.since IS 'Runs created before are not read.';
COMMENT ON COLUMN fg_backfill.most_runs IS 'So many runs are read, the newest first.';
COMMENT ON COLUMN fg_backfill.started_at IS 'Runs that ended later are left to the webhooks, which make them show on GitHub.';
COMMENT ON COLUMN fg_backfill.reached IS 'Runs created later have been asked for; reading goes on from here.';
COMMENT ON COLUMN fg_backfill.runs_asked IS 'Runs that were put into the queue; what had been read before was not.';
COMMENT ON COLUMN fg_backfill.runs_read IS 'Those of them that have been read.';
COMMENT ON COLUMN fg_backfill.finished_at IS 'When all had been read and judged; null until then.';
