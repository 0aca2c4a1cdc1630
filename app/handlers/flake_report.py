"""Gather what the flakiness report says."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from app.core.flake_report import (
    TREND,
    Cause,
    DecisionSaid,
    FlakinessReport,
    Incident,
    IssueSaid,
    Proof,
    ReportedTest,
    Step,
    TrendDay,
)
from app.core.model import CaseName, Grade, RepoId, Standing, TestId, Verdict
from app.db import flake_report as stored
from app.db.connection import Connection
from app.db.decisions import StoredDecision, list_latest_decisions
from app.db.issues import IssueLink, list_issues_of_tests
from app.db.reading.trends import list_trend
from app.handlers.bot import KnownRepo

QUIET = 1_000
"""How many tests that never failed are named."""
DRAWN = 100
"""Of how many tests, the worst, the latest runs are told."""
RUNS_DRAWN = 50
_EXECUTIONS_A_RUN = 3
PROOFS_EACH = 10
CAUSES = 20
INCIDENTS = 20
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beside:
    """What stands beside the tests, by test."""

    proofs: Mapping[TestId, Sequence[Proof]]
    decisions: Mapping[TestId, StoredDecision]
    issues: Mapping[TestId, IssueLink]
    histories: Mapping[TestId, Sequence[Verdict]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tests:
    """The tests of a report, worst first: those with a score, then those without."""

    scored: Sequence[stored.ScoredTest]
    quiet: Sequence[stored.QuietTest]

    @property
    def ids(self) -> list[TestId]:
        return [*(TestId(one.id) for one in self.scored), *(TestId(one.id) for one in self.quiet)]

    def told(self, beside: _Beside) -> tuple[ReportedTest, ...]:
        return (*(_scored(one, beside) for one in self.scored), *(_quiet(one, beside) for one in self.quiet))


async def generate_flakiness_report(conn: Connection, repo: KnownRepo, as_of: datetime) -> FlakinessReport:
    """Gather what is stored of a repository's tests; `as_of` says what is soon and ends the trend, and leaves nothing else out.

    Whoever wants all of it from one moment calls it in a transaction that sees one.
    """
    figures = await stored.read_figures(conn, repo.id)
    tests = await _list_tests(conn, repo)
    beside = await _beside(conn, repo.id, tests.ids, tests.ids[: min(DRAWN, len(tests.scored))])
    return FlakinessReport(
        repository=repo.full_name,
        as_of=as_of,
        runs=figures.runs,
        attempts=figures.attempts,
        occurrences=figures.occurrences,
        known=figures.tests,
        first_at=figures.first_at,
        last_at=figures.last_at,
        tests=tests.told(beside),
        causes=tuple(_cause(one) for one in await stored.list_reported_clusters(conn, repo.id, CAUSES)),
        incidents=tuple(_incident(one) for one in await stored.list_incidents(conn, repo.id, INCIDENTS)),
        trend=await list_trend_days(conn, repo.id, as_of - TREND, as_of),
    )


async def list_judged_tests(conn: Connection, repo: KnownRepo) -> tuple[ReportedTest, ...]:
    """Return the report's tests, worst first, with their decisions and issues but neither proofs nor histories."""
    tests = await _list_tests(conn, repo)
    decisions = await list_latest_decisions(conn, repo.id, tests.ids)
    issues = await list_issues_of_tests(conn, repo.id, tests.ids)
    return tests.told(_Beside(proofs={}, decisions=decisions, issues=issues, histories={}))


async def _list_tests(conn: Connection, repo: KnownRepo) -> _Tests:
    window = repo.policy.thresholds.window_size
    return _Tests(
        scored=await stored.list_scored_tests(conn, repo.id),
        quiet=await stored.list_quiet_tests(conn, repo.id, window=window, limit=QUIET),
    )


async def list_trend_days(conn: Connection, repo_id: RepoId, since: datetime, until: datetime) -> tuple[TrendDay, ...]:
    """Return the days after `since`, up to `until`, that saw a run begin, oldest first."""
    return tuple(
        TrendDay(
            day=one.day,
            runs=one.runs,
            runs_flaked=one.runs_flaked,
            flake_rate=one.flake_rate,
            minutes_lost=one.minutes_lost,
        )
        for one in await list_trend(conn, repo_id, since, until)
    )


