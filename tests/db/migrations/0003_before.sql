-- Two repositories of an organisation, with a run that was done twice: a test failed and then passed on the same commit.
INSERT INTO fg_installation (id, account_login, account_type, permissions, created_at, updated_at)
VALUES
    (5001, 'acme-corp', 'Organization', '{"checks": "write", "issues": "write"}', '2025-12-01 09:00:00+00', '2025-12-01 09:00:00+00'),
    (5002, 'left-us', 'User', '{}', '2025-10-01 09:00:00+00', '2025-11-01 09:00:00+00');

UPDATE fg_installation SET deleted_at = '2025-11-01 09:00:00+00' WHERE id = 5002;

INSERT INTO fg_repository (external_id, owner, name, installation_id, is_private, created_at, policy, policy_sha, policy_path, policy_read_at)
VALUES
    (71, 'acme-corp', 'web-app', 5001, true, '2025-12-01 09:00:00+00', '{"window_size": 50}', 'b10b5aa', '.github/flakeguard.yml', '2025-12-02 09:00:00+00'),
    (72, 'acme-corp', 'api-service', 5001, false, '2025-12-01 09:00:00+00', NULL, NULL, NULL, NULL);

INSERT INTO fg_delivery (guid, event, action, received_at, processed_at)
VALUES
    ('72d3162e-cc78-11e3-81ab-4c9367dc0958', 'workflow_run', 'completed', '2026-01-05 10:00:00+00', '2026-01-05 10:00:09+00'),
    ('8a1b7f70-cc78-11e3-9d5b-0f2d9c1a77aa', 'ping', NULL, '2026-01-05 10:02:00+00', NULL);

INSERT INTO fg_workflow_run (
    repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha, pull_number, status,
    conclusion, run_started_at, completed_at, ingested_at, ingest_note, tests, failures, html_url)
VALUES
    (1, 9001, 1, 31, 'CI', 'pull_request', 'faster-login', 'c0ffee1', 12, 'completed', 'failure',
     '2026-01-05 09:50:00+00', '2026-01-05 09:58:00+00', '2026-01-05 10:00:05+00', NULL, 2, 1, 'https://github.com/acme-corp/web-app/actions/runs/9001'),
    (1, 9001, 2, 31, 'CI', 'pull_request', 'faster-login', 'c0ffee1', 12, 'completed', 'success',
     '2026-01-05 10:10:00+00', '2026-01-05 10:18:00+00', '2026-01-05 10:20:05+00', 'the log of one job is gone', 2, 0, 'https://github.com/acme-corp/web-app/actions/runs/9001'),
    (2, 9100, 1, 44, 'Nightly', 'schedule', 'main', 'badcafe', NULL, 'in_progress', NULL,
     '2026-01-05 11:00:00+00', NULL, NULL, NULL, 0, 0, 'https://github.com/acme-corp/api-service/actions/runs/9100');

INSERT INTO fg_job (
    repo_id, workflow_run, job_id, name, variant, status, conclusion, failed_step, started_at, completed_at, source,
    tests, failures, is_complete, note, infra, html_url)
VALUES
    (1, 1, 801, 'test (3.11)', 'test (3.11)', 'completed', 'failure', 'pytest', '2026-01-05 09:51:00+00', '2026-01-05 09:57:00+00', 'report', 2, 1, true, NULL, NULL, 'https://github.com/acme-corp/web-app/actions/runs/9001/job/801'),
    (1, 2, 802, 'test (3.11)', 'test (3.11)', 'completed', 'success', NULL, '2026-01-05 10:11:00+00', '2026-01-05 10:17:00+00', 'log', 2, 0, false, 'the log was cut', NULL, NULL),
    (1, 2, -55, 'junit.zip', 'junit.zip', 'completed', NULL, NULL, NULL, NULL, 'none', 0, 0, false, NULL, 'disk full', NULL),
    (2, 3, 803, 'nightly', 'nightly', 'in_progress', NULL, NULL, '2026-01-05 11:01:00+00', NULL, 'none', 0, 0, false, NULL, NULL, NULL);

INSERT INTO fg_test_case (repo_id, suite, class_name, name, file, line, owner_team, first_seen_at, last_seen_at)
VALUES
    (1, 'auth', 'AuthService', 'should_validate_jwt_token', 'tests/auth_test.py', 10, '@acme-corp/auth', '2025-12-01 09:00:00+00', '2026-01-05 10:10:00+00'),
    (1, 'db', 'DatabaseConnection', 'should_handle_concurrent_writes', NULL, NULL, NULL, '2025-12-01 09:00:00+00', '2026-01-05 10:10:00+00'),
    (2, '', '', 'it answers – näive 日本', 'api_test.go', NULL, NULL, '2026-01-01 09:00:00+00', '2026-01-01 09:00:00+00');

UPDATE fg_test_case SET renamed_to = 2 WHERE repo_id = 1 AND id = 1;

CREATE TABLE fg_occurrence_2026_01 PARTITION OF fg_occurrence FOR VALUES FROM ('2026-01-01 00:00:00+00') TO ('2026-02-01 00:00:00+00');

INSERT INTO fg_occurrence (
    repo_id, workflow_run, job, test_id, created_at, ordinal, duration_ms, line, outcome, source, failure_message,
    failure_stack_trace, failure_msg_signature, failure_loose_signature, failure_stack_digest)
