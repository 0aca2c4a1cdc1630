-- What the migration before made: a row each.
INSERT INTO fg_notice (repo_id, subject, external_id, digest, body_digest) SELECT 0, '', 0, '', '' WHERE false;
