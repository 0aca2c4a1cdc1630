-- Each query returns what is wrong. The job still waits, and its trigger's function is silent about updates.
SELECT 'the job that waited is gone' AS wrong
WHERE NOT EXISTS (SELECT FROM pgqueuer WHERE entrypoint = 'Sweep' AND execute_after = '2126-01-01 00:00:00+00');

SELECT proname FROM pg_proc WHERE proname = 'fn_pgqueuer_changed' AND prosrc NOT LIKE '%TG_OP = ''UPDATE''%';
