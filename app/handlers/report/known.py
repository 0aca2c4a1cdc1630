"""What is known of the tests that failed on a commit."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.impact_text import words_of
from app.core.infra import NOTHING_DROPPED, AttemptKey, Dropped
from app.core.model import DecisionState, Evidence, Place, TestId, is_of_pull
from app.core.seen import SeenAt, Sights, places_of
from app.core.touched import Changed, is_touched
from app.core.verdict import FailedTest, ShownProof
from app.db.cases import StoredCase, get_cases
from app.db.connection import Connection
from app.db.decisions import StoredDecision, list_latest_decisions
from app.db.evidence import list_proofs_shown
from app.db.issues import IssueLink, list_issues_of_tests
from app.db.occurrences import FailedExecution
from app.db.outages import find_outages
from app.db.places import find_places
from app.db.proofs import Proof, list_proofs
from app.db.runs import StoredAttempt, list_attempts_of_head
from app.db.scores import StoredScore, get_scores, healthy
from app.db.tries import HeadTries, SeenBefore, count_tries_on, list_seen_before
from app.handlers.bot import KnownRepo, LinkedRepo

PROOFS_LOOKED_UP = 50
"""Of more tests than a comment tells in full, nobody sees the proofs."""

CONSISTENT_FROM = 3
"""A test that flakes in one run of ten fails so often in a row in one of a thousand cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """All that is known of the tests that failed. `sights` links to the places of their proofs."""

    cases: Mapping[TestId, StoredCase]
    scores: Mapping[TestId, StoredScore]
    decisions: Mapping[TestId, StoredDecision]
    issues: Mapping[TestId, IssueLink]
    proofs: Mapping[TestId, Sequence[Proof]]
    shown: Mapping[TestId, Sequence[Evidence]]
    tries: Mapping[int, HeadTries]
    seen: Mapping[tuple[int, str | None], SeenBefore]
    broken: frozenset[str]
    """The commits of the default branch since which a test is broken."""
    pulls: frozenset[int]
    changed: Changed
    outages: Dropped
    sights: Sights


async def what_is_known(
    conn: Connection,
    repo: LinkedRepo,
    failures: Sequence[FailedExecution],
    pulls: Collection[int],
    files: frozenset[str],
    stored: Sequence[StoredAttempt],
    head_sha: str,
) -> Known:
    """Gather what is known of the tests that failed on a commit; see `look_at_runs`."""
    tests = sorted({failure.test_id for failure in failures})
    ways = sorted({one.failure_loose_signature for one in failures if one.failure_loose_signature})
    before = await list_seen_before(conn, repo.id, tests, ways, head_sha=head_sha)
    proofs: defaultdict[TestId, list[Proof]] = defaultdict(list)
    for proof in await list_proofs(conn, repo.id, tests):
        proofs[proof.test_id].append(proof)
    scores = await get_scores(conn, repo.id, tests)
    shown = await list_proofs_shown(conn, repo.id, tests)
    return Known(
        cases=await get_cases(conn, repo.id, tests),
        scores=scores,
        decisions=await list_latest_decisions(conn, repo.id, tests),
        issues=await list_issues_of_tests(conn, repo.id, tests),
        proofs=proofs,
        shown=shown,
        tries={one.test_id: one for one in await count_tries_on(conn, repo.id, tests, head_sha)},
        seen={(one.test_id, one.signature): one for one in before},
        broken=await _broken_on_default(conn, repo, {one.broken_since for one in scores.values()}),
        pulls=frozenset(pulls),
        changed=Changed.of(files if failures else ()),
        outages=await find_outages(conn, repo.id, {one.key for one in stored}) if failures else NOTHING_DROPPED,
        sights=Sights(places=await _places(conn, repo, shown), run_url=repo.run_url),
    )


async def _places(conn: Connection, repo: KnownRepo, shown: Mapping[TestId, Sequence[Evidence]]) -> dict[Place, SeenAt]:
    """Find the places of the latest proof of each test, which is the one that is told."""
    found: dict[Place, SeenAt] = {}
    for test, proofs in list(shown.items())[:PROOFS_LOOKED_UP]:
        found |= await find_places(conn, repo.id, test, places_of(proofs[:1]))
    return found


async def _broken_on_default(conn: Connection, repo: KnownRepo, shas: Iterable[str | None]) -> frozenset[str]:
    """Keep the commits that the default branch ran: a new test that never passed on a pull request is broken nowhere else."""
    ran = {sha: await list_attempts_of_head(conn, repo.id, sha) for sha in shas if sha is not None}
    return frozenset(sha for sha, attempts in ran.items() if any(_is_on_default(repo, one) for one in attempts))


def _is_on_default(repo: KnownRepo, attempt: StoredAttempt) -> bool:
    return repo.row.names.was_default(attempt.head_branch, attempt.run_started_at) and not is_of_pull(attempt.event)


def failed_test(failure: FailedExecution, known: Known, attempt: AttemptKey, *, infra: str | None) -> FailedTest:
    """Say of one failed test what a verdict has to know; `attempt` is the one in which it failed, `infra` what its job died of."""
    test = TestId(failure.test_id)
    case, score = known.cases[test], known.scores.get(test, healthy(test))
    seen = known.seen.get((test, failure.failure_loose_signature))
    decision, issue = known.decisions.get(test), known.issues.get(test)
    state = decision.state if decision is not None and decision.is_open else None
    cost, guards = (
        ("", "") if decision is None else words_of(decision.impact, to=decision.decided_at, owner=case.owner_team)
    )
    return FailedTest(
        test_id=test,
        case=case.case,
        standing=score.standing,
        decision=state,
        score=score.score,
        flake_rate=score.flake_rate,
        runs=score.runs,
        is_known_way=_is_known_way(failure, known.proofs.get(test, ()), known.pulls),
        is_touched=is_touched(case.case, case.file, known.changed),
        broken_since=score.broken_since if score.broken_since in known.broken else None,
        message=failure.failure_message,
        file=case.file,
        line=failure.line if failure.source != "log" else None,
        log_line=failure.line if failure.source == "log" else None,
        issue_url=issue.url if issue is not None and issue.state == "open" else None,
        proposal_id=decision.id if decision is not None and state is DecisionState.PROPOSED else None,
        is_consistent=_is_consistent(known.tries.get(test)),
        proofs=tuple(_shown(known, one) for one in known.shown.get(test, ())),
        seen_since=seen.since if seen else None,
        other_pulls=len(set(seen.pulls) - known.pulls) if seen else 0,
        since=score.since,
        legs=score.flaky_legs,
        is_shared=known.outages.is_shared(attempt, failure.failure_loose_signature),
        way=failure.failure_loose_signature,
        infra=infra,
        cost=cost,
        guards=guards,
        judged_at=score.judged_at,
    )


def _is_consistent(tries: HeadTries | None) -> bool:
    """Tell whether a test fails on this commit whenever it is tried: that is a regression's way, not a flake's."""
    return tries is not None and tries.failed >= CONSISTENT_FROM and tries.passed == 0


def _shown(known: Known, one: Evidence) -> ShownProof:
    failed, passed = known.sights.pair(one)
    return ShownProof(grade=one.grade, at=one.at, failed=failed, passed=passed)


def _is_known_way(failure: FailedExecution, proofs: Sequence[Proof], pulls: frozenset[int]) -> bool:
    """Tell whether this failure was proven to be a flake elsewhere, or a maintainer has accepted it."""
    return any(
        proof.loose_signature == failure.failure_loose_signature
        and (proof.accepted_by is not None or proof.pull not in pulls)
        for proof in proofs
    )
