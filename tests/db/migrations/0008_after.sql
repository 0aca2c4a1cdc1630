-- Each query returns what is wrong. The key is gone, from the months, too, and two triggers promise what it promised.
SELECT conrelid::regclass FROM pg_constraint
WHERE contype = 'f' AND (conrelid = 'fg_occurrence'::regclass OR conrelid::regclass::text LIKE 'fg\_occurrence\_%');

SELECT wanted FROM unnest(ARRAY['fg_occurrence_needs_job', 'fg_job_takes_occurrences']) AS wanted
WHERE NOT EXISTS (SELECT FROM pg_trigger WHERE tgname = wanted AND tgenabled = 'O');

SELECT o.job FROM fg_occurrence AS o
WHERE NOT EXISTS (SELECT FROM fg_job AS job WHERE job.repo_id = o.repo_id AND job.id = o.job);
