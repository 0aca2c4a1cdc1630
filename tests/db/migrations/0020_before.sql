-- A repository whose history is being read.
INSERT INTO fg_backfill (repo_id, since, most_runs, started_at, reached)
SELECT min(id), '2025-12-02 00:00Z', 200, '2026-01-01 00:00Z', '2025-12-20 00:00Z' FROM fg_repository
ON CONFLICT DO NOTHING;
