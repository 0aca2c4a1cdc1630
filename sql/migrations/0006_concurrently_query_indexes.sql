-- squawk-ignore-file ban-concurrent-index-creation-in-transaction
SET lock_timeout = '5s';
SET statement_timeout = '30min';

-- For what a repository's front page and its quarantine show: the clusters seen last, and the decisions that ended
-- lately, of which years pile up behind the few that are asked for.
DROP INDEX CONCURRENTLY IF EXISTS fg_failure_cluster_seen;
CREATE INDEX CONCURRENTLY IF NOT EXISTS fg_failure_cluster_seen ON fg_failure_cluster (repo_id, last_seen_at);
DROP INDEX CONCURRENTLY IF EXISTS fg_quarantine_decision_ended;
CREATE INDEX CONCURRENTLY IF NOT EXISTS fg_quarantine_decision_ended ON fg_quarantine_decision (repo_id, ended_at) WHERE ended_at IS NOT NULL;
RESET lock_timeout;
RESET statement_timeout;
