-- Each query returns what is wrong. No row has a place that it did not have, in any month.
SELECT job FROM fg_occurrence WHERE position IS NOT NULL;

SELECT child.relname FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = 'fg_occurrence'::regclass
  AND NOT EXISTS (SELECT FROM pg_attribute WHERE attrelid = child.oid AND attname = 'position' AND NOT attisdropped);
