-- An attempt that failed as a whole, as the release before says it.
INSERT INTO fg_workflow_run (
    repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha, status, conclusion,
    run_started_at, completed_at, ingested_at, tests, failures, is_infra, html_url)
SELECT min(id), 9240, 1, 51, 'CI', 'push', 'main', 'f00d', 'completed', 'failure',
       '2026-02-03 09:00:00+00', '2026-02-03 09:30:00+00', '2026-02-03 09:31:00+00', 40, 40, true, 'https://github.com/acme-corp/mobile-app/actions/runs/9240'
FROM fg_repository;
