-- What 0013 made, with a row each; a migration in between may have brought them, too.
INSERT INTO fg_notice (repo_id, subject, external_id, digest, at)
VALUES (3, 'digest', 950, 'd', '2026-02-03 09:00:00+00') ON CONFLICT DO NOTHING;
INSERT INTO fg_rerun (repo_id, run_id, run_attempt, at)
VALUES (3, 1, 1, '2026-02-03 09:00:00+00') ON CONFLICT DO NOTHING;
INSERT INTO fg_watch (repo_id, pull_number, turn, pause_seconds)
VALUES (3, 1, 1, 60) ON CONFLICT DO NOTHING;
