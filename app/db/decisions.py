"""Quarantine decisions: a new state is a new row, the one before is closed, and the audit trail says who did it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from app.core.model import DecisionId, DecisionState, RepoId, TestId
from app.core.score import MOST_PASSES_OF_A_BRANCH
from app.db.connection import Connection
from app.db.locks import hold_in_transaction

_OPEN = (DecisionState.PROPOSED, DecisionState.ACTIVE)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """One row of fg_quarantine_decision."""

    id: int
    test_id: int
    state: DecisionState
    rationale: str
    by_user: str | None
    until: datetime | None
    decided_at: datetime
    ended_at: datetime | None
    flake_rate: float
    impact: dict[str, Any]

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDecision:
    """A decision to be stored; `evidence` and `impact` are kept as they stood when it was made."""

    test_id: TestId
    state: DecisionState
    rationale: str
    by_user: str | None
    until: datetime | None
    decided_at: datetime
    flake_rate: float
    evidence: Sequence[object] = ()
    impact: dict[str, object] | None = None


class NotTheOpenOne(RuntimeError):
    """Another worker has decided about this test in the meantime; look again."""


async def lock_decisions(conn: Connection, repo_id: RepoId) -> None:
    """Let nobody else decide in that repository until the transaction ends: `max_tests` counts over all its tests."""
    await hold_in_transaction(conn, f"decisions {repo_id}")


async def add_decision(conn: Connection, repo_id: RepoId, new: NewDecision, *, previous: int | None) -> DecisionId:
    """Store a decision; the open one that it follows is closed. Raises NotTheOpenOne where `previous` is closed already."""
    if previous is not None:
        closed = await conn.execute(
            "UPDATE fg_quarantine_decision SET ended_at = $3 WHERE repo_id = $1 AND id = $2 AND ended_at IS NULL",
            repo_id,
            previous,
            new.decided_at,
        )
        if closed != "UPDATE 1":
            raise NotTheOpenOne(f"decision {previous} is closed")
    decision_id = await conn.fetchval(
        """
        INSERT INTO fg_quarantine_decision (
            repo_id, test_id, state, rationale, evidence, impact, by_user, until, decided_at, ended_at, previous_id,
            flake_rate)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        RETURNING id
        """,
        repo_id,
        new.test_id,
        new.state,
        new.rationale,
        list(new.evidence),
        new.impact or {},
        new.by_user,
        new.until,
        new.decided_at,
        None if new.state in _OPEN else new.decided_at,
        previous,
        new.flake_rate,
    )
    return DecisionId(decision_id)


async def list_latest_decisions(
    conn: Connection, repo_id: RepoId, tests: Sequence[int]
) -> dict[TestId, StoredDecision]:
    """Return the latest decision of each of those tests, open or not."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT ON (test_id)
               id, test_id, state, rationale, by_user, until, decided_at, ended_at, flake_rate, impact
        FROM fg_quarantine_decision
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[])
        ORDER BY test_id, id DESC
        """,
        repo_id,
        list(tests),
    )
    return {TestId(row["test_id"]): StoredDecision(**row) for row in rows}


async def list_open_decisions(conn: Connection, repo_id: RepoId) -> list[StoredDecision]:
    rows = await conn.fetch(
        """
        SELECT id, test_id, state, rationale, by_user, until, decided_at, ended_at, flake_rate, impact
        FROM fg_quarantine_decision
        WHERE repo_id = $1 AND ended_at IS NULL
        ORDER BY id
        """,
        repo_id,
    )
    return [StoredDecision(**row) for row in rows]


async def get_decision(conn: Connection, repo_id: RepoId, decision_id: int) -> StoredDecision | None:
    row = await conn.fetchrow(
        """
        SELECT id, test_id, state, rationale, by_user, until, decided_at, ended_at, flake_rate, impact
        FROM fg_quarantine_decision
        WHERE repo_id = $1 AND id = $2
        """,
        repo_id,
        decision_id,
    )
    return StoredDecision(**row) if row else None


@dataclass(frozen=True, slots=True, kw_only=True)
class RanOut:
    """An ACTIVE decision whose time is over."""

    repo_id: int
    test_id: int


async def list_ran_out(conn: Connection, now: datetime) -> list[RanOut]:
    """Return the quarantines of all repositories whose time is over."""
    rows = await conn.fetch(
        """
        SELECT repo_id, test_id
        FROM fg_quarantine_decision
        WHERE ended_at IS NULL AND state = 'ACTIVE' AND until <= $1
        ORDER BY repo_id, test_id
        """,
        now,
    )
    return [RanOut(**row) for row in rows]


async def count_passes_since(
    conn: Connection, repo_id: RepoId, moments: Mapping[TestId, datetime]
) -> dict[TestId, int]:
    """Return in how many runs each test passed after its moment without failing since.

    A rate is one of runs, so many legs of one run are one pass. What may have been a skip is none: a log that does not name
    a test says nothing of that. Nor does what ran in a fork, where anybody may have the test say what they like. Of each
    branch but the default one few count.
    """
    if not moments:
        return {}
    rows = await conn.fetch(
        """
        SELECT wanted.test_id, (
            SELECT coalesce(sum(CASE WHEN of_branch.branch IS NULL THEN of_branch.runs ELSE least(of_branch.runs, $4) END), 0)
            FROM (
                SELECT CASE WHEN starts_with(run.event, 'pull_request') THEN run.head_branch
                            WHEN run.head_branch = own.default_branch
                              OR run.run_started_at < (own.former_branches ->> run.head_branch)::timestamptz THEN NULL
                            ELSE run.head_branch END AS branch,
                       count(DISTINCT run.run_id) AS runs
                FROM fg_occurrence AS o
                JOIN fg_workflow_run AS run ON run.repo_id = $1 AND run.id = o.workflow_run
                WHERE o.repo_id = $1 AND o.test_id = wanted.test_id AND o.outcome = 'passed' AND o.source <> 'implied'
                  AND (run.event NOT IN ('pull_request', 'pull_request_target') OR run.head_repository = own.owner || '/' || own.name
                       OR run.run_started_at < (own.former_names ->> run.head_repository)::timestamptz)
                  AND o.created_at > greatest(wanted.since, (
                      SELECT max(bad.created_at)
                      FROM fg_occurrence AS bad
                      WHERE bad.repo_id = $1 AND bad.test_id = wanted.test_id AND bad.outcome IN ('failed', 'error')
                        AND bad.created_at > wanted.since))
                GROUP BY 1) AS of_branch)::integer AS passes
        FROM unnest($2::bigint[], $3::timestamptz[]) AS wanted (test_id, since)
        JOIN fg_repository AS own ON own.id = $1
        """,
        repo_id,
        list(moments),
        list(moments.values()),
        MOST_PASSES_OF_A_BRANCH,
    )
    return {TestId(row["test_id"]): row["passes"] for row in rows}


async def list_failed_since(
    conn: Connection, repo_id: RepoId, tests: Sequence[TestId], since: datetime
) -> list[TestId]:
    """Return those of the tests that failed after that moment, whatever the reason."""
    rows = await conn.fetch(
        """
        SELECT DISTINCT test_id
        FROM fg_occurrence
        WHERE repo_id = $1 AND test_id = ANY ($2::bigint[]) AND outcome IN ('failed', 'error') AND created_at > $3
        ORDER BY test_id
        """,
        repo_id,
        list(tests),
        since,
    )
    return [TestId(row["test_id"]) for row in rows]
