-- Each query returns what is wrong. Of jobs that were stored before nothing of it is known.
SELECT id FROM fg_job WHERE is_cut OR is_log_read IS NOT NULL OR other_step IS NOT NULL;
