-- An installation for which a write is due, as the release before says it.
INSERT INTO fg_github_limit (installation_id, write_due) VALUES (2100, '2026-02-03 09:00:00+00');
