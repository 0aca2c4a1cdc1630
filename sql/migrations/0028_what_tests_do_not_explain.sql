SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- What keeps a failed job from being explained by its failed tests, however known these are.
ALTER TABLE fg_job ADD COLUMN is_cut boolean NOT NULL DEFAULT false, ADD COLUMN is_log_read boolean, ADD COLUMN other_step text;
COMMENT ON COLUMN fg_job.is_cut IS 'A report of it was cut short, or had to be mended with loss: no failure of the job is explained, since what is missing may have failed, too.';
COMMENT ON COLUMN fg_job.is_log_read IS 'Whether its log was read, which alone shows an early stop. NULL: there is none, or an earlier release read it.';
COMMENT ON COLUMN fg_job.other_step IS 'A step that failed although none of its tests did. NULL: none is known.';

COMMENT ON COLUMN fg_proof.pull_number IS 'The pull request whose own runs gave the proof (it never excuses itself); 0: a branch of the repository; -1: a maintainer''s word, until the test is released. Earlier releases noted that under 0.';
