-- A job that waits for its time.
INSERT INTO pgqueuer (priority, status, entrypoint, payload, execute_after)
VALUES (0, 'queued', 'Sweep', '{}', '2126-01-01 00:00:00+00');
