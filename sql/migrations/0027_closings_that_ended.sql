SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- fg_issue_link says how an issue stands now. What a policy would have done is asked for a past moment, at which one that is
-- open by now may have been closed.
CREATE TABLE fg_issue_closing (
    repo_id bigint NOT NULL,
    link_id bigint NOT NULL,
    closed_at timestamptz NOT NULL,
    reopened_at timestamptz NOT NULL,
    state_reason text,
    closed_by text,
    PRIMARY KEY (repo_id, link_id, closed_at),
    FOREIGN KEY (repo_id, link_id) REFERENCES fg_issue_link (repo_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE fg_issue_closing IS 'For how long an issue was closed that was reopened since. Deleted with the issue.';
COMMENT ON COLUMN fg_issue_closing.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_issue_closing.link_id IS 'The issue.';
COMMENT ON COLUMN fg_issue_closing.closed_at IS 'When it was closed.';
COMMENT ON COLUMN fg_issue_closing.reopened_at IS 'When it was reopened, as far as we know: GitHub says when an issue was changed last, and one may be changed again before we look.';
COMMENT ON COLUMN fg_issue_closing.state_reason IS 'As what it was closed: completed, not_planned or duplicate.';
COMMENT ON COLUMN fg_issue_closing.closed_by IS 'The login of who closed it, as far as that is known.';
