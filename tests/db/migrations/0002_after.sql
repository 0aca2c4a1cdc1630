-- Each query returns what is wrong. The jobs stand as they stood; the model's tables are there, and empty.
SELECT id FROM pgqueuer WHERE (status, entrypoint) NOT IN (('queued', 'ingest'), ('queued', 'score'), ('picked', 'report'));

SELECT id FROM fg_repository;

SELECT id FROM fg_workflow_run;

SELECT test_id FROM fg_occurrence;
