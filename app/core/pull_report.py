"""What a commit's failures come to for people: one entry a test, however many jobs it failed in, and one headline."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import assert_never
from urllib.parse import quote

from app.core.counts import all_of, be, count, noun
from app.core.model import CaseName
from app.core.text import code, code_link, shown
from app.core.verdict import Conclusion, Explained, FailedTest, HeadVerdict, Kind, Reason, RunView

LONGEST_PATH = 300
"""Longer paths are no places that people look at, and would fill what we write with their addresses."""

A_SHARED_CAUSE = ": a shared service was away, or this change breaks them all. Run the failed jobs again to tell."
SO_ELSEWHERE = ", and so they did on other pull requests: probably not your change. Run the failed jobs again."

_WORST_FIRST = tuple(Kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedIn:
    """A failed test together with the job that it failed in."""

    job: Explained
    test: FailedTest


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedCase:
    """A test case with all jobs that it failed in, the worst of them first."""

    case: CaseName
    failures: tuple[FailedIn, ...]

    @property
    def worst(self) -> FailedIn:
        return self.failures[0]

    @property
    def kind(self) -> Kind:
        return self.worst.test.kind


def failed_cases(verdict: HeadVerdict) -> tuple[FailedCase, ...]:
    """Return the failed tests, the most alarming first, in an order that depends on nothing but them."""
    failures: defaultdict[CaseName, list[FailedIn]] = defaultdict(list)
    for job, test in verdict.failed_tests:
        failures[test.case].append(FailedIn(job=job, test=test))
    cases = [FailedCase(case=case, failures=tuple(sorted(own, key=_rank))) for case, own in failures.items()]
    return tuple(sorted(cases, key=lambda one: (_WORST_FIRST.index(one.kind), one.case)))


def _rank(one: FailedIn) -> tuple[object, ...]:
    return _WORST_FIRST.index(one.test.kind), one.job.job.name, one.job.run.run_id


def other_troubles(verdict: HeadVerdict) -> tuple[Explained, ...]:
    """Return the failed jobs that would fail the check whatever their tests are, in their order."""
    told = (Reason.UNEXCUSED, Reason.SHARED, Reason.KNOWN_FLAKES)
    return tuple(one for one in verdict.failed_jobs if one.reason not in told)


def shared_cause(cases: Iterable[FailedCase]) -> str:
    """Say what made many tests fail alike, and what to do. That other changes failed in the same way speaks for this one."""
    alike = [one.worst.test for one in cases if one.kind is Kind.SHARED]
    return SO_ELSEWHERE if all(test.other_pulls for test in alike) else A_SHARED_CAUSE


def headline(verdict: HeadVerdict) -> str:
    """Say the verdict in one sentence, without Markdown."""
    failed = failed_cases(verdict)
    match verdict.conclusion:
        case None:
            return f"Still running; so far {count(len(failed), 'test')} failed." if failed else "Still running."
        case Conclusion.SUCCESS:
            return f"Good to go: {all_of(len(failed), 'failed test')} in quarantine." if failed else "Every job passed."
        case Conclusion.NEUTRAL if not verdict.runs:
            return "No workflow ran."
        case Conclusion.NEUTRAL:
            return f"Probably not your change: {all_of(len(failed), 'failed test')} known to be flaky."
        case Conclusion.FAILURE:
            return _bad_news(verdict, [one for one in failed if not one.kind.is_excused])
        case _:
            assert_never(verdict.conclusion)


def _bad_news(verdict: HeadVerdict, unexcused: Sequence[FailedCase]) -> str:
    if not verdict.runs:
        return "No workflow ran, and this pull request changes the workflows."
    kinds = Counter(one.kind for one in unexcused)
    shared, lost, broken = kinds[Kind.SHARED], kinds[Kind.INFRA], kinds[Kind.BROKEN]
    own = len(unexcused) - shared - lost
    if own:
        return _need_a_look(own - broken, broken) + _beside(shared, lost) + _beside_jobs(verdict)
    if shared:
        return f"{count(shared, 'test')} failed alike{shared_cause(unexcused)}{_beside(0, lost)}{_beside_jobs(verdict)}"
    return _no_test_to_look_at(verdict)


def _no_test_to_look_at(verdict: HeadVerdict) -> str:
    """Say what is wrong where no failed test needs a look: a job, or a run."""
    troubles = other_troubles(verdict)
    reasons = {one.reason for one in troubles}
    if reasons == {Reason.INFRA} and not verdict.loose_ends:
        machines = "A machine" if len(troubles) == 1 else "The machines"
        return f"{machines} failed, not the tests: run the failed jobs again."
    if reasons == {Reason.INCOMPLETE} and not verdict.loose_ends:
        return "The known flakes excuse nothing here: a report is incomplete and may hide other failures."
    if reasons == {Reason.OTHER_STEP} and not verdict.loose_ends:
        return "The known flakes excuse nothing here: another step failed beside the tests."
    if reasons == {Reason.NOT_ENDED}:
        ends = {one.job.conclusion for one in troubles}
        return (
            "CI was cancelled." if ends == {"cancelled"} else f"{count(len(troubles), 'job')} did not come to an end."
        )
    if troubles:
        return f"{count(len(troubles), 'job')} failed without a failed test."
    ends_badly = len(verdict.loose_ends)
    return f"{count(ends_badly, 'workflow run')} did not end well, though no test failed."


def _beside_jobs(verdict: HeadVerdict) -> str:
    """Tell of the jobs that fail the check whatever the tests are: who looks at the tests alone would miss them."""
    jobs = len(other_troubles(verdict))
    return f" {count(jobs, 'more job')} failed for another reason." if jobs else ""


def _need_a_look(new: int, broken: int) -> str:
    """Keep what the default branch has broken apart: nobody finds it in the changes of a pull request."""
    elsewhere = f"{be(broken)} broken on the default branch"
    if not new:
        return f"{count(broken, 'failed test')} {elsewhere}."
    look = f"{count(new, 'failed test')} {noun(new, 'needs', 'need')} a look"
    return f"{look}, and {broken} more {elsewhere}." if broken else f"{look}."


def _beside(shared: int, lost: int) -> str:
    """Tell of the tests that failed by no doing of their own."""
    alike = f" {shared} more failed by one cause." if shared else ""
    return f"{alike} {lost} more failed with their machine." if lost else alike


def name_of(case: CaseName) -> str:
    """Return a test's name for people: class and name, the suite only where there is no class."""
    front = case.class_name or case.suite
    return f"{front}.{case.name}" if front else case.name


