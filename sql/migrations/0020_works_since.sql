SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- A migration that takes away what earlier releases use says so in a line of its file, `-- works_since: NNNN`.
ALTER TABLE fg_schema_migration ADD COLUMN works_since integer;
COMMENT ON COLUMN fg_schema_migration.works_since IS 'The lowest migration that a release must know to work with what this one changed; null where every release does.';
