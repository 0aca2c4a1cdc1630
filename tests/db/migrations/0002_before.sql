-- A queue at work: one job waits, one is picked, one was done, one has failed before.
INSERT INTO pgqueuer (priority, status, entrypoint, payload, headers, attempts, created, updated, heartbeat, execute_after)
VALUES
    (5, 'queued', 'ingest', convert_to('{"repo_id":1,"run_id":9001,"run_attempt":1}', 'UTF8'), '{"v": 1}', 0,
     '2026-01-05 10:00:00+00', '2026-01-05 10:00:00+00', '2026-01-05 10:00:00+00', '2026-01-05 10:00:00+00'),
    (0, 'queued', 'score', convert_to('{"repo_id":1,"attempt":1}', 'UTF8'), NULL, 3,
     '2026-01-05 10:01:00+00', '2026-01-05 10:01:00+00', '2026-01-05 10:01:00+00', '2026-01-05 10:09:00+00');

INSERT INTO pgqueuer (priority, status, entrypoint, queue_manager_id, payload, slot)
VALUES (0, 'picked', 'report', '4f1d2c1e-7a53-4a05-9b7b-3f6c6c8f0f11', convert_to('{"repo_id":1}', 'UTF8'), 1);

INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, created)
VALUES (1, 'queued', 5, 'ingest', '2026-01-05 10:00:00+00'), (77, 'successful', 0, 'sweep', '2026-01-04 03:00:00+00');

INSERT INTO pgqueuer_log (job_id, status, priority, entrypoint, traceback)
VALUES (2, 'exception', 0, 'score', '{"exception_type": "TimeoutError", "exception_message": "the database was slow"}');

INSERT INTO pgqueuer_schedules (expression, entrypoint, next_run, last_run)
VALUES ('17 * * * *', 'sweep', '2026-01-05 11:17:00+00', '2026-01-05 10:17:00+00');

INSERT INTO pgqueuer_statistics (created, count, priority, status, entrypoint)
VALUES ('2026-01-04 03:00:00+00', 12, 0, 'successful', 'sweep');
