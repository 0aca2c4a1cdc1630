SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- The queue's trigger again, silent about updates, as pgqueuer's own one is: looking for work is an UPDATE, and a worker
-- that wakes itself whenever it looks never rests. What an update makes due is found by looking once a second.
CREATE OR REPLACE FUNCTION fn_pgqueuer_changed() RETURNS TRIGGER AS $$
BEGIN
    IF TG_OP = 'UPDATE' OR current_setting('flakeguard.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_notify(
        'ch_pgqueuer',
        json_build_object(
            'channel', 'ch_pgqueuer',
            'operation', lower(TG_OP),
            'sent_at', now(),
            'table', TG_TABLE_NAME,
            'type', 'table_changed_event'
        )::text
    );
    RETURN NULL; -- the trigger is of whole statements, after them: nobody reads what it returns
END;
$$ LANGUAGE plpgsql;

COMMENT ON TABLE fg_workflow_run IS 'One attempt of one workflow run. Deleted with its repository, or when retention says so.';
COMMENT ON TABLE fg_job IS 'One job of one attempt. A report that belongs to no job has a pseudo-job: its job_id is minus the artifact''s id. Deleted with its attempt.';
COMMENT ON COLUMN fg_quarantine_decision.impact IS 'Runs, pull requests and commits hit in the thirty days before, and minutes lost, as it stood when decided.';
