-- Each query returns what is wrong. Nothing is in doubt, nobody was asked yet, no branch is a former one, nothing is forgotten.
SELECT id FROM fg_repository WHERE heard_installation_id IS NOT NULL OR former_branches <> '{}' OR former_names <> '{}';

SELECT id FROM fg_installation WHERE synced_at IS NOT NULL;

SELECT 'removed' AS lost WHERE NOT EXISTS (SELECT FROM fg_repository WHERE external_id = 1600 AND removed_at IS NOT NULL);

SELECT id FROM fg_forgotten;
