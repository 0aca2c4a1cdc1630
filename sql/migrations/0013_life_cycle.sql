SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- One issue stands for all tests that fail by one cause. A test is in one issue at most; when that one is closed for long
-- and the test flakes again, it goes on to a new one that names the old.
CREATE TABLE fg_issue_member (
    repo_id bigint NOT NULL,
    test_id bigint NOT NULL,
    link_id bigint NOT NULL,
    flaked_at timestamptz,
    passes_needed integer CHECK (passes_needed > 0),
    PRIMARY KEY (repo_id, test_id),
    FOREIGN KEY (repo_id, test_id) REFERENCES fg_test_case (repo_id, id) ON DELETE CASCADE,
    FOREIGN KEY (repo_id, link_id) REFERENCES fg_issue_link (repo_id, id) ON DELETE CASCADE
);
CREATE INDEX fg_issue_member_link ON fg_issue_member (repo_id, link_id);
COMMENT ON TABLE fg_issue_member IS 'Which issue tells of a test. Deleted with the test or the issue.';
COMMENT ON COLUMN fg_issue_member.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_issue_member.test_id IS 'The test.';
COMMENT ON COLUMN fg_issue_member.link_id IS 'The issue, which may tell of other tests with the same cause.';
COMMENT ON COLUMN fg_issue_member.flaked_at IS 'The latest flake that passes_needed was set by; null before the first.';
COMMENT ON COLUMN fg_issue_member.passes_needed IS 'Passes in a row that end it, set with each flake: each pass lowers the rate that they are reckoned by, and would move the goal.';

INSERT INTO fg_issue_member (repo_id, test_id, link_id)
SELECT repo_id, test_id, max(id)
FROM fg_issue_link
WHERE test_id IS NOT NULL
GROUP BY repo_id, test_id;

ALTER TABLE fg_issue_link ADD COLUMN follows bigint;
COMMENT ON COLUMN fg_issue_link.follows IS 'Number of the closed issue from which this one goes on; null for a first one.';

-- What a run that stopped early never ran may have failed, however much of it is there.
ALTER TABLE fg_job ADD COLUMN stopped_early boolean NOT NULL DEFAULT false;
COMMENT ON COLUMN fg_job.stopped_early IS 'Its log says that the runner gave up before the end (--maxfail, bail, interrupted): no failure of it is explained.';

CREATE TABLE fg_notice (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    subject text NOT NULL,
    external_id bigint NOT NULL,
    digest text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (repo_id, subject)
);
COMMENT ON TABLE fg_notice IS 'What we say beside the one comment and the issues: comments that are written once, and the issue that gathers what a day had no room for.';
COMMENT ON COLUMN fg_notice.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_notice.subject IS 'What it is about; its hidden marker says the same.';
COMMENT ON COLUMN fg_notice.external_id IS 'GitHub''s id of the comment, or number of the issue.';
COMMENT ON COLUMN fg_notice.digest IS 'Digest of what it says.';
COMMENT ON COLUMN fg_notice.at IS 'When it was last written.';

CREATE TABLE fg_rerun (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    run_id bigint NOT NULL,
    run_attempt integer NOT NULL,
    at timestamptz NOT NULL,
    by_user text,
    refusal text,
    PRIMARY KEY (repo_id, run_id, run_attempt)
);
CREATE INDEX fg_rerun_at ON fg_rerun (repo_id, at);
COMMENT ON TABLE fg_rerun IS 'Attempts whose failed jobs we asked GitHub to run again: none is asked for twice by itself, and a day has a limit.';
COMMENT ON COLUMN fg_rerun.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_rerun.run_id IS 'The provider''s id of the run.';
COMMENT ON COLUMN fg_rerun.run_attempt IS 'The attempt that had failed.';
COMMENT ON COLUMN fg_rerun.at IS 'When it was asked for.';
COMMENT ON COLUMN fg_rerun.by_user IS 'Login of who asked; null: by rule.';
COMMENT ON COLUMN fg_rerun.refusal IS 'What GitHub said where it refused; null where it took it.';

CREATE TABLE fg_watch (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    pull_number integer NOT NULL,
    turn integer NOT NULL,
    pause_seconds integer NOT NULL,
    etag text,
    PRIMARY KEY (repo_id, pull_number)
);
COMMENT ON TABLE fg_watch IS 'Pull requests with an open proposal, whose comment may get a reaction: GitHub tells of none. Deleted when nothing is proposed there any more.';
COMMENT ON COLUMN fg_watch.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_watch.pull_number IS 'The pull request.';
COMMENT ON COLUMN fg_watch.turn IS 'Counts the looks; a look that was put off for an earlier turn is left out.';
COMMENT ON COLUMN fg_watch.pause_seconds IS 'Until the next look; it grows while nothing happens.';
COMMENT ON COLUMN fg_watch.etag IS 'GitHub''s mark of the reactions as they were last seen, with which asking again costs nothing.';
