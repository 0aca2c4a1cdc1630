"""What is told of each thing: the API's values as rows of an answer, in words that an agent can go on with."""

from collections.abc import Sequence
from math import ceil, log
from typing import Any
from urllib.parse import urlsplit

from app.core.counts import count
from app.core.grades import GRADES
from app.core.model import CaseName, Grade
from app.core.pull_report import name_of
from app.core.reproduce import reproduce
from app.mcp import shapes
from app.mcp.answer import MESSAGE, NAME, Theirs
from app.mcp.rows import (
    CauseRow,
    ExecutionRow,
    FoundTest,
    PairRow,
    PullFacts,
    PullTestRow,
    RepositoryRow,
    RunIt,
    TestFacts,
    TestRow,
)

_LONGEST_URL = 500
_MOST_IN_A_ROW = 8
"""Owners and jobs that are named of one thing; a row is read whole, or not at all."""
_MOST_REPEATS = 2_000
_SURE = 0.95


_NEED_A_LOOK = ("new", "new way", "consistent", "touched")
_PROVES = ("E1", "E2", "E3")
_WHAT = {
    "new": ("new failure", "nothing is known of it: the change may be the cause"),
    "new way": ("flaky, but never failed like this", "the test is flaky, and this failure is another one: it may be a regression"),
    "consistent": ("flaky, but fails each time here", "the test is flaky, and failed at every try on this commit: it may be a regression"),
    "touched": ("flaky, but its file is changed", "the pull request changes the test's own file"),
    "shared": ("failed alike with many others", "so many tests failed alike that the cause is none of theirs: run the jobs again to tell"),
    "infra": ("its machine failed", "the job's log shows that the machine failed: run the job again"),
    "broken": ("broken on the default branch", "the default branch fails it, too"),
    "known": ("known flake", "it was proven to fail in this way on code that passes: run the job again"),
    "quarantined": ("in quarantine", "a maintainer put it in quarantine: it does not count"),
}  # fmt: skip


def name_theirs(one: shapes.Listed | shapes.PullTest) -> Theirs:
    return Theirs(name_of(_case(one)), longest=NAME)


def _case(one: shapes.Listed | shapes.PullTest) -> CaseName:
    return CaseName(suite=one.suite, class_name=one.class_name, name=one.name)


def _if_any(text: str | None) -> Theirs | None:
    return Theirs(text) if text else None


def _all(texts: Sequence[str]) -> list[Theirs] | None:
    return [Theirs(one) for one in texts[:_MOST_IN_A_ROW]] or None


def _link(url: str | None) -> str | None:
    """Return the address of a page on GitHub; what is none, or could be read as words, is nothing to go to."""
    if url is None or len(url) > _LONGEST_URL or not url.isascii() or not url.isprintable() or set(' <>"`') & set(url):
        return None
    return url if urlsplit(url).scheme in ("http", "https") else None


def _rounded(share: float | None) -> float | None:
    return None if share is None else round(share, 4)


def repository(one: shapes.Repository) -> RepositoryRow:
    return RepositoryRow(
        repo=f"{one.owner}/{one.name}", is_private=one.is_private, default_branch=Theirs(one.default_branch)
    )


def found_test(one: shapes.Listed) -> FoundTest:
    return FoundTest(test_id=one.id, name=name_theirs(one), standing=one.standing, file=_if_any(one.file))


def test_row(one: shapes.Listed) -> TestRow:
    return TestRow(**_listed(one))


def _listed(one: shapes.Listed) -> dict[str, Any]:
    return {
        "test_id": one.id,
        "name": name_theirs(one),
        "standing": one.standing,
        "file": _if_any(one.file),
        "score": round(one.score, 4),
        "flake_rate": round(one.flake_rate, 4),
        "flake_rate_low": _rounded(one.low),
        "flake_rate_high": _rounded(one.high),
        "runs": one.runs,
        "failed_runs": one.failures,
        "last_flake_at": one.last_flake_at,
        "last_failed_at": one.last_failed_at,
        "owners": _all(one.owners),
        "quarantine": one.decision,
        "quarantined_until": one.quarantined_until,
        "issue_url": _link(one.issue_url),
    }


