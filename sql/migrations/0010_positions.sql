SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- Where in its job a test ran: which tests ran before it may be why it failed. Older rows do not know.
ALTER TABLE fg_occurrence ADD COLUMN position integer;
COMMENT ON COLUMN fg_occurrence.position IS 'Place of the execution among those of its job, from 1, in the order of its one report; null where several reports or a log were read, whose order nobody knows, and in three of four runs in whose job nothing failed.';
