-- Members of an issue that was opened, of whose tests one was seen before and one after; of one that goes on from it; of one that waits.
INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
SELECT 3, 'ui', 'Joined', name, seen, '2026-02-09 09:00:00+00'
FROM (VALUES ('before', '2026-02-01 09:00:00+00'::timestamptz), ('after', '2026-02-05 09:00:00+00'),
             ('went on', '2026-02-01 09:00:00+00'), ('waits', '2026-02-01 09:00:00+00')) AS new (name, seen);
INSERT INTO fg_issue_link (repo_id, key, test_id, number, state, opened_at, follows)
SELECT 3, key, id, number, 'open', opened_at, follows
FROM (VALUES ('before', 'ccccccccccc1', 921, '2026-02-03 09:00:00+00'::timestamptz, NULL::bigint),
             ('went on', 'ccccccccccc2', 922, '2026-02-06 09:00:00+00', 921), ('waits', 'ccccccccccc3', NULL, NULL, NULL))
    AS new (name, key, number, opened_at, follows)
JOIN fg_test_case AS test ON test.repo_id = 3 AND test.class_name = 'Joined' AND test.name = new.name;
INSERT INTO fg_issue_member (repo_id, test_id, link_id)
SELECT 3, test.id, link.id
FROM (VALUES ('before', 'ccccccccccc1'), ('after', 'ccccccccccc1'), ('went on', 'ccccccccccc2'), ('waits', 'ccccccccccc3'))
    AS new (name, key)
JOIN fg_test_case AS test ON test.repo_id = 3 AND test.class_name = 'Joined' AND test.name = new.name
JOIN fg_issue_link AS link ON link.repo_id = 3 AND link.key = new.key;
INSERT INTO fg_upload (repo_id, run_id, run_attempt, job_id, job, head_sha, html_url, created_at, digest, reports)
VALUES (3, 9301, 1, 0, 'unit', 'c0de', '', '2026-02-03 10:30:00+00', '\x00', '\x00');