def job_link(one: Explained) -> str:
    """Return the job's name in code, a link to its page where there is one."""
    return code_link(one.job.name, one.job.url, limit=80) if one.job.url else code(one.job.name, limit=80)


def attempt_url(run: RunView, attempt: int) -> str:
    return f"{run.url}/attempts/{attempt}"


def line_link(run: RunView, head_sha: str, test: FailedTest) -> str | None:
    """Return the place of the failure in code, a link to that line of the commit; None where only the log knows it.

    The address of a run is that of its repository and `/actions/runs/ID`.
    """
    if test.file is None:
        return f"line {test.log_line} of its log" if test.log_line else None
    at, anchor = (f"{test.file}:{test.line}", f"#L{test.line}") if test.line else (test.file, "")
    if not is_in_repository(test.file):
        return code(at, limit=150)
    repository, _, _ = run.url.partition("/actions/runs/")
    return code_link(at, f"{repository}/blob/{head_sha}/{quote(test.file, errors='replace')}{anchor}", limit=150)


def is_in_repository(file: str) -> bool:
    """Tell whether a path that a report names is one within the repository: `..` would lead to others' pages.

    A path that people could not see as it is, for what it holds of line breaks or unseen characters, is none.
    """
    if len(file) > LONGEST_PATH or shown(file) != file:
        return False
    return not any(part in ("", ".", "..") for part in file.replace("\\", "/").split("/"))
