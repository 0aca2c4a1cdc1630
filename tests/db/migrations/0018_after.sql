-- Each query returns what is wrong. No repository that was there before is read again by itself.
SELECT repo_id FROM fg_backfill;
