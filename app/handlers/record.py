"""How a decision is looked up and recorded, whoever made it: by rule, by a command, by a box or by a button."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from app.core.decisions import Change, Decision, Rules
from app.core.model import DecisionState, Evidence, RepoId, TestId
from app.core.policy import Policy
from app.db.audit import Deed, add_audit
from app.db.cases import StoredCase
from app.db.connection import Connection
from app.db.decisions import NewDecision, add_decision, list_latest_decisions, list_open_decisions
from app.db.evidence import list_evidence
from app.db.scores import get_scores, healthy
from app.db.tries import list_heads_hit
from app.jobs import ReportHead, SyncIssue
from app.queue import enqueue

BY_RULE = "flakeguard"
HEADS_FOR = timedelta(days=7)
"""Checks of commits that failed longer ago are not brought up to date: nobody waits for them any more."""

_ENDS = frozenset({DecisionState.EXPIRED, DecisionState.DISMISSED, DecisionState.RESOLVED})

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Standpoint:
    """From where a decision about a test is made: its latest one, and how many tests are in quarantine."""

    latest: Decision | None
    active: int


async def look(conn: Connection, repo_id: RepoId, test: TestId) -> Standpoint:
    """Return the standpoint; the caller holds the lock of the repository's decisions."""
    row = (await list_latest_decisions(conn, repo_id, [test])).get(test)
    active = sum(one.state is DecisionState.ACTIVE for one in await list_open_decisions(conn, repo_id))
    if row is None:
        return Standpoint(latest=None, active=active)
    latest = Decision(
        id=row.id,
        state=row.state,
        decided_at=row.decided_at,
        ended_at=row.ended_at,
        until=row.until,
        flake_rate=row.flake_rate,
    )
    return Standpoint(latest=latest, active=active)


async def record(
    conn: Connection, repo_id: RepoId, test: TestId, change: Change, *, latest: Decision | None, by: str, now: datetime
) -> None:
    """Store a decision with its evidence, and who made it and why in the audit trail.

    An end keeps the rate of what it ends: by then the test may have passed so often that it flakes no more, and the
    passes that its issue waits for would be fewer all at once.
    """
    score = (await get_scores(conn, repo_id, [test])).get(test, healthy(test))
    evidence = await list_evidence(conn, repo_id, test, limit=20)
    decision = NewDecision(
        test_id=test,
        state=change.state,
        rationale=change.rationale,
        by_user=None if by == BY_RULE else by,
        until=change.until,
        decided_at=now,
        flake_rate=latest.flake_rate if latest and latest.is_open and change.state in _ENDS else score.flake_rate,
        evidence=[_plain(one) for one in evidence],
    )
    await add_decision(conn, repo_id, decision, previous=latest.id if latest and latest.is_open else None)
    detail = {"why": change.rationale, "until": change.until.isoformat() if change.until else None}
    await add_audit(conn, repo_id, Deed(at=now, actor=by, action=change.state, test_id=test, detail=detail))
    _log.info("decided", repo_id=repo_id, test_id=test, state=change.state, by=by)


async def show_everywhere(
    conn: Connection, repo_id: RepoId, tests: Iterable[TestId], *, now: datetime, heads: Iterable[str] = ()
) -> None:
    """Have the issues of those tests, and the checks of the pull requests that they hit, brought up to date at once."""
    ordered = sorted(tests)
    await enqueue(conn, *(SyncIssue(repo_id=repo_id, test_id=test) for test in ordered))
    await show_heads(conn, repo_id, ordered, now=now, heads=heads)


async def show_heads(
    conn: Connection, repo_id: RepoId, tests: Iterable[TestId], *, now: datetime, heads: Iterable[str] = ()
) -> None:
    """Have the checks and comments of the pull requests that those tests hit lately brought up to date."""
    hit = await list_heads_hit(conn, repo_id, sorted(tests), since=now - HEADS_FOR)
    await enqueue(conn, *(ReportHead(repo_id=repo_id, head_sha=head) for head in dict.fromkeys([*hit, *heads])))


def rules_for(policy: Policy, case: StoredCase) -> Rules:
    """Return what a policy says about the quarantine of one test."""
    return Rules(
        mode=policy.quarantine.mode,
        duration=timedelta(days=policy.quarantine.duration_days),
        max_tests=policy.quarantine.max_tests,
        quarantine_threshold=policy.thresholds.quarantine_threshold,
        is_exempt=policy.is_exempt(case.case),
        is_excluded=policy.is_excluded(case.file),
    )


def _plain(one: Evidence) -> dict[str, object]:
    return {
        "grade": one.grade,
        "at": one.at.isoformat(),
        "head_sha": one.head_sha,
        "failed": [one.failed.run_id, one.failed.run_attempt, one.failed.job, one.failed.ordinal],
        "passed": None
        if one.passed is None
        else [one.passed.run_id, one.passed.run_attempt, one.passed.job, one.passed.ordinal],
    }
