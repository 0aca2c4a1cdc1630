"""Carry out one person's will about one test, as far as the policy allows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from app.core.decisions import Change, Refusal, dismiss, quarantine, release
from app.core.model import DecisionState, RepoId, TestId
from app.db.cases import StoredCase
from app.db.connection import Connection
from app.db.decisions import lock_decisions
from app.db.proofs import Proof, save_proofs, take_back_accepted
from app.db.tries import list_failures_of_head
from app.handlers.bot import KnownRepo
from app.handlers.record import Standpoint, Step, look, record, rules_for, show_everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Who says something, and when: the same word, heard twice, is one deed."""

    login: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Will:
    """What a person wants of a test: ACTIVE to quarantine it, RESOLVED to release it, DISMISSED to drop a proposal.

    `head_sha` is the commit that it is said about: the ways in which the test failed there are accepted with a
    quarantine. None where it is said elsewhere.
    """

    state: DecisionState
    duration: timedelta | None = None
    because: str | None = None
    head_sha: str | None = None


async def carry_out(conn: Connection, repo: KnownRepo, case: StoredCase, will: Will, person: Person) -> Refusal | None:
    """Record what a person wants, in the caller's transaction; returns why not, None where it is done.

    All that shows the test is brought up to date.
    """
    refusal = await record_will(conn, repo, case, will, person)
    if refusal is None:
        heads = [will.head_sha] if will.head_sha else []
        await show_everywhere(conn, repo.id, [TestId(case.id)], now=person.at, heads=heads)
    return refusal


async def record_will(
    conn: Connection, repo: KnownRepo, case: StoredCase, will: Will, person: Person
) -> Refusal | None:
    """Record what a person wants, as `carry_out` does, where nothing shows the test yet."""
    await lock_decisions(conn, repo.id)
    test = TestId(case.id)
    outlook = await look(conn, repo.id, [test])
    stand = outlook.stands[test]
    if _is_done(stand, person):
        return None
    change = _change(repo, case, will, stand, outlook.active, person)
    if isinstance(change, Refusal):
        return change
    await record(conn, repo, [Step(stand=stand, change=change)], by=person.login, now=person.at)
    if will.state is DecisionState.ACTIVE and will.head_sha is not None:
        await _accept(conn, repo.id, test, will.head_sha, person)
    if will.state is DecisionState.RESOLVED:
        await take_back_accepted(conn, repo.id, test)
    return None


def _is_done(stand: Standpoint, person: Person) -> bool:
    """Tell whether this very word was heard already; the rules may have decided at the same moment."""
    return stand.latest is not None and stand.latest.decided_at == person.at and stand.latest_by == person.login


def _change(
    repo: KnownRepo, case: StoredCase, will: Will, stand: Standpoint, active: int, person: Person
) -> Change | Refusal:
    match will.state:
        case DecisionState.ACTIVE:
            return quarantine(
                stand.latest,
                rules_for(repo.policy, case),
                active=active,
                now=person.at,
                duration=will.duration,
                because=will.because,
            )
        case DecisionState.RESOLVED:
            return release(stand.latest, because=will.because)
        case DecisionState.DISMISSED:
            return dismiss(stand.latest, because=will.because)
        case DecisionState.PROPOSED | DecisionState.EXPIRED:
            return Refusal(why="only the rules propose, and only time lets a quarantine run out")
        case _:
            assert_never(will.state)


async def _accept(conn: Connection, repo_id: RepoId, test: TestId, head_sha: str, person: Person) -> None:
    """Remember the failures that the person looked at as known: a maintainer's word counts like a proof."""
    signatures = await list_failures_of_head(conn, repo_id, test, head_sha)
    proofs = [
        Proof(test_id=test, loose_signature=one, pull=None, at=person.at, accepted_by=person.login)
        for one in signatures
    ]
    await save_proofs(conn, repo_id, proofs)
