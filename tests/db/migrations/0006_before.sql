-- Decisions that have ended and one that stands, so that the index over the ended ones has rows to hold and rows to leave.
INSERT INTO fg_quarantine_decision (repo_id, test_id, state, rationale, by_user, until, decided_at, ended_at, flake_rate)
VALUES
    (3, 4, 'EXPIRED', 'its time was over', NULL, '2026-02-20 09:00:00+00', '2026-02-06 09:00:00+00', '2026-02-20 09:00:00+00', 0.2),
    (3, 4, 'RESOLVED', 'it passed often enough', NULL, NULL, '2026-02-21 09:00:00+00', '2026-02-22 09:00:00+00', 0.2);
