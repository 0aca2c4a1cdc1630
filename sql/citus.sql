-- Spreads the schema over a distributed PostgreSQL (Citus) by repo_id: run once, on the coordinator, after
-- `flakeguard migrate` and before there are many rows. deploy/citus.md says how, and what was tried.
--
-- Parents come before their children: a distributed table may point to a reference table, or to one that is distributed
-- alike. Every other table stays on the coordinator, where the transaction of a delivery or a job begins and ends:
-- local: fg_cron
-- local: fg_delivery
-- local: fg_forgotten
-- local: fg_month
-- local: fg_person
-- local: fg_reader
-- local: fg_schema_migration
-- local: fg_token
-- local: fg_github_limit
-- local: pgqueuer
-- local: pgqueuer_log
-- local: pgqueuer_schedules
-- local: pgqueuer_statistics

-- Else every local table that points to a reference table would be taken into the cluster's metadata on the way, and
-- could not be distributed afterwards.
SET citus.enable_local_reference_table_foreign_keys TO off;

-- One shard after the other: tables with foreign keys to a reference table cannot be made side by side within the
-- transaction that made it.
SET citus.multi_shard_modify_mode TO 'sequential';

-- Citus runs no triggers on distributed tables. There, the foreign key does again what they do: it costs a COPY more.
DROP TRIGGER fg_occurrence_needs_job ON fg_occurrence;
DROP TRIGGER fg_job_takes_occurrences ON fg_job;
ALTER TABLE fg_occurrence ADD CONSTRAINT fg_occurrence_repo_id_job_fkey
    FOREIGN KEY (repo_id, job) REFERENCES fg_job (repo_id, id) ON DELETE CASCADE;

-- Few rows, asked by every query that knows no repo_id yet: a copy on each node.
SELECT create_reference_table('fg_installation');
SELECT create_reference_table('fg_repository');

-- One repository's rows lie on one node, so that its queries and its transactions run there alone.
SELECT create_distributed_table('fg_workflow_run', 'repo_id');
SELECT create_distributed_table('fg_job', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_test_case', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_occurrence', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_daily', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_flake_score', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_proof', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_quarantine_decision', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_failure_cluster', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_failure_cluster_test', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_cluster_score', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_evidence', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_issue_link', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_issue_closing', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_issue_member', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_notice', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_rerun', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_watch', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_backfill', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_run_look', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_cluster_alias', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_codeowners', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_upload', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_report', 'repo_id', colocate_with => 'fg_workflow_run');
SELECT create_distributed_table('fg_audit', 'repo_id', colocate_with => 'fg_workflow_run');

RESET citus.multi_shard_modify_mode;
RESET citus.enable_local_reference_table_foreign_keys;
