-- Each query returns what is wrong. The index is there, whole, and a job of the release before waits for its turn.
SELECT 'pgqueuer_waiting_of_repository' AS missing
WHERE NOT EXISTS (
    SELECT FROM pg_index WHERE indexrelid = to_regclass('pgqueuer_waiting_of_repository') AND indisvalid AND indisready);

SELECT 'ReportHead' AS lost
WHERE NOT EXISTS (SELECT FROM pgqueuer WHERE entrypoint = 'ReportHead' AND status = 'queued' AND (headers #>> '{}')::jsonb ->> 'repo' IS NULL);
