-- The SQL texts of app/db as they were in the release whose newest migration is 0003: a process of that release goes on
-- working while a newer one migrates, so each of them must fit the newest schema, too. Never edited; taken anew with a release.

-- audit.add_audit
SELECT pg_advisory_xact_lock(hashtextextended($1, 0));

-- audit.add_audit
SELECT hash FROM fg_audit WHERE repo_id = $1 ORDER BY id DESC LIMIT 1;

-- audit.add_audit
INSERT INTO fg_audit (repo_id, at, actor, action, test_id, detail, previous_hash, hash)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8);

-- cases._find
SELECT wanted.position, test.id,
       wanted.file IS DISTINCT FROM test.file AND wanted.file IS NOT NULL
       OR NOT $6::timestamptz BETWEEN test.first_seen_at - interval '1 day'
                              AND test.last_seen_at + interval '1 day' AS is_stale
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[])
    WITH ORDINALITY AS wanted (suite, class_name, name, file, position)
JOIN fg_test_case AS test
  ON test.repo_id = $1 AND test.suite = wanted.suite AND test.class_name = wanted.class_name
 AND test.name = wanted.name;

-- cases._insert
INSERT INTO fg_test_case (repo_id, suite, class_name, name, file, first_seen_at, last_seen_at)
SELECT $1, new.suite, new.class_name, new.name, new.file, $6, $6
FROM unnest($2::text[], $3::text[], $4::text[], $5::text[]) AS new (suite, class_name, name, file)
ON CONFLICT (repo_id, suite, class_name, name) DO NOTHING;

-- cases._touch
UPDATE fg_test_case AS test
SET first_seen_at = least(test.first_seen_at, $4::timestamptz),
    last_seen_at = greatest(test.last_seen_at, $4::timestamptz),
    file = coalesce(seen.file, test.file)
FROM (
    SELECT locked.id, new.file
    FROM unnest($2::bigint[], $3::text[]) AS new (id, file)
    JOIN fg_test_case AS locked ON locked.repo_id = $1 AND locked.id = new.id
    ORDER BY locked.id
    FOR UPDATE OF locked
) AS seen
WHERE test.repo_id = $1 AND test.id = seen.id;

-- cases.get_cases
SELECT id, suite, class_name, name, file, line, owner_team
FROM fg_test_case
WHERE repo_id = $1 AND id = ANY ($2::bigint[]);

-- cases.list_known_cases
SELECT id, suite, class_name, name, file, line, owner_team
FROM fg_test_case
WHERE repo_id = $1
ORDER BY id = ANY ($2::bigint[]) DESC, last_seen_at DESC, id
LIMIT $3;

-- cases.list_failed_in_logs
SELECT DISTINCT test.suite, test.class_name, test.name
FROM fg_occurrence AS o
JOIN fg_job AS job ON job.repo_id = o.repo_id AND job.id = o.job
JOIN fg_test_case AS test ON test.repo_id = o.repo_id AND test.id = o.test_id
WHERE o.repo_id = $1 AND job.variant = $2 AND o.source = 'log' AND o.outcome IN ('failed', 'error')
  AND o.created_at BETWEEN $3::timestamptz - interval '180 days' AND $3
ORDER BY test.suite, test.class_name, test.name
LIMIT $4;

-- clusters.save_clusters
INSERT INTO fg_failure_cluster (
    repo_id, failure_msg_signature, failure_stack_digest, rules_version, title, example_message,
    example_stack_trace, occurrence_count, test_count, first_seen_at, last_seen_at, kind)
SELECT $1, new.signature, new.stack_digest, $2, new.title, new.message, new.stack_trace, 0, 0, $3, $3,
       CASE WHEN new.is_infra THEN 'infra' ELSE 'test' END::fg_cluster_kind
FROM unnest($4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::boolean[])
    AS new (signature, stack_digest, title, message, stack_trace, is_infra)
