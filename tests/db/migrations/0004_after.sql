-- Each query returns what is wrong. Evidence is its test's as before; what is new is empty.
SELECT id FROM fg_evidence WHERE test_id IS NULL OR cluster_id IS NOT NULL;

SELECT id FROM fg_issue_link WHERE tracker_key IS NOT NULL;

SELECT test_id FROM fg_daily;

SELECT starts_on FROM fg_month;

SELECT cluster_id FROM fg_cluster_score;

SELECT rule AS missing
FROM unnest('{fg_evidence_subject,fg_evidence_cluster}'::text[]) AS rule
WHERE NOT EXISTS (SELECT FROM pg_constraint WHERE conrelid = 'fg_evidence'::regclass AND conname = rule);
