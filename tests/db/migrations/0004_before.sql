-- A month later: another repository, evidence against another test, an issue that was closed, and a month of its own.
INSERT INTO fg_repository (external_id, owner, name, installation_id, created_at, archived_at)
VALUES (73, 'acme-corp', 'mobile-app', 5001, '2026-02-01 09:00:00+00', '2026-02-20 09:00:00+00');

INSERT INTO fg_workflow_run (
    repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha, status, conclusion,
    run_started_at, completed_at, ingested_at, tests, failures, is_infra, html_url)
VALUES (3, 9200, 1, 51, 'CI', 'push', 'main', 'f00d', 'completed', 'failure',
        '2026-02-03 09:00:00+00', '2026-02-03 09:30:00+00', '2026-02-03 09:31:00+00', 1, 1, true, 'https://github.com/acme-corp/mobile-app/actions/runs/9200');

INSERT INTO fg_job (repo_id, workflow_run, job_id, name, variant, status, conclusion, source, tests, failures, is_complete)
VALUES (3, 4, 901, 'emulator', 'emulator', 'completed', 'timed_out', 'log', 1, 1, false);

INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
VALUES (3, 'ui', 'Login', 'opens', '2026-02-03 09:00:00+00', '2026-02-03 09:00:00+00');

CREATE TABLE fg_occurrence_2026_02 PARTITION OF fg_occurrence FOR VALUES FROM ('2026-02-01 00:00:00+00') TO ('2026-03-01 00:00:00+00');

INSERT INTO fg_occurrence (repo_id, workflow_run, job, test_id, created_at, ordinal, outcome, source, failure_message, failure_msg_signature, failure_loose_signature)
VALUES (3, 4, 5, 4, '2026-02-03 09:00:00+00', 1, 'error', 'log', 'emulator did not boot', 'a9', 'l9');

INSERT INTO fg_evidence (repo_id, test_id, grade, weight, at, age, head_sha, from_fork, failed_run_id, failed_run_attempt, failed_job, failed_ordinal)
VALUES (3, 4, 'E5', 0.05, '2026-02-03 09:00:00+00', 0, 'f00d', false, 9200, 1, 'emulator', 1);

INSERT INTO fg_failure_cluster (repo_id, failure_msg_signature, rules_version, title, occurrence_count, test_count, first_seen_at, last_seen_at, kind)
VALUES (3, 'a9', 1, 'emulator did not boot', 1, 1, '2026-02-03 09:00:00+00', '2026-02-03 09:00:00+00', 'infra');

INSERT INTO fg_issue_link (repo_id, key, test_id, number, url, state, state_reason, opened_at, closed_at, closed_by)
VALUES (3, 'abcdefghijk3', 4, 2, 'https://github.com/acme-corp/mobile-app/issues/2', 'closed', 'completed', '2026-02-04 09:00:00+00', '2026-02-05 09:00:00+00', 'carol');
