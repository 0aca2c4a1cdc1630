-- A job that the release before put into the queue: it names no repository in its headers.
INSERT INTO pgqueuer (priority, status, entrypoint, payload, headers)
VALUES (20, 'queued', 'ReportHead', '{"repo_id":3,"head_sha":"aa","delivery":null}', '{"waits":"0"}');

-- What the crons and the looks for runs have noted.
INSERT INTO fg_cron (name, due_at) VALUES ('Sweep', '2026-02-03 09:00:00+00') ON CONFLICT DO NOTHING;
INSERT INTO fg_run_look (repo_id, due_at) VALUES (3, '2026-02-03 09:00:00+00') ON CONFLICT DO NOTHING;