ON CONFLICT (repo_id, failure_msg_signature, rules_version) DO UPDATE
SET kind = CASE WHEN excluded.kind = 'infra' THEN excluded.kind ELSE fg_failure_cluster.kind END;

-- clusters._count
WITH counted AS (
    SELECT cluster.id AS cluster_id, o.test_id, count(*)::integer AS occurrences, min(o.created_at) AS first_at,
           max(o.created_at) AS last_at
    FROM fg_failure_cluster AS cluster
    JOIN fg_occurrence AS o
      ON o.repo_id = cluster.repo_id AND o.failure_msg_signature = cluster.failure_msg_signature
    WHERE cluster.repo_id = $1 AND cluster.rules_version = $3
      AND cluster.failure_msg_signature = ANY ($2::text[])
    GROUP BY cluster.id, o.test_id
), members AS (
    INSERT INTO fg_failure_cluster_test (repo_id, cluster_id, test_id, occurrence_count, last_seen_at)
    SELECT $1, cluster_id, test_id, occurrences, last_at
    FROM counted
    ORDER BY cluster_id, test_id
    ON CONFLICT (repo_id, cluster_id, test_id) DO UPDATE
    SET occurrence_count = excluded.occurrence_count, last_seen_at = excluded.last_seen_at
)
UPDATE fg_failure_cluster AS cluster
SET occurrence_count = total.occurrences, test_count = total.tests, first_seen_at = total.first_at,
    last_seen_at = total.last_at
FROM (
    SELECT cluster_id, sum(occurrences)::integer AS occurrences, count(*)::integer AS tests,
           min(first_at) AS first_at, max(last_at) AS last_at
    FROM counted
    GROUP BY cluster_id
) AS total
WHERE cluster.repo_id = $1 AND cluster.id = total.cluster_id;

-- clusters.latest_cluster_of
SELECT cluster.id, cluster.title, cluster.example_message, cluster.example_stack_trace,
       cluster.occurrence_count, cluster.test_count
FROM fg_failure_cluster_test AS member
JOIN fg_failure_cluster AS cluster ON cluster.repo_id = member.repo_id AND cluster.id = member.cluster_id
WHERE member.repo_id = $1 AND member.test_id = $2
ORDER BY cluster.kind = 'infra', member.last_seen_at DESC, cluster.id
LIMIT 1;

-- decisions.add_decision
INSERT INTO fg_quarantine_decision (
    repo_id, test_id, state, rationale, evidence, impact, by_user, until, decided_at, ended_at, previous_id,
    flake_rate)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
RETURNING id;

-- decisions.add_decision
UPDATE fg_quarantine_decision SET ended_at = $3 WHERE repo_id = $1 AND id = $2 AND ended_at IS NULL;

-- decisions.list_latest_decisions
SELECT DISTINCT ON (test_id)
       id, test_id, state, rationale, by_user, until, decided_at, ended_at, flake_rate
FROM fg_quarantine_decision
WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
ORDER BY test_id, id DESC;

-- decisions.list_open_decisions
SELECT id, test_id, state, rationale, by_user, until, decided_at, ended_at, flake_rate
FROM fg_quarantine_decision
WHERE repo_id = $1 AND ended_at IS NULL
ORDER BY id;

-- decisions.get_decision
SELECT id, test_id, state, rationale, by_user, until, decided_at, ended_at, flake_rate
FROM fg_quarantine_decision
WHERE repo_id = $1 AND id = $2;

-- decisions.list_ran_out
SELECT repo_id, test_id
FROM fg_quarantine_decision
WHERE ended_at IS NULL AND state = 'ACTIVE' AND until <= $1
ORDER BY repo_id, test_id;

-- decisions.count_passes_since
SELECT count(*)
FROM fg_occurrence AS o
WHERE o.repo_id = $1 AND o.test_id = $2 AND o.outcome = 'passed'
  AND o.created_at > greatest($3, (
      SELECT max(bad.created_at)
      FROM fg_occurrence AS bad
      WHERE bad.repo_id = $1 AND bad.test_id = $2 AND bad.outcome IN ('failed', 'error')
        AND bad.created_at > $3));

