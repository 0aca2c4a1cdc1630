-- squawk-ignore-file ban-concurrent-index-creation-in-transaction
SET lock_timeout = '5s';
SET statement_timeout = '30min';

-- A migration whose name says "concurrently" runs outside a transaction, statement by statement, and is run again from
-- its beginning where it broke off: what a broken one left is dropped first.
DROP INDEX CONCURRENTLY IF EXISTS fg_evidence_of_cluster;
CREATE INDEX CONCURRENTLY IF NOT EXISTS fg_evidence_of_cluster ON fg_evidence (repo_id, cluster_id) WHERE cluster_id IS NOT NULL;
RESET lock_timeout;
RESET statement_timeout;
