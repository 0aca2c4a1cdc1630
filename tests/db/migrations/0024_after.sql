-- Each query returns what is wrong. What failed as a whole before is no news.
SELECT run_id FROM fg_workflow_run WHERE incident_at IS NOT NULL;
