-- Each query returns what is wrong. Nobody is kept waiting by a table that was not there.
SELECT installation_id FROM fg_github_limit;
