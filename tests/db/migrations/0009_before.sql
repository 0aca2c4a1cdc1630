-- A broken test of the last release: its row has no range yet.
INSERT INTO fg_flake_score (
    repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures, broken_since, scorer_version, last_updated_at)
VALUES (3, 4, 0, 0, 0, 0.1, 'broken', 50, 20, 4, 'f00d', 2, '2026-02-03 09:00:00+00');
