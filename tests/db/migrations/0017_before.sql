-- A job that the release before put into the queue: it names no repository in its headers.
INSERT INTO pgqueuer (priority, status, entrypoint, payload, headers)
VALUES (20, 'queued', 'ReportHead', '{"repo_id":3,"head_sha":"aa","delivery":null}', '{"waits":"0"}');

-- A repository that was forgotten.
INSERT INTO fg_forgotten (id, is_by_rule, began_at) VALUES (1700, true, '2026-02-03 09:00:00+00');
