-- squawk-ignore-file ban-concurrent-index-creation-in-transaction
SET lock_timeout = '5s';
SET statement_timeout = '30min';

-- Headers are JSON, or a string of it where our codec wrote them. How many jobs of a repository wait is asked with each new one of it: the more there are, the later that one's turn.
DROP INDEX CONCURRENTLY IF EXISTS pgqueuer_waiting_of_repository;
CREATE INDEX CONCURRENTLY IF NOT EXISTS pgqueuer_waiting_of_repository
    ON pgqueuer (((headers #>> '{}')::jsonb ->> 'repo')) WHERE status = 'queued';
RESET lock_timeout;
RESET statement_timeout;
