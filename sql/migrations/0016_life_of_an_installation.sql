SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- Webhooks come late, twice and in any order, so what one says of a repository is no more than a reason to ask GitHub.
ALTER TABLE fg_installation ADD COLUMN synced_at timestamptz;
COMMENT ON COLUMN fg_installation.synced_at IS 'When GitHub was last asked about it and its repositories; null: never.';

ALTER TABLE fg_repository ADD COLUMN heard_installation_id bigint;
ALTER TABLE fg_repository ADD COLUMN former_names jsonb NOT NULL DEFAULT '{}';
ALTER TABLE fg_repository ADD COLUMN former_branches jsonb NOT NULL DEFAULT '{}';
COMMENT ON COLUMN fg_repository.heard_installation_id IS 'Installation of an event that says otherwise than this row: GitHub is asked before the repository is worked on again. Null: nothing is in doubt.';
COMMENT ON COLUMN fg_repository.former_names IS 'What it was called before, owner/name, each with the time until which: a run that names it so then is its own, no fork''s.';
COMMENT ON COLUMN fg_repository.former_branches IS 'What the default branch was called before, or other branches that were it, each with the time until which: what ran on them then speaks for the repository.';
COMMENT ON COLUMN fg_repository.external_id IS 'The provider''s id; negative once the rows of the repository are being deleted, so that one that comes back gets a row of its own.';
COMMENT ON COLUMN fg_repository.installation_id IS 'The installation that covers it, or the last that did; null where none was ever named.';
COMMENT ON COLUMN fg_repository.removed_at IS 'When the App lost it; null while it is covered. Its rows are deleted after a grace period.';

CREATE TABLE fg_forgotten (
    id bigint PRIMARY KEY,
    is_by_rule boolean NOT NULL,
    removed_at timestamptz,
    began_at timestamptz NOT NULL,
    ended_at timestamptz,
    attempts bigint NOT NULL DEFAULT 0,
    executions bigint NOT NULL DEFAULT 0,
    tests bigint NOT NULL DEFAULT 0
);
COMMENT ON TABLE fg_forgotten IS 'That the rows of a repository were deleted, and how many there were: no names, of nothing and nobody. Kept for good.';
COMMENT ON COLUMN fg_forgotten.id IS 'Id that the repository had with us; nothing else knows it any more.';
COMMENT ON COLUMN fg_forgotten.is_by_rule IS 'True: its grace period was over; false: an operator asked for it.';
COMMENT ON COLUMN fg_forgotten.removed_at IS 'When the App had lost it; null where it had not.';
COMMENT ON COLUMN fg_forgotten.began_at IS 'When its rows began to be deleted.';
COMMENT ON COLUMN fg_forgotten.ended_at IS 'When the last of them was; null until then.';
COMMENT ON COLUMN fg_forgotten.attempts IS 'Attempts of workflow runs that were deleted.';
COMMENT ON COLUMN fg_forgotten.executions IS 'Executions of tests that were deleted, those that had been rolled up to days left out.';
COMMENT ON COLUMN fg_forgotten.tests IS 'Tests that were deleted.';
