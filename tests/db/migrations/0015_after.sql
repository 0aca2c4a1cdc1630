-- Each query returns what is wrong. Nothing is due yet, and nothing was looked at.
SELECT name FROM fg_cron;

SELECT repo_id FROM fg_run_look;
