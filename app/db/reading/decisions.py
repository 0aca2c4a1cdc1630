"""What was decided about tests: the quarantine as it is and as it was."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

import msgspec

from app.core.model import DecisionState, RepoId
from app.core.paging import Mark, Page, cut
from app.db.connection import Connection, Record
from app.db.impact import NO_IMPACT, Impact
from app.db.reading.marks import LARGEST, MOST_ROWS, number, read_mark
from app.db.reading.wanted import Number

LONGEST_REASON = 2_000
"""In characters."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionsWanted:
    """Which decisions are asked for: a state, the open ones or those that have ended, those about one test."""

    state: Annotated[DecisionState | None, msgspec.Meta(description="What was decided.")] = None
    is_open: Annotated[bool | None, msgspec.Meta(description="True: in force, or waiting for somebody.")] = None
    test: Annotated[Number | None, msgspec.Meta(description="Our number of the test.")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDecision:
    """A decision about a test; PROPOSED and ACTIVE are open while `ended_at` is None, the other states are ends.

    `by_user` is None where a rule decided, `reason` is for people. `until` is when an ACTIVE one expires. `flake_rate`
    (0..1) and `impact`, what the test had cost in the thirty days before, are as they stood then; `caught` counts the
    real failures that it had caught lately. `owners` and the issue are the test's now.
    """

    id: int
    test_id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    owners: list[str]
    state: DecisionState
    by_user: str | None
    reason: str
    decided_at: datetime
    until: datetime | None
    ended_at: datetime | None
    flake_rate: float
    impact: Impact
    caught: int
    issue_number: int | None
    issue_url: str | None


async def list_decisions(
    conn: Connection, repo_id: RepoId, wanted: DecisionsWanted, after: Mark | None, limit: int
) -> Page[ListedDecision]:
    """Return a page of the decisions that are wanted, the latest first. Raises NotAMark."""
    [last] = read_mark(after, number) or (LARGEST,)
    size = min(limit, MOST_ROWS)
    rows = await conn.fetch(
        """
        SELECT decision.id, decision.test_id, test.suite, test.class_name, test.name, test.file,
               coalesce(string_to_array(test.owner_team, ' '), '{}') AS owners, decision.state, decision.by_user,
               left(decision.rationale, $6) AS reason, decision.decided_at, decision.until, decision.ended_at,
               decision.flake_rate, decision.impact, issue.number AS issue_number, issue.url AS issue_url
        FROM (
            SELECT *
            FROM fg_quarantine_decision AS own
            WHERE own.repo_id = $1 AND own.id < $2
              AND ($3::fg_decision_state IS NULL OR own.state = $3)
              AND ($4::boolean IS NULL OR (own.ended_at IS NULL) = $4)
              AND ($5::bigint IS NULL OR own.test_id = $5)
            ORDER BY own.id DESC
            LIMIT $7
        ) AS decision
        JOIN fg_test_case AS test ON test.repo_id = $1 AND test.id = decision.test_id
        LEFT JOIN LATERAL (
            SELECT link.number, link.url
            FROM fg_issue_member AS member
            JOIN fg_issue_link AS link ON link.repo_id = member.repo_id AND link.id = member.link_id
            WHERE member.repo_id = $1 AND member.test_id = decision.test_id
        ) AS issue ON true
        ORDER BY decision.id DESC
        """,
        repo_id,
        last,
        wanted.state,
        wanted.is_open,
        wanted.test,
        LONGEST_REASON,
        size + 1,
    )
    return cut([_decision(row) for row in rows], size, lambda one: (one.id,))


def _decision(row: Record) -> ListedDecision:
    return ListedDecision(
        id=row["id"],
        test_id=row["test_id"],
        suite=row["suite"],
        class_name=row["class_name"],
        name=row["name"],
        file=row["file"],
        owners=row["owners"],
        state=row["state"],
        by_user=row["by_user"],
        reason=row["reason"],
        decided_at=row["decided_at"],
        until=row["until"],
        ended_at=row["ended_at"],
        flake_rate=row["flake_rate"],
        # What the row does not hold, as one of an older release or of a person's own wish, has cost nothing that is known.
        impact=msgspec.convert(msgspec.to_builtins(NO_IMPACT) | row["impact"], Impact),
        caught=len(row["impact"].get("caught", ())),
        issue_number=row["issue_number"],
        issue_url=row["issue_url"],
    )
