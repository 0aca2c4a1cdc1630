SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

CREATE TABLE fg_upload (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    id bigint GENERATED ALWAYS AS IDENTITY,
    run_id bigint NOT NULL,
    run_attempt integer NOT NULL CHECK (run_attempt > 0),
    job_id bigint NOT NULL,
    job text NOT NULL,
    ci text,
    head_sha text NOT NULL,
    head_branch text,
    pull_number bigint,
    conclusion text,
    html_url text NOT NULL,
    created_at timestamptz NOT NULL,
    digest bytea NOT NULL,
    reports bytea NOT NULL,
    read_at timestamptz,
    PRIMARY KEY (repo_id, id)
);
CREATE UNIQUE INDEX fg_upload_of_run ON fg_upload (repo_id, run_id, run_attempt, digest);
COMMENT ON TABLE fg_upload IS 'Reports that somebody sent us, for the days in which they may be read or come again. Deleted with its repository.';
COMMENT ON COLUMN fg_upload.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_upload.id IS 'Ours, unique within the repository''s rows.';
COMMENT ON COLUMN fg_upload.run_id IS 'GitHub''s run, or ours for a job of a build elsewhere, which is larger than any of GitHub''s.';
COMMENT ON COLUMN fg_upload.run_attempt IS 'Attempt of the run, from 1.';
COMMENT ON COLUMN fg_upload.job_id IS 'GitHub''s job, or ours for a job of a build elsewhere; 0 where GitHub did not say which job sent it.';
COMMENT ON COLUMN fg_upload.job IS 'Name of the job.';
COMMENT ON COLUMN fg_upload.ci IS 'Where the build ran, as the sender calls it; null for GitHub Actions, whose run tells all else.';
COMMENT ON COLUMN fg_upload.head_sha IS 'The commit that was tested.';
COMMENT ON COLUMN fg_upload.head_branch IS 'Its branch; null where the sender did not say.';
COMMENT ON COLUMN fg_upload.pull_number IS 'The pull request that was tested; null for none.';
COMMENT ON COLUMN fg_upload.conclusion IS 'How the job ended, as the sender says: success or failure. Null: as its tests did.';
COMMENT ON COLUMN fg_upload.html_url IS 'The build''s page; empty where there is none.';
COMMENT ON COLUMN fg_upload.created_at IS 'When it came.';
COMMENT ON COLUMN fg_upload.digest IS 'SHA-256 over the names and contents of the reports: the same ones sent again are known.';
COMMENT ON COLUMN fg_upload.reports IS 'The reports, as one zip.';
COMMENT ON COLUMN fg_upload.read_at IS 'When they were read; null until then.';
