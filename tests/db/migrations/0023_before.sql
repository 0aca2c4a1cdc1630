-- Runs of a branch, of a pull request and of a branch that GitHub does not name, for the indexes to hold or to leave out.
INSERT INTO fg_workflow_run (
    repo_id, run_id, run_attempt, workflow_id, workflow_name, event, head_branch, head_sha, pull_number, status, conclusion,
    run_started_at, completed_at, ingested_at, html_url)
VALUES
    (3, 9301, 1, 51, 'CI', 'push', 'release/2.0', 'c0de', NULL, 'completed', 'success',
     '2026-02-03 10:00:00+00', '2026-02-03 10:30:00+00', '2026-02-03 10:31:00+00', 'https://github.com/acme-corp/mobile-app/actions/runs/9301'),
    (3, 9302, 1, 51, 'CI', 'pull_request', 'fix-login', 'beef', 12, 'completed', 'failure',
     '2026-02-03 11:00:00+00', '2026-02-03 11:30:00+00', '2026-02-03 11:31:00+00', 'https://github.com/acme-corp/mobile-app/actions/runs/9302'),
    (3, 9303, 1, 51, 'Nightly', 'schedule', NULL, 'cafe', NULL, 'completed', 'success',
     '2026-02-03 12:00:00+00', '2026-02-03 12:30:00+00', '2026-02-03 12:31:00+00', 'https://github.com/acme-corp/mobile-app/actions/runs/9303');

-- A person with a token, and what GitHub lets them do.
INSERT INTO fg_person (id, login, signed_in_at) VALUES (2200, 'dana', '2026-02-03 09:00:00+00') ON CONFLICT DO NOTHING;
INSERT INTO fg_token (person_id, name, digest, scopes, repositories, created_at, expires_at)
VALUES (2200, 'ci', '\x2200', '{read}', '{1600}', '2026-02-03 09:00:00+00', '2026-05-03 09:00:00+00') ON CONFLICT DO NOTHING;
INSERT INTO fg_reader (person_id, external_id, role, checked_at)
VALUES (2200, 1600, 'write', '2026-02-03 09:00:00+00') ON CONFLICT DO NOTHING;