-- deliveries.take_delivery
INSERT INTO fg_delivery (guid, event, action, received_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (guid) DO NOTHING
RETURNING true;

-- deliveries.take_delivery
SELECT processed_at FROM fg_delivery WHERE guid = $1 FOR UPDATE;

-- deliveries.mark_processed
UPDATE fg_delivery SET processed_at = coalesce(processed_at, $2) WHERE guid = $1;

-- deliveries.prune_deliveries
DELETE FROM fg_delivery WHERE received_at < $1;

-- evidence.replace_evidence
DELETE FROM fg_evidence WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]);

-- evidence.list_proofs_shown
SELECT test_id, grade, weight, at, age, head_sha, pull_number, from_fork, loose_signature, failed_run_id,
       failed_run_attempt, failed_job, failed_ordinal, passed_run_id, passed_run_attempt, passed_job,
       passed_ordinal
FROM fg_evidence
WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND grade IN ('E1', 'E2', 'E3')
ORDER BY test_id, at DESC, id;

-- evidence.list_evidence
SELECT grade, weight, at, age, head_sha, pull_number, from_fork, loose_signature, failed_run_id,
       failed_run_attempt, failed_job, failed_ordinal, passed_run_id, passed_run_attempt, passed_job,
       passed_ordinal
FROM fg_evidence
WHERE repo_id = $1 AND test_id = $2
ORDER BY at DESC, id
LIMIT $3;

-- histories._read_executions
SELECT o.test_id, o.workflow_run, o.job, o.ordinal, o.outcome, o.duration_ms, o.failure_msg_signature,
       o.failure_loose_signature
FROM unnest($2::bigint[]) AS wanted (id)
CROSS JOIN LATERAL (
    SELECT *
    FROM fg_occurrence
    WHERE repo_id = $1 AND test_id = wanted.id
    ORDER BY created_at DESC
    LIMIT $3
) AS o
ORDER BY o.test_id, o.created_at DESC, o.job, o.ordinal;

-- histories._read_variants
SELECT id, variant FROM fg_job WHERE repo_id = $1 AND id = ANY ($2::bigint[]);

-- histories._read_attempts
SELECT id, run_id, run_attempt, event, head_sha, base_sha, tree_sha, head_repository, head_branch, pull_number,
       workflow_id, run_started_at
FROM fg_workflow_run
WHERE repo_id = $1 AND id = ANY ($2::bigint[]);

-- issues.find_issue_of_test
   SELECT id, key, test_id, cluster_id, number, url, state, state_reason, opened_at, closed_at, closed_by, body_digest
   FROM fg_issue_link
WHERE repo_id = $1 AND test_id = $2;

-- issues.find_issue_by_number
   SELECT id, key, test_id, cluster_id, number, url, state, state_reason, opened_at, closed_at, closed_by, body_digest
   FROM fg_issue_link
WHERE repo_id = $1 AND provider = 'github' AND number = $2;

-- issues.list_issues_of_tests
   SELECT id, key, test_id, cluster_id, number, url, state, state_reason, opened_at, closed_at, closed_by, body_digest
   FROM fg_issue_link
WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]);

-- issues.add_issue_of_test
INSERT INTO fg_issue_link (repo_id, key, test_id) VALUES ($1, $2, $3) ON CONFLICT (repo_id, key) DO NOTHING;

-- issues.note_issue
UPDATE fg_issue_link
SET number = $3, url = $4, opened_at = coalesce(opened_at, $5), body_digest = $6
WHERE repo_id = $1 AND key = $2;

-- issues.forget_issue
DELETE FROM fg_issue_link WHERE repo_id = $1 AND provider = 'github' AND number = $2;

-- issues.mirror_state
UPDATE fg_issue_link
SET state = $3, state_reason = $4, closed_at = $5,
    closed_by = CASE WHEN $3 <> 'closed' THEN NULL WHEN state = 'closed' THEN coalesce(closed_by, $6) ELSE $6 END
