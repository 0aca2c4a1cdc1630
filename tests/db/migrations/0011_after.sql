-- Each query returns what is wrong. Nobody has read the file yet, and owners are as they were.
SELECT repo_id FROM fg_codeowners;

SELECT 'owner' AS lost WHERE NOT EXISTS (SELECT FROM fg_test_case WHERE name = 'closes' AND owner_team = '@acme/ui');
