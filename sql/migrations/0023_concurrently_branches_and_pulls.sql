-- squawk-ignore-file ban-concurrent-index-creation-in-transaction
SET lock_timeout = '5s';
SET statement_timeout = '30min';

-- For who asks for the runs of one branch or one pull request, of which there may be few among very many.
DROP INDEX CONCURRENTLY IF EXISTS fg_workflow_run_branch;
CREATE INDEX CONCURRENTLY IF NOT EXISTS fg_workflow_run_branch ON fg_workflow_run (repo_id, head_branch, run_started_at);
DROP INDEX CONCURRENTLY IF EXISTS fg_workflow_run_pull;
CREATE INDEX CONCURRENTLY IF NOT EXISTS fg_workflow_run_pull ON fg_workflow_run (repo_id, pull_number, run_started_at) WHERE pull_number IS NOT NULL;

RESET lock_timeout;
RESET statement_timeout;
