-- Each query returns what is wrong. Both indexes are there, whole.
SELECT name AS missing
FROM unnest('{fg_workflow_run_branch,fg_workflow_run_pull}'::text[]) AS name
WHERE NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass(name) AND indisvalid AND indisready);

SELECT indexrelid::regclass AS broken FROM pg_index WHERE NOT indisvalid;
