"""Which tests of a repository are the flakiest."""

from dataclasses import dataclass
from datetime import datetime

from app.core.model import CaseName, DecisionState, RepoId, Standing
from app.db.connection import Connection


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A place in the ranking: the row behind which the next page begins."""

    score: float
    test_id: int


_BEGINNING = Cursor(score=1.0, test_id=0)
"""No score is above 1 and no id below 1, so that everything lies behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakyTest:
    """A test in the ranking.

    `score` is 0..1 (how sure), `flake_rate` the share of the latest `runs` runs in which it flaked, with its 90 %
    interval `low`..`high`; `failures` counts the runs in which it failed, `e1` to `e5` the pieces of evidence by grade.
    `decision` is the open quarantine decision, `issue_number` the tracker's; None where there is none.
    """

    test_id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    owner_team: str | None
    standing: Standing
    score: float
    flake_rate: float
    low: float
    high: float
    runs: int
    failures: int
    e1: int
    e2: int
    e3: int
    e4: int
    e5: int
    last_flake_at: datetime | None
    decision: DecisionState | None
    issue_number: int | None

    @property
    def case(self) -> CaseName:
        return CaseName(suite=self.suite, class_name=self.class_name, name=self.name)

    @property
    def cursor(self) -> Cursor:
        return Cursor(score=self.score, test_id=self.test_id)


async def find_flakiest_tests(
    conn: Connection, repo_id: RepoId, *, limit: int = 20, after: Cursor | None = None
) -> list[FlakyTest]:
    """Return the tests with the highest scores, those with a score above 0 only; `after` is the last row's cursor.

    The page is cut before names, decisions and issues are looked up, so that a page costs the same wherever it lies.
    """
    start = after or _BEGINNING
    rows = await conn.fetch(
        """
        SELECT s.test_id, test.suite, test.class_name, test.name, test.file, test.owner_team, s.standing, s.score,
               s.flake_rate, s.low, s.high, s.runs, s.failures, s.e1, s.e2, s.e3, s.e4, s.e5, s.last_flake_at,
               decision.state AS decision, issue.number AS issue_number
        FROM (
            SELECT *
            FROM fg_flake_score
            WHERE repo_id = $1 AND score > 0 AND score <= $2 AND (score < $2 OR test_id > $3)
            ORDER BY score DESC, test_id
            LIMIT $4
        ) AS s
        JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id
        LEFT JOIN fg_quarantine_decision AS decision
          ON decision.repo_id = s.repo_id AND decision.test_id = s.test_id AND decision.ended_at IS NULL
        LEFT JOIN LATERAL (
            SELECT link.number
            FROM fg_issue_member AS member
            JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
            WHERE member.repo_id = s.repo_id AND member.test_id = s.test_id
        ) AS issue ON true
        ORDER BY s.score DESC, s.test_id
        """,
        repo_id,
        start.score,
        start.test_id,
        limit,
    )
    return [FlakyTest(**row) for row in rows]