WHERE repo_id = $1 AND provider = 'github' AND number = $2;

-- issues.count_opened_since
SELECT count(*) FROM fg_issue_link WHERE repo_id = $1 AND opened_at >= $2;

-- jobs.save_jobs
INSERT INTO fg_job AS job (
    repo_id, workflow_run, job_id, name, variant, status, conclusion, failed_step, started_at, completed_at,
    source, tests, failures, is_complete, note, infra, html_url)
SELECT $1, $2, new.job_id, new.name, new.variant, new.status, new.conclusion, new.failed_step, new.started_at,
       new.completed_at, new.source::fg_job_source, new.tests, new.failures, new.is_complete, new.note,
       new.infra, new.html_url
FROM unnest(
    $3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[],
    $10::timestamptz[], $11::text[], $12::integer[], $13::integer[], $14::boolean[], $15::text[],
    $16::text[], $17::text[])
    AS new (job_id, name, variant, status, conclusion, failed_step, started_at, completed_at, source, tests,
            failures, is_complete, note, infra, html_url)
ON CONFLICT (repo_id, job_id) DO UPDATE
SET status = CASE WHEN job.conclusion IS NULL THEN excluded.status ELSE job.status END,
    conclusion = coalesce(job.conclusion, excluded.conclusion),
    failed_step = coalesce(excluded.failed_step, job.failed_step),
    started_at = coalesce(job.started_at, excluded.started_at),
    completed_at = coalesce(excluded.completed_at, job.completed_at),
    source = CASE WHEN (excluded.tests, excluded.is_complete, job.source) < (job.tests, job.is_complete, excluded.source) THEN job.source ELSE excluded.source END,
    is_complete = CASE WHEN (excluded.tests, excluded.is_complete, job.source) < (job.tests, job.is_complete, excluded.source) THEN job.is_complete ELSE excluded.is_complete END,
    note = CASE WHEN (excluded.tests, excluded.is_complete, job.source) < (job.tests, job.is_complete, excluded.source) THEN job.note ELSE excluded.note END,
    infra = coalesce(excluded.infra, job.infra),
    tests = greatest(excluded.tests, job.tests),
    failures = greatest(excluded.failures, job.failures)
RETURNING job_id, id;

-- jobs.list_jobs
SELECT id, workflow_run, job_id, name, variant, status, conclusion, failed_step, source, tests, failures,
       is_complete, note, infra, html_url
FROM fg_job
WHERE repo_id = $1 AND workflow_run = ANY ($2::bigint[])
ORDER BY workflow_run, job_id;

-- jobs.trailing_test_counts
SELECT job.tests
FROM fg_job AS job
JOIN fg_workflow_run AS run ON run.repo_id = job.repo_id AND run.id = job.workflow_run
WHERE job.repo_id = $1 AND job.variant = $2 AND job.tests > 0
  AND run.head_branch = $3 AND NOT starts_with(run.event, 'pull_request') AND run.run_started_at < $4
  AND run.ingested_at IS NOT NULL
ORDER BY job.id DESC
LIMIT $5;

-- locks._holding
SELECT pg_advisory_lock(hashtextextended($1, 0));

-- locks._holding
SELECT pg_advisory_unlock(hashtextextended($1, 0));

-- migrate.migrate
SELECT pg_advisory_lock($1);

-- migrate.migrate
SELECT pg_advisory_unlock($1);

-- migrate.list_applied
SELECT to_regclass('public.fg_schema_migration') IS NULL;

-- migrate.list_applied
SELECT version, name, digest, applied_at FROM fg_schema_migration ORDER BY version;

-- migrate._apply
INSERT INTO fg_schema_migration (version, name, digest, applied_at) VALUES ($1, $2, $3, $4);

-- occurrences.add_occurrences
CREATE TEMPORARY TABLE fg_again (LIKE fg_occurrence) ON COMMIT DROP;

