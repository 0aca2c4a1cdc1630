SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- An outage is told to hooks once, however often its attempt is judged.
ALTER TABLE fg_workflow_run ADD COLUMN incident_at timestamptz;
COMMENT ON COLUMN fg_workflow_run.incident_at IS 'When it was first found that so many tests failed together in the attempt that it looks like an outage; NULL where that was never found, or only in history that was read afterwards.';
