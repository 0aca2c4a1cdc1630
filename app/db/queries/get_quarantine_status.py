"""Which tests are quarantined or proposed for it, and which left quarantine lately."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.model import CaseName, DecisionState, RepoId
from app.db.connection import Connection

LATELY = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineStatus:
    """A decision that is open, or the end of one.

    `since` is when it was decided, `until` when an ACTIVE one expires, `by_user` None where a rule decided. `flake_rate`
    (0..1) is frozen as it was then; `passes` and `failures` count the test's executions since.
    """

    decision_id: int
    state: DecisionState
    test_id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    owner_team: str | None
    since: datetime
    until: datetime | None
    by_user: str | None
    rationale: str
    flake_rate: float
    passes: int
    failures: int
    issue_number: int | None
    issue_url: str | None

    @property
    def case(self) -> CaseName:
        return CaseName(suite=self.suite, class_name=self.class_name, name=self.name)

    @property
    def is_open(self) -> bool:
        return self.state in (DecisionState.PROPOSED, DecisionState.ACTIVE)


async def get_quarantine_status(conn: Connection, repo_id: RepoId, *, as_of: datetime) -> list[QuarantineStatus]:
    """Return every open decision, PROPOSED first and the oldest first, then the ends of the last 30 days, latest first.

    Passes that have been rolled up count from the day after the decision: of its own day it is not known any more which
    of them came after it.
    """
    rows = await conn.fetch(
        """
        SELECT decision.id AS decision_id, decision.state, decision.test_id, test.suite, test.class_name, test.name,
               test.file, test.owner_team, decision.decided_at AS since, decision.until, decision.by_user,
               decision.rationale, decision.flake_rate, stored.passes + rolled.passes AS passes, stored.failures,
               issue.number AS issue_number, issue.url AS issue_url
        FROM (
            SELECT *
            FROM fg_quarantine_decision
            WHERE repo_id = $1 AND ended_at IS NULL
            UNION ALL
            SELECT *
            FROM fg_quarantine_decision
            WHERE repo_id = $1 AND ended_at > $2 AND ended_at <= $3 AND state NOT IN ('PROPOSED', 'ACTIVE')
        ) AS decision
        JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = decision.test_id
        CROSS JOIN LATERAL (
            SELECT count(*) FILTER (WHERE o.outcome = 'passed') AS passes,
                   count(*) FILTER (WHERE o.outcome IN ('failed', 'error')) AS failures
            FROM fg_occurrence AS o
            WHERE o.repo_id = $1 AND o.test_id = decision.test_id AND o.created_at > decision.decided_at
              AND o.created_at <= $3
        ) AS stored
        CROSS JOIN LATERAL (
            SELECT coalesce(sum(old.passed), 0) AS passes
            FROM fg_daily AS old
            WHERE old.repo_id = $1 AND old.test_id = decision.test_id
              AND old.day > (decision.decided_at AT TIME ZONE 'UTC')::date
              AND old.day <= ($3::timestamptz AT TIME ZONE 'UTC')::date
        ) AS rolled
        LEFT JOIN LATERAL (
            SELECT link.number, link.url
            FROM fg_issue_member AS member
            JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
            WHERE member.repo_id = $1 AND member.test_id = decision.test_id
        ) AS issue ON true
        ORDER BY decision.ended_at IS NOT NULL, CASE WHEN decision.ended_at IS NULL THEN decision.state END,
                 CASE WHEN decision.ended_at IS NULL THEN decision.decided_at END, decision.decided_at DESC, decision.id
        """,
        repo_id,
        as_of - LATELY,
        as_of,
    )
    return [QuarantineStatus(**row) for row in rows]
