-- A second execution of the first job's test: both must be there afterwards.
INSERT INTO fg_occurrence (repo_id, workflow_run, job, test_id, created_at, ordinal, outcome, source)
SELECT repo_id, workflow_run, job, test_id, created_at, 77, 'passed', 'report'
FROM fg_occurrence
ORDER BY repo_id, job, test_id, ordinal
LIMIT 1;
