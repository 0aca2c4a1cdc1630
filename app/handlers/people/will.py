"""Carry out one person's will about one test, as far as the policy allows it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.decisions import Change, Refusal, dismiss, quarantine, release
from app.core.model import DecisionState, TestId
from app.db.cases import StoredCase
from app.db.connection import Connection
from app.db.decisions import lock_decisions
from app.db.proofs import Proof, save_proofs
from app.db.tries import list_failures_of_head
from app.github.repositories import get_permission
from app.handlers.bot import Repo
from app.handlers.record import Standpoint, look, record, rules_for, show_everywhere

MAY_DECIDE = frozenset({"admin", "maintain", "write"})
MAY_ASK = MAY_DECIDE | {"triage"}


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


async def may_decide(repo: Repo, login: str) -> bool:
    return await get_permission(repo.client, login) in MAY_DECIDE


async def carry_out(conn: Connection, repo: Repo, case: StoredCase, will: Will, person: Person) -> Refusal | None:
    """Record what a person wants, in the caller's transaction; returns why not, None where it is done."""
    await lock_decisions(conn, repo.id)
    test = TestId(case.id)
    stand = await look(conn, repo.id, test)
    if stand.latest is not None and stand.latest.decided_at == person.at:
        return None
    change = _change(repo, case, will, stand, person)
    if isinstance(change, Refusal):
        return change
    await record(conn, repo.id, test, change, latest=stand.latest, by=person.login, now=person.at)
    if will.state is DecisionState.ACTIVE and will.head_sha is not None:
        await _accept(conn, repo, test, will.head_sha, person)
    heads = [will.head_sha] if will.head_sha else []
    await show_everywhere(conn, repo.id, [test], now=person.at, heads=heads)
    return None


def _change(repo: Repo, case: StoredCase, will: Will, stand: Standpoint, person: Person) -> Change | Refusal:
    if will.state is DecisionState.ACTIVE:
        return quarantine(
            stand.latest,
            rules_for(repo.policy, case),
            active=stand.active,
            now=person.at,
            duration=will.duration,
            because=will.because,
        )
    if will.state is DecisionState.RESOLVED:
        return release(stand.latest, because=will.because)
    return dismiss(stand.latest, because=will.because)


async def _accept(conn: Connection, repo: Repo, test: TestId, head_sha: str, person: Person) -> None:
    """Remember the failures that the person looked at as known: a maintainer's word counts like a proof."""
    signatures = await list_failures_of_head(conn, repo.id, test, head_sha)
    proofs = [
        Proof(test_id=test, loose_signature=one, pull=None, at=person.at, accepted_by=person.login)
        for one in signatures
    ]
    await save_proofs(conn, repo.id, proofs)