-- occurrences.add_occurrences
INSERT INTO fg_occurrence SELECT * FROM fg_again ON CONFLICT DO NOTHING;

-- occurrences.list_last_failures
SELECT workflow_run, job, test_id, ordinal, outcome, source, line, failure_message, failure_stack_trace,
       failure_msg_signature, failure_loose_signature
FROM (
    SELECT DISTINCT ON (job, test_id) *
    FROM fg_occurrence
    WHERE repo_id = $1 AND job = ANY ($2::bigint[]) AND created_at = ANY ($3::timestamptz[])
      AND created_at BETWEEN (SELECT min(at) FROM unnest($3::timestamptz[]) AS at)
                         AND (SELECT max(at) FROM unnest($3::timestamptz[]) AS at)
    ORDER BY job, test_id, ordinal DESC
) AS last
WHERE outcome IN ('failed', 'error')
ORDER BY job, test_id;

-- occurrences.list_tests_to_score
SELECT bad.test_id
FROM fg_occurrence AS bad
WHERE bad.repo_id = $1 AND bad.workflow_run = $2 AND bad.created_at = $3 AND bad.outcome IN ('failed', 'error')
UNION
SELECT score.test_id
FROM fg_flake_score AS score
WHERE score.repo_id = $1 AND EXISTS (
    SELECT
    FROM fg_occurrence AS o
    WHERE o.repo_id = $1 AND o.test_id = score.test_id AND o.created_at = $3 AND o.workflow_run = $2)
ORDER BY test_id;

-- outages._seen
SELECT run.run_id, run.run_attempt, run.tests, run.failures
FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
JOIN fg_workflow_run AS run
  ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt;

-- outages._earlier_shares
SELECT run.run_id, run.run_attempt, coalesce(earlier.shares, '{}') AS shares
FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
JOIN fg_workflow_run AS run
  ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
CROSS JOIN LATERAL (
    SELECT array_agg(latest.share) AS shares
    FROM (
        SELECT failures::double precision / tests AS share
        FROM fg_workflow_run
        WHERE repo_id = $1 AND run_started_at < run.run_started_at AND tests > 0
        ORDER BY run_started_at DESC, id DESC
        LIMIT $4
    ) AS latest
) AS earlier;

-- outages._spread
SELECT run.run_id, run.run_attempt, o.failure_loose_signature AS signature,
       count(DISTINCT o.test_id) AS tests
FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
JOIN fg_workflow_run AS run
  ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
JOIN fg_occurrence AS o
  ON o.repo_id = $1 AND o.workflow_run = run.id AND o.created_at = run.run_started_at
WHERE o.outcome IN ('failed', 'error') AND o.failure_loose_signature IS NOT NULL
GROUP BY run.run_id, run.run_attempt, o.failure_loose_signature
HAVING count(DISTINCT o.test_id) >= $4;

-- outages._failed_jobs
SELECT run.run_id, run.run_attempt, job.variant
FROM unnest($2::bigint[], $3::integer[]) AS wanted (run_id, run_attempt)
JOIN fg_workflow_run AS run
  ON run.repo_id = $1 AND run.run_id = wanted.run_id AND run.run_attempt = wanted.run_attempt
JOIN fg_job AS job ON job.repo_id = $1 AND job.workflow_run = run.id
WHERE job.infra IS NOT NULL OR job.conclusion IN ('cancelled', 'timed_out');

-- partitions.ensure_month
CREATE TABLE fg_sample (LIKE fg_occurrence INCLUDING DEFAULTS INCLUDING CONSTRAINTS);

-- partitions.ensure_month
ALTER TABLE fg_occurrence ATTACH PARTITION fg_sample FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');

-- partitions._is_attached
SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1) AND inhparent = 'fg_occurrence'::regclass);

