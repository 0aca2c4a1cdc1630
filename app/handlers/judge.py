"""What scoring a run and recomputing a repository share: judge tests by what is stored, and store what has changed."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from app.core.evidence import PROOFS
from app.core.history import HORIZON
from app.core.infra import AttemptKey, Dropped
from app.core.model import Evidence, Execution, Outcome, RepoId, Standing, TestId
from app.core.score import SCORER_VERSION, Thresholds, judge
from app.db.connection import Connection
from app.db.evidence import list_evidence_of, replace_evidence
from app.db.histories import read_histories
from app.db.outages import find_outages
from app.db.owners import list_owners
from app.db.proofs import Proof, list_proofs, save_proofs
from app.db.scores import StoredScore, get_scores, healthy, lock_scores, replace_scores, score_row
from app.handlers.bot import KnownRepo
from app.handlers.telling import Moved, tell_standings


@dataclass(frozen=True, slots=True, kw_only=True)
class Opinion:
    """What we think of a test, and the evidence for it; no score: it never failed in its window."""

    score: StoredScore | None = None
    evidence: tuple[Evidence, ...] = ()

    @property
    def standing(self) -> Standing:
        return Standing.HEALTHY if self.score is None else self.score.standing


Opinions = Mapping[TestId, Opinion]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejudged:
    """What judging some tests anew came to: how many have a score, and of which tests a verdict may be another now."""

    scores: int
    moved: list[TestId]


async def rejudge(conn: Connection, repo: KnownRepo, tests: Sequence[TestId]) -> Rejudged:
    """Judge some tests anew and store what has changed, in the caller's transaction.

    One at a time in a repository: a score made of an older reading must not be written over one made of a newer.
    """
    await lock_scores(conn, repo.id)
    before = await stored_opinions(conn, repo.id, tests)
    after = await fresh_opinions(conn, repo, tests)
    await _store(conn, repo.id, before, after)
    await tell_standings(conn, repo, _moves(before, after))
    proven = await _remember(conn, repo.id, after)
    return Rejudged(
        scores=sum(one.score is not None for one in after.values()),
        moved=[test for test in tests if test in proven or before[test].standing is not after[test].standing],
    )


def _moves(before: Opinions, after: Opinions) -> dict[TestId, Moved]:
    return {
        test: Moved(before=before[test].standing, score=one.score or healthy(test), evidence=one.evidence)
        for test, one in after.items()
        if one.standing is not before[test].standing
    }


async def stored_opinions(conn: Connection, repo_id: RepoId, tests: Sequence[TestId]) -> Opinions:
    """Return what is stored of each of those tests."""
    scores = await get_scores(conn, repo_id, tests)
    evidence = await list_evidence_of(conn, repo_id, tests)
    return {test: Opinion(score=scores.get(test), evidence=tuple(evidence.get(test, ()))) for test in tests}


async def fresh_opinions(conn: Connection, repo: KnownRepo, tests: Sequence[TestId]) -> Opinions:
    """Return what is to be thought of each of those tests by the executions that are stored."""
    past = await read_past(conn, repo, tests)
    owners = await list_owners(conn, repo.id, tests) if repo.policy.teams else {}
    thresholds = {test: repo.policy.for_team(owners.get(test)).thresholds for test in tests}
    return await asyncio.to_thread(_judge_all, past, thresholds, repo.full_name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The executions of some tests as far back as judging looks, and which of their failures say nothing about them."""

    histories: Mapping[TestId, Sequence[Execution]]
    dropped: Dropped


async def read_past(conn: Connection, repo: KnownRepo, tests: Sequence[TestId]) -> Past:
    histories = await read_histories(
        conn,
        repo.id,
        tests,
        names=repo.row.names,
        runs_each=HORIZON * repo.policy.thresholds.window_size,
    )
    dropped = await find_outages(conn, repo.id, failing_attempts(histories))
    return Past(histories=histories, dropped=dropped)


def _judge_all(past: Past, thresholds: Mapping[TestId, Thresholds], full_name: str) -> Opinions:
    return {
        test: _judge(test, executions, thresholds[test], past.dropped, full_name) if executions else Opinion()
        for test, executions in past.histories.items()
    }


def _judge(
    test: TestId, executions: Sequence[Execution], thresholds: Thresholds, dropped: Dropped, full_name: str
) -> Opinion:
    score = judge(executions, thresholds=thresholds, dropped=dropped, repository=full_name)
    row = score_row(
        test,
        score,
        window=thresholds.window_size,
        version=SCORER_VERSION,
        seen_at=max(one.attempt.at for one in executions),
    )
    return Opinion(score=row, evidence=score.evidence)


def failing_attempts(histories: Mapping[TestId, Sequence[Execution]]) -> set[AttemptKey]:
    """Return the attempts with a failure: of the others no outage has to be told."""
    return {
        (one.attempt.run_id, one.attempt.run_attempt)
        for executions in histories.values()
        for one in executions
        # Nearly all have passed, and that is told the quickest.
        if one.outcome is not Outcome.PASSED and one.outcome.is_bad
    }


async def _store(conn: Connection, repo_id: RepoId, before: Opinions, after: Opinions) -> None:
    """Leave alone what is equal: rows that are written anew would only have to be vacuumed."""
    rows = [one.score for test, one in after.items() if one.score is not None and one.score != before[test].score]
    gone = [test for test, one in after.items() if one.score is None and before[test].score is not None]
    await replace_scores(conn, repo_id, rows, gone)
    await replace_evidence(
        conn, repo_id, {test: one.evidence for test, one in after.items() if one.evidence != before[test].evidence}
    )


async def _remember(conn: Connection, repo_id: RepoId, opinions: Opinions) -> set[TestId]:
    """Remember the proofs that are new, for good; returns the tests that were proven to flake in a new way."""
    found = [proof for test, one in opinions.items() for proof in _proofs(test, one.evidence)]
    known = {_way(one): one for one in await list_proofs(conn, repo_id, sorted({one.test_id for one in found}))}
    new = [one for one in found if _way(one) not in known or one.at < known[_way(one)].at]
    if new:
        await save_proofs(conn, repo_id, new)
    return {one.test_id for one in new if _way(one) not in known}


def _way(proof: Proof) -> tuple[TestId, str, int | None]:
    return proof.test_id, proof.loose_signature, proof.pull


def _proofs(test: TestId, evidence: Iterable[Evidence]) -> Iterable[Proof]:
    for one in evidence:
        if one.grade in PROOFS and one.loose_signature is not None:
            yield Proof(test_id=test, loose_signature=one.loose_signature, pull=one.pull, at=one.at)
