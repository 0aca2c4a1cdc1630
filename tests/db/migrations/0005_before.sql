-- A month that was rolled up, a cluster that was judged, with evidence of its own, and an issue in Jira.
INSERT INTO fg_daily (repo_id, test_id, day, passed, skipped, timed, duration_ms, slowest_ms)
VALUES (1, 1, '2025-11-03', 40, 2, 38, 5120, 900), (1, 2, '2025-11-03', 0, 3, 0, 0, NULL);

INSERT INTO fg_month (starts_on, reindexed_at, compacted_at)
VALUES ('2026-01-01', '2026-02-03 04:00:00+00', NULL), ('2025-11-01', '2025-12-03 04:00:00+00', '2026-02-03 05:00:00+00');

INSERT INTO fg_cluster_score (
    repo_id, cluster_id, score, flake_rate, low, high, standing, window_n, runs, failures, last_flake_at,
    scorer_version, last_updated_at)
VALUES
    (1, 1, 0.9, 0.3, 0.1, 0.5, 'flaky', 50, 20, 6, '2026-01-05 09:50:00+00', 1, '2026-01-05 10:10:00+00'),
    (3, 3, 0, 0, 0, 0.5, 'healthy', 50, 1, 1, NULL, 1, '2026-02-03 09:00:00+00');

INSERT INTO fg_evidence (repo_id, cluster_id, grade, weight, at, age, head_sha, from_fork, failed_run_id, failed_run_attempt, failed_job, failed_ordinal)
VALUES
    (1, 1, 'E1', 1, '2026-01-05 09:50:00+00', 0, 'c0ffee1', false, 9001, 1, 'test (3.11)', 1),
    (3, 3, 'E5', 0.05, '2026-02-03 09:00:00+00', 0, 'f00d', false, 9200, 1, 'emulator', 1);

INSERT INTO fg_issue_link (repo_id, key, cluster_id, provider, tracker_key, url, state, opened_at)
VALUES (1, 'abcdefghijk4', 2, 'jira', 'FLAKE-12', 'https://acme-corp.atlassian.net/browse/FLAKE-12', 'open', '2026-02-06 09:00:00+00');
