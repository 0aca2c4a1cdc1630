-- Each query returns what is wrong. The index is there, whole, and holds what belongs to clusters.
SELECT 'the index is missing or not valid' AS wrong
WHERE NOT EXISTS (SELECT FROM pg_index WHERE indexrelid = to_regclass('fg_evidence_of_cluster') AND indisvalid AND indisready);

SELECT indexrelid::regclass AS broken FROM pg_index WHERE NOT indisvalid;
