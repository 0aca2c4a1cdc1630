-- Two clusters of one repository that a maintainer would merge.
INSERT INTO fg_failure_cluster (repo_id, failure_msg_signature, rules_version, title, occurrence_count, test_count, first_seen_at, last_seen_at)
VALUES (3, 'b1', 1, 'redis went away', 1, 1, '2026-02-03 09:00:00+00', '2026-02-03 09:00:00+00'),
       (3, 'b2', 1, 'redis did not answer', 1, 1, '2026-02-03 09:00:00+00', '2026-02-03 09:00:00+00');

INSERT INTO fg_codeowners (repo_id, sha, content, read_at) VALUES (3, 'c0de', '* @acme/ui', '2026-02-03 09:00:00+00');
