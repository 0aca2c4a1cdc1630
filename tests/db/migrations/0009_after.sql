-- Each query returns what is wrong. The row is as it was, and what is new is empty.
SELECT test_id FROM fg_flake_score WHERE num_nonnulls(since_after, since_first, since_at, since_doubt, legs) > 0;

SELECT 'gone' AS row WHERE NOT EXISTS (
    SELECT FROM fg_flake_score WHERE repo_id = 3 AND test_id = 4 AND broken_since = 'f00d' AND scorer_version = 2);
