-- squawk-ignore-file ban-drop-not-null
SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- What years of history need: passes rolled up by the day, what was done with each month, and the scores of clusters.

CREATE TABLE fg_daily (
    repo_id bigint NOT NULL,
    test_id bigint NOT NULL,
    day date NOT NULL,
    passed integer NOT NULL CHECK (passed >= 0),
    skipped integer NOT NULL CHECK (skipped >= 0),
    timed integer NOT NULL CHECK (timed BETWEEN 0 AND passed),
    duration_ms bigint NOT NULL CHECK (duration_ms >= 0),
    slowest_ms integer CHECK (slowest_ms >= 0),
    PRIMARY KEY (repo_id, test_id, day),
    FOREIGN KEY (repo_id, test_id) REFERENCES fg_test_case (repo_id, id) ON DELETE CASCADE,
    CHECK (passed + skipped > 0)
);
COMMENT ON TABLE fg_daily IS 'Executions of a test that passed or were skipped on one day and have left fg_occurrence: rolled up once they are old and no longer count for its score. Failures never are. Deleted when retention says so.';
COMMENT ON COLUMN fg_daily.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_daily.test_id IS 'The test.';
COMMENT ON COLUMN fg_daily.day IS 'UTC day of the attempts'' starts.';
COMMENT ON COLUMN fg_daily.passed IS 'Executions that passed.';
COMMENT ON COLUMN fg_daily.skipped IS 'Executions that were skipped.';
COMMENT ON COLUMN fg_daily.timed IS 'Passed executions whose duration is known.';
COMMENT ON COLUMN fg_daily.duration_ms IS 'Sum of those durations in milliseconds.';
COMMENT ON COLUMN fg_daily.slowest_ms IS 'Longest of those durations in milliseconds; null where none is known.';

CREATE TABLE fg_month (
    starts_on date PRIMARY KEY CHECK (extract(DAY FROM starts_on) = 1),
    reindexed_at timestamptz,
    weighed_at timestamptz,
    compacted_at timestamptz
);
COMMENT ON TABLE fg_month IS 'What upkeep has done with a month of fg_occurrence, over all repositories. Deleted with the month.';
COMMENT ON COLUMN fg_month.starts_on IS 'First day of the month.';
COMMENT ON COLUMN fg_month.reindexed_at IS 'When its indexes were built anew after it had ended; null: still to be done.';
COMMENT ON COLUMN fg_month.weighed_at IS 'When it was last looked whether rolling up its old passes is worth it; null: never.';
COMMENT ON COLUMN fg_month.compacted_at IS 'When its old passes were last rolled up; null: never. An attempt that was read before then and is read again adds failures only.';

CREATE TABLE fg_cluster_score (
    repo_id bigint NOT NULL,
    cluster_id bigint NOT NULL,
    score double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    flake_rate double precision NOT NULL CHECK (flake_rate BETWEEN 0 AND 1),
    low double precision NOT NULL,
    high double precision NOT NULL,
    standing fg_standing NOT NULL,
    window_n integer NOT NULL,
    runs integer NOT NULL,
    failures integer NOT NULL,
    last_flake_at timestamptz,
    scorer_version integer NOT NULL,
    last_updated_at timestamptz NOT NULL,
    PRIMARY KEY (repo_id, cluster_id),
    FOREIGN KEY (repo_id, cluster_id) REFERENCES fg_failure_cluster (repo_id, id) ON DELETE CASCADE
);
COMMENT ON TABLE fg_cluster_score IS 'What we think of a cluster: the evidence score with the signature in the place of the test. A cluster without a row was never judged.';
COMMENT ON COLUMN fg_cluster_score.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_cluster_score.cluster_id IS 'The cluster.';
COMMENT ON COLUMN fg_cluster_score.score IS '0..1: how sure we are that its cause is flaky.';
COMMENT ON COLUMN fg_cluster_score.flake_rate IS 'Share of the window''s runs in which it flaked; low and high bound it at 90 %.';
COMMENT ON COLUMN fg_cluster_score.low IS 'Lower end of the 90 % interval of flake_rate.';
COMMENT ON COLUMN fg_cluster_score.high IS 'Upper end of the 90 % interval of flake_rate.';
COMMENT ON COLUMN fg_cluster_score.standing IS 'Where the cluster stands with us.';
COMMENT ON COLUMN fg_cluster_score.window_n IS 'Window size that it was computed with.';
COMMENT ON COLUMN fg_cluster_score.runs IS 'Runs of its tests in the window.';
COMMENT ON COLUMN fg_cluster_score.failures IS 'Runs of the window in which it was seen.';
COMMENT ON COLUMN fg_cluster_score.last_flake_at IS 'Start of the newest attempt in which it flaked; null: never in the window.';
COMMENT ON COLUMN fg_cluster_score.scorer_version IS 'Version of the rules that made the score.';
COMMENT ON COLUMN fg_cluster_score.last_updated_at IS 'Start of the newest attempt that it saw.';

-- Evidence is a test's or a cluster's. The new rules hold for the rows that are there (each has a test), and are checked
-- for new ones only, so that nothing is scanned under the lock.
ALTER TABLE fg_evidence ALTER COLUMN test_id DROP NOT NULL;
ALTER TABLE fg_evidence ADD COLUMN cluster_id bigint;
ALTER TABLE fg_evidence ADD CONSTRAINT fg_evidence_subject CHECK (num_nonnulls(test_id, cluster_id) = 1) NOT VALID;
ALTER TABLE fg_evidence ADD CONSTRAINT fg_evidence_cluster FOREIGN KEY (repo_id, cluster_id)
    REFERENCES fg_failure_cluster (repo_id, id) ON DELETE CASCADE NOT VALID;
COMMENT ON COLUMN fg_evidence.test_id IS 'The test that it speaks about; null for a cluster''s.';
COMMENT ON COLUMN fg_evidence.cluster_id IS 'The cluster that it speaks about; null for a test''s.';

ALTER TABLE fg_issue_link ADD COLUMN tracker_key text;
COMMENT ON COLUMN fg_issue_link.tracker_key IS 'The tracker''s own key where its issues have no number, such as Jira''s FLAKE-12; null on GitHub.';
