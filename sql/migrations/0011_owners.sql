SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- The CODEOWNERS file of each repository, so that tests which come later get their owner without asking GitHub.
CREATE TABLE fg_codeowners (
    repo_id bigint PRIMARY KEY REFERENCES fg_repository (id) ON DELETE CASCADE,
    sha text NOT NULL,
    content text NOT NULL,
    read_at timestamptz NOT NULL
);
COMMENT ON TABLE fg_codeowners IS 'The CODEOWNERS file of the default branch as last read; no row: there is none. Deleted with its repository.';
COMMENT ON COLUMN fg_codeowners.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_codeowners.sha IS 'Blob sha of the file.';
COMMENT ON COLUMN fg_codeowners.content IS 'The file; 3 MB at most.';
COMMENT ON COLUMN fg_codeowners.read_at IS 'When it was last read.';
