-- Each query returns what is wrong. Nobody is writing, and what was due is due.
SELECT installation_id FROM fg_github_limit WHERE writing_until <> '-infinity';

SELECT 'due' AS lost WHERE NOT EXISTS (
    SELECT FROM fg_github_limit WHERE installation_id = 2100 AND write_due = '2026-02-03 09:00:00+00');
