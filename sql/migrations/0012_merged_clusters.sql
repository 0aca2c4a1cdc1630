SET LOCAL lock_timeout = '5s';
SET LOCAL statement_timeout = '60s';

-- What a maintainer said is one cause although our rules tell it apart: failures with the one signature are stored with
-- the other, so that counts, scores and issues follow by themselves.
CREATE TABLE fg_cluster_alias (
    repo_id bigint NOT NULL REFERENCES fg_repository (id) ON DELETE CASCADE,
    signature text NOT NULL,
    into_signature text NOT NULL,
    rules_version integer NOT NULL,
    by_user text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (repo_id, signature),
    CHECK (signature <> into_signature)
);
CREATE INDEX fg_cluster_alias_into ON fg_cluster_alias (repo_id, into_signature);
COMMENT ON TABLE fg_cluster_alias IS 'Signatures that a maintainer merged into another. Deleted when that is undone, and with its repository.';
COMMENT ON COLUMN fg_cluster_alias.repo_id IS 'The repository that the row belongs to.';
COMMENT ON COLUMN fg_cluster_alias.signature IS 'Strict signature that the rules make.';
COMMENT ON COLUMN fg_cluster_alias.into_signature IS 'Strict signature that is stored in its place.';
COMMENT ON COLUMN fg_cluster_alias.rules_version IS 'Version of the normalising rules that made both.';
COMMENT ON COLUMN fg_cluster_alias.by_user IS 'Login of who merged them, or operator for who did it by the command.';
COMMENT ON COLUMN fg_cluster_alias.at IS 'When.';