-- proofs.save_proofs
INSERT INTO fg_proof AS old (repo_id, test_id, loose_signature, pull_number, proven_at, accepted_by)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (repo_id, test_id, loose_signature, pull_number) DO UPDATE
SET proven_at = least(old.proven_at, excluded.proven_at),
    accepted_by = coalesce(old.accepted_by, excluded.accepted_by);

-- proofs.list_proofs
SELECT test_id, loose_signature, pull_number, proven_at, accepted_by
FROM fg_proof
WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
ORDER BY test_id, loose_signature, pull_number;

-- reports.find_report
SELECT external_id, digest, notes, opened_at, silenced_at
FROM fg_report
WHERE repo_id = $1 AND kind = $2 AND subject = $3;

-- reports.save_report
INSERT INTO fg_report (repo_id, kind, subject, external_id, digest, notes, opened_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
ON CONFLICT (repo_id, kind, subject) DO UPDATE
SET external_id = excluded.external_id, digest = excluded.digest, notes = excluded.notes,
    updated_at = excluded.updated_at;

-- reports.silence_comment
UPDATE fg_report
SET silenced_at = $3, external_id = NULL, digest = NULL
WHERE repo_id = $1 AND kind = 'comment' AND external_id = $2
RETURNING subject;

-- reports.break_silence
UPDATE fg_report SET silenced_at = NULL WHERE repo_id = $1 AND kind = 'comment' AND subject = $2;

-- reports.find_pull_of_comment
SELECT subject FROM fg_report WHERE repo_id = $1 AND kind = 'comment' AND external_id = $2;

-- reports.forget_digest
UPDATE fg_report SET digest = NULL WHERE repo_id = $1 AND kind = 'comment' AND external_id = $2;

-- repositories.save_installation
INSERT INTO fg_installation AS old (id, account_login, account_type, permissions, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $5)
ON CONFLICT (id) DO UPDATE
SET account_login = excluded.account_login,
    account_type = excluded.account_type,
    permissions = excluded.permissions,
    updated_at = excluded.updated_at
WHERE old.updated_at <= excluded.updated_at;

-- repositories.save_repository
INSERT INTO fg_repository AS old (
    external_id, owner, name, installation_id, default_branch, is_private, created_at, archived_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::timestamptz, CASE WHEN $8 THEN $7::timestamptz END)
ON CONFLICT (provider, external_id) DO UPDATE
SET owner = excluded.owner,
    name = excluded.name,
    installation_id = coalesce(excluded.installation_id, old.installation_id),
    default_branch = excluded.default_branch,
    is_private = excluded.is_private,
    removed_at = NULL,
    archived_at = CASE WHEN $8 THEN coalesce(old.archived_at, $7::timestamptz) END
RETURNING id;

-- repositories.ensure_repository
SELECT id
FROM fg_repository
WHERE provider = 'github' AND external_id = $1 AND owner = $2 AND name = $3 AND default_branch = $4
  AND is_private = $5 AND (archived_at IS NOT NULL) = $6 AND removed_at IS NULL
  AND ($7::bigint IS NULL OR installation_id = $7);

-- repositories.ensure_repository
INSERT INTO fg_installation (id, account_login, created_at, updated_at)
VALUES ($1, $2, $3, $3)
ON CONFLICT (id) DO NOTHING;

-- repositories.get_repository
SELECT repo.id, repo.external_id, repo.owner, repo.name, repo.installation_id, repo.default_branch,
       repo.is_private, repo.policy, repo.policy_sha, repo.policy_error,
       repo.removed_at IS NULL AND home.id IS NOT NULL AND home.deleted_at IS NULL
       AND home.suspended_at IS NULL AS is_ours
FROM fg_repository AS repo
LEFT JOIN fg_installation AS home ON home.id = repo.installation_id
WHERE repo.id = $1;

-- repositories.set_installation_state
UPDATE fg_installation SET suspended_at = $2, deleted_at = NULL WHERE id = $1;

-- repositories.end_installation
UPDATE fg_installation SET deleted_at = coalesce(deleted_at, $2), updated_at = $2 WHERE id = $1;

-- repositories.remove_repositories
UPDATE fg_repository
SET removed_at = coalesce(removed_at, $3)
WHERE installation_id = $1 AND NOT external_id = ANY ($2::bigint[]);

-- repositories.remove_repository
UPDATE fg_repository SET removed_at = coalesce(removed_at, $2) WHERE id = $1;

-- repositories.save_policy
UPDATE fg_repository
SET policy = CASE WHEN $5::text IS NULL THEN $2 ELSE policy END,
    policy_path = $3, policy_sha = $4, policy_error = $5, policy_read_at = $6
WHERE id = $1 AND (policy_read_at IS NULL OR policy_read_at <= $6);

-- runs.save_attempt
INSERT INTO fg_workflow_run AS run (
    repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha, base_sha,
    tree_sha, head_repository, pull_number, status, conclusion, run_started_at, completed_at, html_url)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT (repo_id, run_id, run_attempt) DO UPDATE
SET status = CASE WHEN run.conclusion IS NULL THEN excluded.status ELSE run.status END,
    conclusion = coalesce(run.conclusion, excluded.conclusion),
    completed_at = coalesce(run.completed_at, excluded.completed_at),
    base_sha = coalesce(run.base_sha, excluded.base_sha),
    tree_sha = coalesce(run.tree_sha, excluded.tree_sha),
    pull_number = coalesce(run.pull_number, excluded.pull_number)
RETURNING id;

-- runs.mark_ingested
UPDATE fg_workflow_run
SET ingested_at = coalesce(ingested_at, $3),
    ingest_note = CASE WHEN ingested_at IS NULL OR $5 >= tests THEN $4 ELSE ingest_note END,
    tests = greatest(tests, $5),
    failures = greatest(failures, $6)
WHERE repo_id = $1 AND id = $2;

-- runs.mark_infra
UPDATE fg_workflow_run SET is_infra = $3 WHERE repo_id = $1 AND id = $2 AND is_infra <> $3;

-- runs.find_attempt
   SELECT id, run_id, run_attempt, workflow_name, event, head_branch, head_sha, head_repository, pull_number,
          status, conclusion, run_started_at, completed_at, ingested_at, ingest_note, tests, failures, html_url
   FROM fg_workflow_run
WHERE repo_id = $1 AND run_id = $2 AND run_attempt = $3;

-- runs.list_attempts_of_run
   SELECT id, run_id, run_attempt, workflow_name, event, head_branch, head_sha, head_repository, pull_number,
          status, conclusion, run_started_at, completed_at, ingested_at, ingest_note, tests, failures, html_url
   FROM fg_workflow_run
WHERE repo_id = $1 AND run_id = $2 ORDER BY run_attempt;

-- runs.get_attempt
   SELECT id, run_id, run_attempt, workflow_name, event, head_branch, head_sha, head_repository, pull_number,
          status, conclusion, run_started_at, completed_at, ingested_at, ingest_note, tests, failures, html_url
   FROM fg_workflow_run
WHERE repo_id = $1 AND id = $2;

-- runs.list_attempts_of_head
   SELECT id, run_id, run_attempt, workflow_name, event, head_branch, head_sha, head_repository, pull_number,
          status, conclusion, run_started_at, completed_at, ingested_at, ingest_note, tests, failures, html_url
   FROM fg_workflow_run
WHERE repo_id = $1 AND head_sha = $2 ORDER BY run_id, run_attempt;

-- scores.save_scores
INSERT INTO fg_flake_score (
    repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, e2, e3, e4, e5,
    last_flake_at, passes_since_flake, passes_needed, broken_since, scorer_version, last_updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21)
ON CONFLICT (repo_id, test_id) DO UPDATE
SET score = excluded.score, flake_rate = excluded.flake_rate, low = excluded.low, high = excluded.high,
    standing = excluded.standing, window_n = excluded.window_n, runs = excluded.runs,
    failures = excluded.failures, e1 = excluded.e1, e2 = excluded.e2, e3 = excluded.e3, e4 = excluded.e4,
    e5 = excluded.e5, last_flake_at = excluded.last_flake_at,
    passes_since_flake = excluded.passes_since_flake, passes_needed = excluded.passes_needed,
    broken_since = excluded.broken_since, scorer_version = excluded.scorer_version,
    last_updated_at = excluded.last_updated_at;

-- scores.get_scores
SELECT test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, e2, e3, e4, e5,
       last_flake_at, passes_since_flake, passes_needed, broken_since, scorer_version, last_updated_at
FROM fg_flake_score
WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]);

