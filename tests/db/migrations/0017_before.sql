-- A job that the release before put into the queue: it names no repository in its headers.
INSERT INTO pgqueuer (priority, status, entrypoint, payload, headers)
VALUES (20, 'queued', 'ReportHead', '{"repo_id":3,"head_sha":"aa","delivery":null}', '{"waits":"0"}');
