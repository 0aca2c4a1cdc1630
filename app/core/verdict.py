"""What all runs of a commit say together: is every failure explained? Fails closed."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from app.core.counts import all_of, be, count, noun
from app.core.model import CaseName, DecisionState, Grade, Legs, Since, Standing
from app.core.text import code

COVERED_EVENTS = frozenset({"push", "pull_request", "pull_request_target", "merge_group"})

_PASSED = frozenset({"success", "skipped", "neutral"})


class Kind(StrEnum):
    """What a failed test is to whoever reads about it, the most alarming first."""

    NEW = "new"
    NEW_WAY = "new way"
    CONSISTENT = "consistent"
    TOUCHED = "touched"
    SHARED = "shared"
    INFRA = "infra"
    BROKEN = "broken"
    KNOWN = "known"
    QUARANTINED = "quarantined"

    @property
    def is_excused(self) -> bool:
        return self in (Kind.KNOWN, Kind.QUARANTINED)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownProof:
    """A piece of evidence as people see it: where it failed and passed, as links to the attempt's job with the log's line.

    Both are Markdown, None where there is nothing to see.
    """

    grade: Grade
    at: datetime
    failed: str | None
    passed: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedTest:
    """A test whose last execution in a job failed.

    `is_known_way` is True where this failure's loose signature occurred in an earlier proven flake of the test, other
    than on this very pull request, or was accepted by a maintainer. `is_touched` is True where the pull request changes
    the test's file, by all that is known of it. `broken_since` is the first commit of the default branch with which a broken test failed, None where
    it never passed on pull requests alone. `is_consistent` is True where it failed in three attempts or more on this very commit and passed in
    none. `log_line` is the line of the job's log. Addresses are None where there is nothing to link to. `proofs` are
    why it is held to be flaky, latest first; `seen_since` says since when it fails in this way, `other_pulls` on how
    many other pull requests it did. `since` is where it became flaky or broken, `legs` where it flakes only. `is_shared` is True where
    so many tests of its attempt failed, or failed in this `way` (a loose signature), that the cause is none of theirs. `infra` is
    what the machine failed of, None where the job's log shows no such thing. `cost` and `guards` say in Markdown what it has cost and caught when its quarantine was proposed.
    `judged_at` is the start of the latest attempt that the score, the rate and the runs are of.
    """

    test_id: int
    case: CaseName
    standing: Standing
    decision: DecisionState | None
    score: float
    flake_rate: float
    runs: int
    is_known_way: bool
    is_touched: bool
    broken_since: str | None
    message: str | None
    file: str | None
    line: int | None
    log_line: int | None
    issue_url: str | None
    proposal_id: int | None = None
    is_consistent: bool = False
    proofs: tuple[ShownProof, ...] = ()
    seen_since: datetime | None = None
    other_pulls: int = 0
    since: Since | None = None
    legs: Legs | None = None
    is_shared: bool = False
    way: str | None = None
    infra: str | None = None
    cost: str = ""
    guards: str = ""
    judged_at: datetime | None = None

    @property
    def kind(self) -> Kind:
        """Return what it is. Excused is only a known way to fail, now and then, of a test that is flaky or in quarantine."""
        if self.standing is Standing.BROKEN and self.broken_since:
            return Kind.BROKEN
        # What fails each time it is tried is no machine that died, and no shared service that was away for a while.
        if self.infra is not None and not self.is_consistent:
            return Kind.INFRA
        is_shared = self.is_shared and not self.is_consistent
        is_quarantined = self.decision is DecisionState.ACTIVE and self.standing is not Standing.BROKEN
        if not is_quarantined and self.standing is not Standing.FLAKY:
            return Kind.SHARED if is_shared else Kind.NEW
        if self.is_touched:
            return Kind.TOUCHED
        if not self.is_known_way:
            return Kind.SHARED if is_shared else Kind.NEW_WAY
        if self.is_consistent:
            return Kind.CONSISTENT
        return Kind.QUARANTINED if is_quarantined else Kind.KNOWN


@dataclass(frozen=True, slots=True, kw_only=True)
class JobView:
    """The latest attempt of a job. `missing` says what is wrong with its report, None where that is complete.

    `stopped` is a note on an early stop or on what could not be read, `infra` the name of an infrastructure failure. `other_step` failed although
    none of its tests did.
    """

    name: str
    status: str
    conclusion: str | None
    url: str | None
    attempt: int
    has_results: bool
    missing: str | None
    note: str | None
    infra: str | None
    failed_step: str | None
    failed: tuple[FailedTest, ...]
    other_step: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A workflow run of the commit with the latest attempt of each of its jobs."""

    run_id: int
    attempt: int
    workflow: str
    event: str
    status: str
    conclusion: str | None
    url: str
    is_read: bool
    jobs: tuple[JobView, ...]

    @property
    def is_running(self) -> bool:
        """A run is running to us until what it left behind is read, too."""
        return self.status != "completed" or not self.is_read


