-- Two tests more, one with an owner from before and one without.
INSERT INTO fg_test_case (repo_id, suite, class_name, name, file, owner_team, first_seen_at, last_seen_at)
VALUES (3, 'ui', 'Login', 'closes', 'tests/login.py', '@acme/ui', '2026-02-03 09:00:00+00', '2026-02-03 09:00:00+00'),
       (3, 'ui', 'Login', 'waits', 'tests/login.py', NULL, '2026-02-03 09:00:00+00', '2026-02-03 09:00:00+00');