-- scores.list_worst
SELECT test.suite, test.class_name, test.name, s.test_id, s.score, s.flake_rate, s.low, s.high, s.standing,
       s.window_n, s.runs, s.failures, s.e1, s.e2, s.e3, s.e4, s.e5, s.last_flake_at, s.passes_since_flake,
       s.passes_needed, s.broken_since, s.scorer_version, s.last_updated_at
FROM fg_flake_score AS s
JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id
WHERE s.repo_id = $1 AND s.score > 0
ORDER BY s.score DESC, s.test_id
LIMIT $2;

-- tries.count_tries_on
SELECT test_id, count(*) FILTER (WHERE failed AND NOT passed) AS failed, count(*) FILTER (WHERE passed) AS passed
FROM (
    SELECT o.test_id, o.workflow_run, bool_or(o.outcome IN ('failed', 'error')) AS failed,
           bool_or(o.outcome = 'passed') AS passed
    FROM fg_workflow_run AS run
    JOIN fg_occurrence AS o
      ON o.repo_id = run.repo_id AND o.workflow_run = run.id AND o.created_at = run.run_started_at
    WHERE run.repo_id = $1 AND run.head_sha = $3 AND o.test_id = ANY ($2::bigint[])
    GROUP BY o.test_id, o.workflow_run
) AS attempt
GROUP BY test_id;

