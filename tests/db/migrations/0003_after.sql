-- Each query returns what is wrong. The trigger is the same one, and its function knows when to be silent.
SELECT 'no trigger wakes the workers' AS wrong
WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'pgqueuer'::regclass AND tgname = 'tg_pgqueuer_changed' AND tgenabled = 'O');

SELECT proname FROM pg_proc WHERE proname = 'fn_pgqueuer_changed' AND prosrc NOT LIKE '%flakeguard.quiet%';