def test_facts(one: shapes.Test) -> TestFacts:
    return TestFacts(
        **_listed(one),
        line=one.line,
        proofs=one.e1 + one.e2 + one.e3,
        hints=one.e4 + one.e5,
        passes_since_flake=one.passes_since_flake,
        passes_needed=one.passes_needed,
        broken_since_commit=one.broken_since,
        flakes_only_in_jobs=_all(one.legs.jobs) if one.legs else None,
        decided_by=_if_any(one.decided_by),
        decision_reason=_if_any(one.decision_reason),
    )


def execution(one: shapes.Occurrence) -> ExecutionRow:
    return ExecutionRow(
        at=one.at,
        outcome=one.outcome,
        branch=_if_any(one.branch),
        pull_request=one.pull_number,
        job=Theirs(one.variant),
        run_id=one.run_id,
        attempt=one.run_attempt,
        commit=one.head_sha,
        duration_ms=one.duration_ms,
        message=_if_any(one.message),
        cluster_id=one.cluster_id,
        url=_link(one.html_url),
    )


def pair(one: shapes.Pair) -> PairRow:
    passed = one.passed
    return PairRow(
        grade=one.grade,
        means=GRADES[Grade(one.grade)] if one.grade in set(Grade) else "",
        proves=one.grade in _PROVES,
        at=one.at,
        weight=one.weight,
        runs_since=one.age,
        commit=one.head_sha,
        pull_request=one.pull_number,
        from_fork=one.from_fork,
        failed_in_job=Theirs(one.failed.job),
        failed_attempt=_attempt(one.failed),
        failed_url=_link(one.failed.html_url),
        passed_in_job=Theirs(passed.job) if passed else None,
        passed_attempt=_attempt(passed) if passed else None,
        passed_url=_link(passed.html_url) if passed else None,
    )


def _attempt(one: shapes.Half) -> str:
    return f"run {one.run_id}, attempt {one.run_attempt}, execution {one.ordinal}"


def cause(one: shapes.Similar) -> CauseRow:
    return CauseRow(
        cluster_id=one.id,
        title=Theirs(one.title),
        is_same=one.is_same,
        share_of_words=round(one.share, 2),
        kind=one.kind,
        standing=one.standing,
        failures=one.occurrence_count,
        tests=one.test_count,
        first_seen_at=one.first_seen_at,
        last_seen_at=one.last_seen_at,
        issue_url=_link(one.issue_url),
    )


def pull_facts(one: shapes.Pull) -> PullFacts:
    return PullFacts(
        commit=one.head_sha or "",
        is_running=one.is_running,
        workflow_runs=one.runs,
        failed_tests=one.failed_tests,
        need_a_look=sum(test.kind in _NEED_A_LOOK for test in one.tests),
        failed_jobs=_all([f"{job.workflow} / {job.job_name}: {job.why}" for job in one.jobs]),
    )


def pull_test(one: shapes.PullTest) -> PullTestRow:
    what, why = _WHAT.get(one.kind, (one.kind, ""))
    return PullTestRow(
        test_id=one.test_id,
        name=name_theirs(one),
        standing=one.standing,
        file=_if_any(one.file),
        what=what,
        why=why + _seen_elsewhere(one),
        is_excused=one.is_excused,
        line=one.line,
        message=Theirs(one.message, longest=MESSAGE, has_lines=True) if one.message else None,
        job=Theirs(one.job_name),
        failed_in_jobs=one.jobs,
        job_url=_link(one.job_url),
        issue_url=_link(one.issue_url),
    )


def _seen_elsewhere(one: shapes.PullTest) -> str:
    """Say what else speaks for or against the change."""
    rate = f"; it flakes in {one.flake_rate:.0%} of its runs" if one.flake_rate else ""
    number = one.other_pulls
    others = f"; {count(number, 'other pull request')} failed in these words" if number else ""
    return rate + others


def run_it(one: shapes.Test) -> RunIt:
    command = reproduce(_case(one), one.file)
    return RunIt(
        test_id=one.id,
        name=name_theirs(one),
        standing=one.standing,
        file=_if_any(one.file),
        command=Theirs(command, longest=NAME, has_lines=True) if command else None,
        line=one.line,
        flake_rate=round(one.flake_rate, 4),
        repeat=_repeats(one.flake_rate),
        flakes_only_in_jobs=_all(one.legs.jobs) if one.legs else None,
    )


def _repeats(rate: float) -> int | None:
    """Return how often a test that flakes in such a share of its runs is run until it fails once, with 95 % certainty."""
    if not 0 < rate < 1:
        return None
    needed = ceil(log(1 - _SURE) / log(1 - rate))
    return needed if needed <= _MOST_REPEATS else None