async def _beside(conn: Connection, repo_id: RepoId, tests: Sequence[TestId], drawn: Sequence[TestId]) -> _Beside:
    evidence = await stored.list_linked_evidence(conn, repo_id, tests, each=PROOFS_EACH)
    runs = await stored.list_latest_runs(conn, repo_id, drawn, executions=RUNS_DRAWN * _EXECUTIONS_A_RUN)
    return _Beside(
        proofs=_by_test((one.test_id, _proof(one)) for one in evidence),
        decisions=await list_latest_decisions(conn, repo_id, tests),
        issues=await list_issues_of_tests(conn, repo_id, tests),
        histories=_by_test((one.test_id, _verdict(one)) for one in runs),
    )


def _by_test(pairs: Iterable[tuple[int, _T]]) -> dict[TestId, list[_T]]:
    found: defaultdict[TestId, list[_T]] = defaultdict(list)
    for test, one in pairs:
        found[TestId(test)].append(one)
    return found


def _proof(one: stored.LinkedEvidence) -> Proof:
    failed = Step(run_id=one.failed_run_id, run_attempt=one.failed_run_attempt, job=one.failed_job, url=one.failed_url)
    passed = None
    if one.passed_run_id is not None:
        passed = Step(
            run_id=one.passed_run_id,
            run_attempt=one.passed_run_attempt or 1,
            job=one.passed_job or "",
            url=one.passed_url,
        )
    return Proof(
        grade=one.grade,
        at=one.at,
        head_sha=one.head_sha,
        pull=one.pull_number,
        from_fork=one.from_fork,
        failed=failed,
        passed=passed,
    )


def _verdict(one: stored.RunOfTest) -> Verdict:
    if one.failed:
        return Verdict.FLAKY if one.passed else Verdict.FAILED
    return Verdict.PASSED


def _scored(one: stored.ScoredTest, beside: _Beside) -> ReportedTest:
    test = TestId(one.id)
    return ReportedTest(
        case=CaseName(suite=one.suite, class_name=one.class_name, name=one.name),
        file=one.file,
        owner=one.owner_team,
        standing=one.standing,
        score=one.score,
        flake_rate=one.flake_rate,
        low=one.low,
        high=one.high,
        runs=one.runs,
        failures=one.failures,
        evidence=dict(zip(Grade, (one.e1, one.e2, one.e3, one.e4, one.e5), strict=True)),
        proofs=tuple(beside.proofs.get(test, ())),
        cause=one.cluster,
        decision=_decision(beside.decisions.get(test)),
        issue=_issue(beside.issues.get(test)),
        first_flake_at=one.first_flake_at,
        last_flake_at=one.last_flake_at,
        broken_since=one.broken_since,
        history=tuple(beside.histories.get(test, ()))[-RUNS_DRAWN:],
    )


def _quiet(one: stored.QuietTest, beside: _Beside) -> ReportedTest:
    test = TestId(one.id)
    return ReportedTest(
        case=CaseName(suite=one.suite, class_name=one.class_name, name=one.name),
        file=one.file,
        owner=one.owner_team,
        standing=Standing.HEALTHY,
        score=0.0,
        flake_rate=0.0,
        low=0.0,
        high=0.0,
        runs=one.runs,
        failures=0,
        evidence={},
        proofs=(),
        cause=None,
        decision=_decision(beside.decisions.get(test)),
        issue=_issue(beside.issues.get(test)),
        first_flake_at=None,
        last_flake_at=None,
        broken_since=None,
        history=(),
    )


def _decision(one: StoredDecision | None) -> DecisionSaid | None:
    if one is None:
        return None
    return DecisionSaid(
        state=one.state,
        rationale=one.rationale,
        by=one.by_user,
        decided_at=one.decided_at,
        until=one.until,
        is_open=one.is_open,
    )


def _issue(one: IssueLink | None) -> IssueSaid | None:
    return None if one is None else IssueSaid(number=one.number, url=one.url, state=one.state, reason=one.state_reason)


def _cause(one: stored.ReportedCluster) -> Cause:
    return Cause(
        title=one.title,
        is_infra=one.kind == "infra",
        failures=one.occurrence_count,
        tests=one.test_count,
        first_at=one.first_seen_at,
        last_at=one.last_seen_at,
    )


def _incident(one: stored.Incident) -> Incident:
    return Incident(
        run_id=one.run_id,
        run_attempt=one.run_attempt,
        workflow=one.workflow_name,
        at=one.run_started_at,
        failures=one.failures,
        url=one.html_url,
        is_whole=one.is_whole,
        causes=tuple(one.causes),
    )