-- tries.list_seen_before
SELECT o.test_id, o.failure_loose_signature AS signature, min(o.created_at) AS since,
       coalesce(array_agg(DISTINCT run.pull_number) FILTER (WHERE run.pull_number IS NOT NULL), '{}') AS pulls
FROM fg_occurrence AS o
JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
WHERE o.repo_id = $1 AND o.test_id = ANY ($2::bigint[]) AND o.failure_loose_signature = ANY ($3::text[])
  AND o.outcome IN ('failed', 'error') AND run.head_sha <> $4
GROUP BY o.test_id, o.failure_loose_signature;

-- tries.list_heads_hit
SELECT run.head_sha
FROM fg_occurrence AS o
JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run
WHERE o.repo_id = $1 AND o.test_id = ANY ($2::bigint[]) AND o.created_at >= $3
  AND o.outcome IN ('failed', 'error') AND run.pull_number IS NOT NULL
GROUP BY run.head_sha
ORDER BY max(o.created_at) DESC, run.head_sha
LIMIT $4;

-- tries.list_tests_failed_on
SELECT DISTINCT o.test_id
FROM fg_workflow_run AS run
JOIN fg_occurrence AS o
  ON o.repo_id = run.repo_id AND o.workflow_run = run.id AND o.created_at = run.run_started_at
WHERE run.repo_id = $1 AND run.head_sha = $2 AND o.outcome IN ('failed', 'error')
ORDER BY o.test_id;

-- tries.list_failures_of_head
SELECT DISTINCT o.failure_loose_signature AS signature
FROM fg_workflow_run AS run
JOIN fg_occurrence AS o
  ON o.repo_id = run.repo_id AND o.workflow_run = run.id AND o.created_at = run.run_started_at
WHERE run.repo_id = $1 AND run.head_sha = $2 AND o.test_id = $3 AND o.outcome IN ('failed', 'error')
  AND o.failure_loose_signature IS NOT NULL
ORDER BY signature;
