SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- Where a test became what it is, and on which legs it flakes only. Rows of an older scorer have neither until they are
-- judged again.
ALTER TABLE fg_flake_score
    ADD COLUMN since_after text,
    ADD COLUMN since_first text,
    ADD COLUMN since_at timestamptz,
    ADD COLUMN since_doubt integer CHECK (since_doubt > 0),
    ADD COLUMN legs jsonb;
COMMENT ON COLUMN fg_flake_score.since_after IS 'Head sha of the last commit with which it was well; null: as far as we look back, it may always have been so.';
COMMENT ON COLUMN fg_flake_score.since_first IS 'Head sha of the first commit with which it was broken (standing broken) or flaky; null for a test that is neither.';
COMMENT ON COLUMN fg_flake_score.since_at IS 'Start of the first attempt that showed it.';
COMMENT ON COLUMN fg_flake_score.since_doubt IS 'Runs in any of which it may have begun; 1 where that is sure.';
COMMENT ON COLUMN fg_flake_score.legs IS 'The jobs on which it flakes only, with their runs and those of the clean ones; null where nothing can be said.';
