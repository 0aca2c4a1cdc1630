"""What the policy's rules ask for about the quarantine of tests, and its being done."""

from collections.abc import Sequence
from datetime import datetime

from app.core.decisions import Subject, next_step
from app.core.evidence import PROOFS
from app.core.model import DecisionState, TestId
from app.db.cases import get_cases
from app.db.connection import Connection
from app.db.decisions import lock_decisions
from app.db.quarantine_passes import count_passes_in_quarantine
from app.handlers.bot import KnownRepo
from app.handlers.record import BY_RULE, Outlook, Standpoint, Step, look, record, rules_for


async def follow_rules(conn: Connection, repo: KnownRepo, tests: Sequence[TestId], now: datetime) -> list[TestId]:
    """Begin, propose and end quarantines of those tests as the policy says; returns the tests that it changed.

    In the caller's transaction; nothing that shows them is brought up to date.
    """
    await lock_decisions(conn, repo.id)
    steps = await ask_rules(conn, repo, tests, now)
    await record(conn, repo, steps, by=BY_RULE, now=now)
    return [step.stand.test for step in steps]


async def ask_rules(conn: Connection, repo: KnownRepo, tests: Sequence[TestId], now: datetime) -> list[Step]:
    """Return what the rules ask for, and store nothing; the caller holds the lock of the repository's decisions.

    The worst test comes first: where only so many may be in quarantine, each step counts on those before it being done.
    """
    cases = await get_cases(conn, repo.id, tests)
    outlook = await look(conn, repo.id, list(cases))
    passes = await _count_passes(conn, repo, outlook)
    active = outlook.active
    steps: list[Step] = []
    for stand in sorted(outlook.stands.values(), key=lambda one: (-one.score.score, one.test)):
        subject, rules = _subject(stand, passes.get(stand.test, 0)), rules_for(repo.policy, cases[stand.test])
        change = next_step(subject, stand.latest, rules, active=active, now=now)
        if change is not None:
            active += (change.state is DecisionState.ACTIVE) - stand.is_active
            steps.append(Step(stand=stand, change=change))
    return steps


async def _count_passes(conn: Connection, repo: KnownRepo, outlook: Outlook) -> dict[TestId, int]:
    """Count the passes that lead out of quarantine, for the tests that are in it."""
    decided = {
        test: stand.latest.decided_at
        for test, stand in outlook.stands.items()
        if stand.latest is not None and stand.is_active
    }
    return await count_passes_in_quarantine(conn, repo.id, decided)


def _subject(stand: Standpoint, passes: int) -> Subject:
    ended = stand.latest.ended_at if stand.latest else None
    return Subject(
        standing=stand.score.standing,
        score=stand.score.score,
        flake_rate=stand.score.flake_rate,
        proofs_since=sum(one.grade in PROOFS and (ended is None or one.at > ended) for one in stand.evidence),
        passes_since=passes,
        own_proof=any(not one.from_fork for one in stand.evidence),
    )