VALUES
    (1, 1, 1, 1, '2026-01-05 09:50:00+00', 1, 12, NULL, 'passed', 'report', NULL, NULL, NULL, NULL, NULL),
    (1, 1, 1, 2, '2026-01-05 09:50:00+00', 1, 30011, 41, 'failed', 'report', 'deadlock detected', 'at writes.py:41', 'a1', 'l1', 's1'),
    (1, 1, 1, 2, '2026-01-05 09:50:00+00', 2, NULL, 41, 'error', 'log', 'connection reset', NULL, 'a2', 'l2', NULL),
    (1, 2, 2, 1, '2026-01-05 10:10:00+00', 1, NULL, NULL, 'skipped', 'log', NULL, NULL, NULL, NULL, NULL),
    (1, 2, 2, 2, '2026-01-05 10:10:00+00', 1, 204, NULL, 'passed', 'implied', NULL, NULL, NULL, NULL, NULL);

INSERT INTO fg_flake_score (
    repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, e1, last_flake_at,
    passes_since_flake, passes_needed, scorer_version, last_updated_at)
VALUES
    (1, 1, 0, 0, 0, 0.08, 'healthy', 50, 30, 0, 0, NULL, 30, 0, 1, '2026-01-05 10:10:00+00'),
    (1, 2, 0.97, 0.4, 0.25, 0.6, 'flaky', 50, 20, 8, 1, '2026-01-05 09:50:00+00', 0, 12, 1, '2026-01-05 10:10:00+00');

INSERT INTO fg_evidence (
    repo_id, test_id, grade, weight, at, age, head_sha, pull_number, from_fork, loose_signature, failed_run_id,
    failed_run_attempt, failed_job, failed_ordinal, passed_run_id, passed_run_attempt, passed_job, passed_ordinal)
VALUES
    (1, 2, 'E1', 1, '2026-01-05 09:50:00+00', 0, 'c0ffee1', 12, false, 'l1', 9001, 1, 'test (3.11)', 1, 9001, 2, 'test (3.11)', 1),
    (1, 2, 'E4', 0.2, '2026-01-05 09:50:00+00', 3, 'c0ffee1', NULL, true, NULL, 9001, 1, 'test (3.11)', 2, NULL, NULL, NULL, NULL);

INSERT INTO fg_proof (repo_id, test_id, loose_signature, pull_number, proven_at, accepted_by)
VALUES (1, 2, 'l1', 0, '2026-01-05 10:10:00+00', NULL), (1, 2, 'l2', 12, '2026-01-05 10:10:00+00', 'alice');

INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, evidence, impact, by_user, until, decided_at, ended_at, flake_rate)
VALUES
    (1, 2, 'PROPOSED', 'it failed and passed on c0ffee1', '[{"grade": "E1"}]', '{"pulls": 1}', NULL, NULL, '2026-01-05 10:20:00+00', '2026-01-05 11:00:00+00', 0.4),
    (1, 1, 'DISMISSED', 'no flake', '[]', '{}', 'alice', NULL, '2026-01-05 10:30:00+00', '2026-01-05 10:30:00+00', 0);

INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, by_user, until, decided_at, previous_id, flake_rate)
VALUES (1, 2, 'ACTIVE', 'asked for', 'bob', '2026-02-05 11:00:00+00', '2026-01-05 11:00:00+00', 1, 0.4);

INSERT INTO fg_failure_cluster (
    repo_id, failure_msg_signature, failure_stack_digest, rules_version, title, example_message, occurrence_count,
    test_count, first_seen_at, last_seen_at, kind)
VALUES
    (1, 'a1', 's1', 1, 'deadlock detected', 'deadlock detected', 1, 1, '2026-01-05 09:50:00+00', '2026-01-05 09:50:00+00', 'test'),
    (1, 'a2', NULL, 1, 'connection reset', NULL, 1, 1, '2026-01-05 09:50:00+00', '2026-01-05 09:50:00+00', 'infra');

INSERT INTO fg_failure_cluster_test (repo_id, cluster_id, test_id, occurrence_count, last_seen_at)
VALUES (1, 1, 2, 1, '2026-01-05 09:50:00+00'), (1, 2, 2, 1, '2026-01-05 09:50:00+00');

INSERT INTO fg_issue_link (repo_id, key, test_id, cluster_id, number, url, state, opened_at, body_digest)
VALUES
    (1, 'abcdefghijk1', 2, NULL, 33, 'https://github.com/acme-corp/web-app/issues/33', 'open', '2026-01-05 11:01:00+00', 'd1'),
    (1, 'abcdefghijk2', NULL, 1, NULL, NULL, 'open', NULL, NULL);

INSERT INTO fg_report (repo_id, kind, subject, external_id, digest, notes, opened_at, silenced_at, updated_at)
VALUES
    (1, 'check', 'c0ffee1', 6001, 'd2', '{n1,n2}', '2026-01-05 10:00:06+00', NULL, '2026-01-05 10:20:06+00'),
    (1, 'comment', '12', NULL, NULL, '{}', '2026-01-05 10:00:06+00', '2026-01-05 12:00:00+00', '2026-01-05 10:20:06+00');

INSERT INTO fg_audit (repo_id, at, actor, action, test_id, detail, previous_hash, hash)
VALUES
    (1, '2026-01-05 10:20:00+00', 'flakeguard', 'propose', 2, '{"why": "E1"}', '', 'h1'),
    (1, '2026-01-05 11:00:00+00', 'bob', 'quarantine', 2, '{}', 'h1', 'h2');