class Reason(StrEnum):
    """Why a failed job is explained, or is not."""

    KNOWN_FLAKES = "known flakes"
    INFRA = "infra"
    NOT_ENDED = "not ended"
    NO_RESULTS = "no results"
    NO_FAILED_TEST = "no failed test"
    INCOMPLETE = "incomplete"
    SHARED = "shared"
    UNEXCUSED = "unexcused"
    OTHER_STEP = "other step"


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """A failed job with the answer to the only question that counts; `why` is a sentence's end, in Markdown."""

    run: RunView
    job: JobView
    reason: Reason
    why: str

    @property
    def is_explained(self) -> bool:
        return self.reason is Reason.KNOWN_FLAKES


class Conclusion(StrEnum):
    """How a check run of ours ends, in GitHub's words."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadVerdict:
    """What we say of a commit. `conclusion` is None while a run is running."""

    conclusion: Conclusion | None
    runs: tuple[RunView, ...]
    failed_jobs: tuple[Explained, ...]
    loose_ends: tuple[str, ...]
    """Runs that did not succeed although no job of theirs failed, a sentence of Markdown each."""

    @property
    def failed_tests(self) -> tuple[tuple[Explained, FailedTest], ...]:
        return tuple((one, test) for one in self.failed_jobs for test in one.job.failed)


class NoRuns(StrEnum):
    """What it means that a commit has no run."""

    WAITING = "waiting"
    NONE_CAME = "none came"
    WORKFLOWS_CHANGED = "workflows changed"


def decide(runs: Sequence[RunView], no_runs: NoRuns, *, is_blind: bool = False, is_cut: bool = False) -> HeadVerdict:
    """Decide about a commit. Only runs of the events that are covered count; `no_runs` matters where there is none.

    With no run after the wait it is neutral; or a failure if the workflows were changed, since they may have been
    changed so that none runs. `is_blind` is where we may not read of which pull request it is, and what that changes: then
    no failure is excused. `is_cut` is where the commit has more runs than GitHub lists.
    """
    covered = tuple(run for run in runs if run.event in COVERED_EVENTS)
    failed = tuple(one for run in covered for one in _failed_jobs(run))
    ends = tuple(end for run in covered if not run.is_running for end in _loose_ends(run))
    if is_blind and any(one.is_explained for one in failed):
        ends += ("which files the pull request changes may not be read, so nothing is excused",)
    if is_cut:
        ends += ("GitHub does not list all of its runs, so one that failed may be missing",)
    return HeadVerdict(
        conclusion=_conclude(covered, failed, ends) if covered or is_cut else _without_runs(no_runs),
        runs=covered,
        failed_jobs=failed,
        loose_ends=ends,
    )


def _without_runs(no_runs: NoRuns) -> Conclusion | None:
    match no_runs:
        case NoRuns.WAITING:
            return None
        case NoRuns.NONE_CAME:
            return Conclusion.NEUTRAL
        case NoRuns.WORKFLOWS_CHANGED:
            return Conclusion.FAILURE
        case _:
            assert_never(no_runs)


def _conclude(runs: Iterable[RunView], failed: Sequence[Explained], ends: Sequence[str]) -> Conclusion | None:
    if any(run.is_running for run in runs):
        return None
    if ends or not all(one.is_explained for one in failed):
        return Conclusion.FAILURE
    kinds = {test.kind for one in failed for test in one.job.failed}
    return Conclusion.NEUTRAL if Kind.KNOWN in kinds else Conclusion.SUCCESS


def _failed_jobs(run: RunView) -> Iterator[Explained]:
    # A job that failed in a run that succeeded was allowed to fail.
    if run.conclusion == "success":
        return
    for job in run.jobs:
        if job.status == "completed" and job.conclusion not in _PASSED:
            reason, why = _explain(job)
            yield Explained(run=run, job=job, reason=reason, why=why)


def _explain(job: JobView) -> tuple[Reason, str]:
    if job.infra is not None:
        return Reason.INFRA, _machine_failed(job, code(job.infra, limit=80))
    if job.conclusion != "failure":
        return Reason.NOT_ENDED, f"it {_ended_as(job.conclusion)}"
    if not job.has_results:
        return Reason.NO_RESULTS, f"it left no test results{_at_step(job)}"
    if not job.failed:
        return Reason.NO_FAILED_TEST, f"no test of it failed{_at_step(job)}"
    if job.missing is not None:
        return Reason.INCOMPLETE, job.missing
    open_tests = [test for test in job.failed if not test.kind.is_excused]
    unexcused = {test.case for test in open_tests}
    if unexcused and all(test.kind is Kind.SHARED for test in open_tests):
        return Reason.SHARED, f"{len(unexcused)} of its tests failed alike: run it again"
    if unexcused:
        return Reason.UNEXCUSED, _not_excused(len(unexcused), len({test.case for test in job.failed}))
    if job.other_step is not None:
        return Reason.OTHER_STEP, f"beside its tests the step {code(job.other_step, limit=80)} failed"
    return Reason.KNOWN_FLAKES, _excused(job)


def _excused(job: JobView) -> str:
    """Say by what: a known flake outside quarantine makes the check neutral, which quarantine alone does not."""
    number = len({test.case for test in job.failed})
    known = len({test.case for test in job.failed if test.kind is Kind.KNOWN})
    tests = all_of(number, "failed test")
    if not known:
        return f"{tests} in quarantine"
    flakes = f"{tests} {noun(number, 'a known flake', 'known flakes')}"
    return (
        f"{flakes}, not in quarantine"
        if known == number
        else f"{flakes}, of which {known} {be(known)} not in quarantine"
    )


def _not_excused(number: int, of: int) -> str:
    if of == 1:
        return "its failed test is not excused"
    return f"{number} of {of} failed tests {be(number)} not excused"


def _machine_failed(job: JobView, name: str) -> str:
    if any(test.is_consistent for test in job.failed):
        return f"the machine failed ({name}), and tests fail in it at every try: the change may be the cause"
    lost = {test.case for test in job.failed if test.kind is Kind.INFRA}
    tests = f", and with it {count(len(lost), 'test')}" if lost else ""
    return f"the machine failed, not the code ({name}){tests}: run it again"


def _at_step(job: JobView) -> str:
    return f"; step {code(job.failed_step, limit=80)} failed" if job.failed_step else ""


_ENDS = {
    "cancelled": "was cancelled",
    "timed_out": "ran out of time",
    "action_required": "waits for somebody's approval",
    "startup_failure": "could not start",
    "stale": "was given up by GitHub",
    None: "never ended",
}


def _ended_as(conclusion: str | None) -> str:
    return _ENDS.get(conclusion, f"ended as {code(str(conclusion), limit=40)}")


def _loose_ends(run: RunView) -> Iterator[str]:
    """Find what went wrong with a run beside its failed jobs, and so is explained by no test of theirs.

    A run that was cancelled may have skipped its other jobs, and skipped jobs count as passed: the run itself counts.
    """
    name = code(run.workflow, limit=80)
    if run.conclusion == "success":
        return
    if run.conclusion != "failure" and run.conclusion not in _PASSED:
        if any(job.conclusion == run.conclusion for job in run.jobs):
            # That job is told of, and fails the check by itself.
            return
        yield f"{name} {_ended_as(run.conclusion)}"
    elif any(job.status != "completed" for job in run.jobs):
        yield f"{name} ended, and how some of its jobs did is not known"
    elif run.conclusion == "failure" and all(job.conclusion in _PASSED for job in run.jobs):
        yield f"{name} failed without a failed job"


def latest_jobs(attempts: Iterable[Sequence[JobView]]) -> tuple[JobView, ...]:
    """Return the latest attempt of each job, from all attempts of a run, oldest first: a re-run may run only some."""
    latest: dict[str, list[JobView]] = {}
    for jobs in attempts:
        for name in dict.fromkeys(job.name for job in jobs):
            latest[name] = [job for job in jobs if job.name == name]
    return tuple(job for name in latest for job in latest[name])
