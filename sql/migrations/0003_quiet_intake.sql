SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- The queue's trigger, silent in sessions that say so. A transaction that notifies holds a lock of the whole server
-- until its commit is on disk, so that webhooks which each notify wait for each other's disk. The intake's sessions
-- set flakeguard.quiet and wake the workers after their commits, for many deliveries at once.
CREATE OR REPLACE FUNCTION fn_pgqueuer_changed() RETURNS TRIGGER AS $$
BEGIN
    IF current_setting('flakeguard.quiet', true) = 'on' THEN
        RETURN NULL;
    END IF;
    PERFORM pg_notify(
        'ch_pgqueuer',
        json_build_object(
            'channel', 'ch_pgqueuer',
            'operation', lower(TG_OP),
            'sent_at', now(),
            'table', TG_TABLE_NAME,
            'type', 'table_changed_event'
        )::text
    );
    RETURN NULL; -- the trigger is of whole statements, after them: nobody reads what it returns
END;
$$ LANGUAGE plpgsql;
