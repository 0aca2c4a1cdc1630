-- Each query returns what is wrong. Each test with an issue is in its latest one, and nothing else is there yet.
SELECT link.id
FROM fg_issue_link AS link
LEFT JOIN fg_issue_member AS member ON member.repo_id = link.repo_id AND member.test_id = link.test_id
WHERE link.test_id IS NOT NULL AND member.link_id IS NULL;

SELECT 'older issue' AS lost WHERE NOT EXISTS (
    SELECT FROM fg_issue_member AS member
    JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id AND link.number = 902);

SELECT subject FROM fg_notice;

SELECT run_id FROM fg_rerun;

SELECT pull_number FROM fg_watch;
