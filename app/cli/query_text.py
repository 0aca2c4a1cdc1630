"""How the answers of `flakeguard query` read on a terminal."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from app.cli.table import Column, note, number, rest, table, text
from app.core.counts import count
from app.core.model import CaseName
from app.core.text import shown
from app.db.queries.analyze_test_run_performance import TestRunPerformance
from app.db.queries.find_flakiest_tests import FlakyTest
from app.db.queries.find_similar_failures import SimilarFailures
from app.db.queries.get_quarantine_candidates import ProofPair, QuarantineCandidate
from app.db.queries.get_quarantine_status import QuarantineStatus
from app.db.queries.get_repository_dashboard import LatestRun, RepositoryDashboard
from app.db.queries.get_test_history import TestHistory

_NOTHING = "nothing found"
_SHA = 8


def flakiest(tests: Sequence[FlakyTest]) -> Iterator[str]:
    yield from _ranking(tests) if tests else [_NOTHING]


_RANKING = (
    rest("test", is_name=True), text("standing"), number("score"), text("flake rate"), number("failed"),
    text("last flake"), text("evidence", 16), text("decision"), number("issue"),
)  # fmt: skip


def _ranking(tests: Sequence[FlakyTest]) -> Iterator[str]:
    return table(
        _RANKING,
        [
            (
                _name(one.case),
                one.standing,
                f"{one.score:.2f}",
                _rate(one.flake_rate, one.low, one.high),
                f"{one.failures}/{one.runs}",
                _day(one.last_flake_at),
                _grades(one.e1, one.e2, one.e3, one.e4, one.e5),
                one.decision,
                _issue(one.issue_number),
            )
            for one in tests
        ],
    )


def history(past: TestHistory) -> Iterator[str]:
    executions = [
        (
            _minute(one.at),
            one.outcome,
            _seconds(one.duration_ms),
            f"{one.run_id}.{one.run_attempt}",
            one.job,
            _ref(one.pull, one.branch),
            one.sha[:_SHA],
            one.message or "",
        )
        for one in past.executions
    ]
    columns = (
        text("at"), text("outcome"), number("took"), number("run"), text("job", 18), text("for", 16), text("commit"),
        rest("message"),
    )  # fmt: skip
    yield from table(columns, executions)
    if past.days:
        yield from ("", "Rolled up:")
    days = [(one.day, one.passed, one.skipped, _seconds(one.mean_ms), _seconds(one.slowest_ms)) for one in past.days]
    yield from table((text("day"), number("passed"), number("skipped"), number("mean"), number("slowest")), days)
    if not executions and not days:
        yield _NOTHING


def quarantine(decisions: Sequence[QuarantineStatus]) -> Iterator[str]:
    columns = (
        rest("test", is_name=True), text("state"), text("since"), text("until"), text("by", 16), number("flake rate"),
        number("passes"), number("failures"), number("issue"),
    )  # fmt: skip
    rows = [
        (
            _name(one.case),
            one.state,
            _day(one.since),
            _day(one.until),
            one.by_user or "rule",
            f"{one.flake_rate:.0%}",
            one.passes,
            one.failures,
            _issue(one.issue_number),
        )
        for one in decisions
    ]
    yield from _explained(columns, rows, [[one.rationale] for one in decisions])


def _explained(
    columns: Sequence[Column], rows: Sequence[Sequence[object]], reasons: Sequence[Sequence[str]]
) -> Iterator[str]:
    """Yield a table whose rows have their reasons below them."""
    if not rows:
        yield _NOTHING
        return
    headings, *lines = table(columns, rows)
    yield headings
    for line, why in zip(lines, reasons, strict=True):
        yield line
        yield from map(note, why)


def similar(cluster: SimilarFailures) -> Iterator[str]:
    yield shown(cluster.title)
    yield (
        f"{count(cluster.occurrence_count, 'failure')} of {count(cluster.test_count, 'test')}, {_day(cluster.first_seen_at)} to"
        f" {_day(cluster.last_seen_at)}, kind {cluster.kind}, signature {cluster.signature}"
    )
    yield ""
    tests = [
        (one.occurrence_count, _day(one.last_seen_at), _name(_case(one.suite, one.class_name, one.name)))
        for one in cluster.tests
    ]
    yield from table((number("failures"), text("last seen"), rest("test", is_name=True)), tests)
    yield ""
    failures = [
        (_minute(one.at), f"{one.run_id}.{one.run_attempt}", one.job, _ref(one.pull, one.branch), one.sha[:_SHA], one.message)
        for one in cluster.failures
    ]  # fmt: skip
    columns = (text("at"), number("run"), text("job", 18), text("for", 16), text("commit"), rest("message"))
    yield from table(columns, failures)


def dashboard(board: RepositoryDashboard) -> Iterator[str]:
    standings = ", ".join(f"{number} {standing}" for standing, number in board.standings.items())
    yield f"{count(board.tests_known, 'test')}: {standings}; {board.quarantined} in quarantine, {board.proposed} proposed"
    yield (
        f"{count(board.days, 'day')}: {count(board.runs, 'run')}, {board.runs_failed} failed, {board.runs_infra} of them by the"
        f" infrastructure; {board.runs_turned_green} turned green again, {count(round(board.minutes_lost), 'minute')} lost"
    )
    yield from _titled("Worst tests", _ranking(board.worst_tests))
    clusters = [
        (_minute(one.last_seen_at), one.occurrence_count, one.test_count, one.kind, one.title) for one in board.clusters
    ]
    columns = (text("last seen"), number("failures"), number("tests"), text("kind"), rest("failure"))
    yield from _titled("Latest failures", table(columns, clusters))
    yield from _titled("Latest runs", _runs(board.latest_runs))
    days = [
        (one.day, one.runs, one.runs_failed, one.runs_infra, one.runs_turned_green, f"{one.flake_rate:.0%}", one.tests_failed)
        for one in board.trend
    ]  # fmt: skip
    headings = ("runs", "failed", "infra", "turned green", "flake rate", "tests failed")
    yield from _titled("By day", table((text("day"), *map(number, headings)), days))


def _titled(title: str, lines: Iterator[str]) -> Iterator[str]:
    if found := list(lines):
        yield from ("", f"{title}:", *found)


def _runs(runs: Sequence[LatestRun]) -> Iterator[str]:
    columns = (
        text("at"), number("run"), rest("workflow"), text("for"), text("commit"), text("conclusion"), number("tests"),
        number("failed"), text("infra"),
    )  # fmt: skip
    return table(
        columns,
        [
            (
                _minute(one.run_started_at),
                f"{one.run_id}.{one.run_attempt}",
                one.workflow_name,
                _ref(one.pull_number, one.head_branch),
                one.head_sha[:_SHA],
                one.conclusion,
                one.tests,
                one.failures,
                "infra" if one.is_infra else "",
            )
            for one in runs
        ],
    )


def performance(found: TestRunPerformance) -> Iterator[str]:
    if not found.jobs and not found.tests:
        yield _NOTHING
    jobs = [
        (one.workflow_name, one.variant, one.runs, f"{one.p50_seconds:.0f} s", f"{one.p95_seconds:.0f} s", _trend(one.trend))
        for one in found.jobs
    ]  # fmt: skip
    columns = (text("workflow"), rest("job"), number("runs"), number("p50"), number("p95"), number("trend"))
    yield from table(columns, jobs)
    if found.jobs and found.tests:
        yield ""
    tests = [
        (
            _name(_case(one.suite, one.class_name, one.name)),
            one.executions,
            _seconds(one.p50_ms),
            _seconds(one.p95_ms),
            _seconds(one.total_ms),
        )
        for one in found.tests
    ]
    figures = map(number, ("executions", "p50", "p95", "total"))
    yield from table((rest("test", is_name=True), *figures), tests)


def candidates(found: Sequence[QuarantineCandidate]) -> Iterator[str]:
    columns = (
        rest("test", is_name=True), number("score"), text("flake rate"), text("proofs"), number("runs hit"),
        number("pulls"), number("jobs"), number("minutes"), number("waited"), text("last flake"),
    )  # fmt: skip
    rows = [
        (
            _name(one.test.case),
            f"{one.test.score:.2f}",
            _rate(one.test.flake_rate, one.test.low, one.test.high),
            _grades(one.test.e1, one.test.e2, one.test.e3),
            one.impact.runs,
            one.impact.pulls,
            one.impact.jobs,
            f"{one.impact.minutes_lost + one.impact.minutes_rerun:.0f}",
            f"{one.impact.minutes_waited:.0f}",
            _day(one.test.last_flake_at),
        )
        for one in found
    ]
    yield from _explained(columns, rows, [[_proof(proof) for proof in one.proofs] for one in found])


def _proof(proof: ProofPair) -> str:
    failed = f"{proof.grade} {_minute(proof.at)}: failed in {proof.failed_run_id}.{proof.failed_run_attempt} {proof.failed_job}"
    if proof.passed_run_id is None:
        return failed
    return f"{failed}, passed in {proof.passed_run_id}.{proof.passed_run_attempt} {proof.passed_job}"


def _case(suite: str, class_name: str, name: str) -> CaseName:
    return CaseName(suite=suite, class_name=class_name, name=name)


def _name(case: CaseName) -> str:
    return f"{case.class_name}.{case.name}" if case.class_name else case.name


def _rate(rate: float, low: float, high: float) -> str:
    return f"{rate:.0%} ({low:.0%}–{high:.0%})"


def _grades(*counts: int) -> str:
    return " ".join(f"E{grade}×{count}" for grade, count in enumerate(counts, start=1) if count)


def _day(at: datetime | None) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d}"


def _minute(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M}"


def _seconds(milliseconds: float | None) -> str | None:
    return None if milliseconds is None else f"{milliseconds / 1000:.2f} s"


def _ref(pull: int | None, branch: str | None) -> str | None:
    return branch if pull is None else f"#{pull}"


def _issue(issue: int | None) -> str | None:
    return None if issue is None else f"#{issue}"


def _trend(trend: float | None) -> str | None:
    return None if trend is None else f"{trend - 1:+.0%}"
