-- A repository that was removed before there was a grace period.
INSERT INTO fg_installation (id, account_login, created_at, updated_at, deleted_at)
VALUES (1600, 'gone-corp', '2026-02-03 09:00:00+00', '2026-02-03 09:00:00+00', '2026-02-04 09:00:00+00');
INSERT INTO fg_repository (external_id, owner, name, installation_id, created_at, removed_at)
VALUES (1600, 'gone-corp', 'gone', 1600, '2026-02-03 09:00:00+00', '2026-02-04 09:00:00+00');
INSERT INTO fg_watch (repo_id, pull_number, turn, pause_seconds) VALUES (3, 1600, 1, 60);
INSERT INTO fg_rerun (repo_id, run_id, run_attempt, at) VALUES (3, 1600, 1, '2026-02-03 09:00:00+00');
INSERT INTO fg_notice (repo_id, subject, external_id, digest, at) VALUES (3, 'ends 1600', 1600, 'd', '2026-02-03 09:00:00+00');

-- What the crons and the looks for runs have noted.
INSERT INTO fg_cron (name, due_at) VALUES ('Sweep', '2026-02-03 09:00:00+00') ON CONFLICT DO NOTHING;
INSERT INTO fg_run_look (repo_id, due_at) VALUES (3, '2026-02-03 09:00:00+00') ON CONFLICT DO NOTHING;
