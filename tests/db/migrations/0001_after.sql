-- Each query returns what is wrong. The queue is there, and empty.
SELECT id FROM pgqueuer;

SELECT 'no trigger wakes the workers' AS wrong
WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgrelid = 'pgqueuer'::regclass AND tgname = 'tg_pgqueuer_changed');
