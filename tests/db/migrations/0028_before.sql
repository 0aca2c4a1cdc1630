-- Nothing said of a job what its tests do not explain.
INSERT INTO fg_issue_closing (repo_id, link_id, closed_at, reopened_at)
SELECT 3, id, '2026-02-06 09:00:00+00', '2026-02-07 09:00:00+00' FROM fg_issue_link WHERE repo_id = 3 AND key = 'ccccccccccc1';
