-- A test with two issues, of which the later one counts.
INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
VALUES (3, 'ui', 'Login', 'had two issues', '2026-02-03 09:00:00+00', '2026-02-03 09:00:00+00');
INSERT INTO fg_issue_link (repo_id, key, test_id, number, state)
SELECT 3, 'aaaaaaaaaaa' || number, id, 900 + number, 'open'
FROM fg_test_case CROSS JOIN generate_series(1, 2) AS number
WHERE repo_id = 3 AND name = 'had two issues' ORDER BY number;
INSERT INTO fg_cluster_alias (repo_id, signature, into_signature, rules_version, by_user, at)
VALUES (3, 'b1', 'b2', 1, 'dana', '2026-02-03 09:00:00+00');
