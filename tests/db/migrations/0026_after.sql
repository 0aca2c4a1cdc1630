-- Each query returns what is wrong. Tests joined when the issue was opened, or when they were seen first where that was later.
SELECT test.name
FROM fg_issue_member AS member
JOIN fg_test_case AS test ON test.repo_id = member.repo_id AND test.id = member.test_id
JOIN (VALUES ('before', '2026-02-03 09:00:00+00'::timestamptz), ('after', '2026-02-05 09:00:00+00'), ('went on', NULL),
             ('waits', NULL)) AS wanted (name, at) ON wanted.name = test.name
WHERE test.repo_id = 3 AND test.class_name = 'Joined' AND member.joined_at IS DISTINCT FROM wanted.at;

SELECT test_id FROM fg_issue_member WHERE before_id IS NOT NULL OR moved_at IS NOT NULL;

SELECT id FROM fg_issue_link WHERE begun_at IS NOT NULL OR given_at IS NOT NULL;
