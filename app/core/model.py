"""The words of the domain: what a test run leaves behind and what we think of it. Values only, no behaviour."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NewType

import msgspec

RepoId = NewType("RepoId", int)
"""Our own number of a repository (fg_repository.id), not GitHub's."""
AttemptId = NewType("AttemptId", int)
"""Our own number of one attempt of a workflow run (fg_workflow_run.id)."""
JobId = NewType("JobId", int)
"""Our own number of a job of one attempt (fg_job.id)."""
TestId = NewType("TestId", int)
"""Our own number of a test case (fg_test_case.id)."""
DecisionId = NewType("DecisionId", int)
"""Our own number of a quarantine decision (fg_quarantine_decision.id)."""


class Outcome(StrEnum):
    """How one execution of a test ended; the ENUM fg_outcome holds the same words."""

    PASSED = "passed"
    FAILED = "failed"
    ERROR = "error"
    SKIPPED = "skipped"

    is_bad: bool

    def __init__(self, word: str) -> None:
        # Asked of each of a run's hundreds of thousands of executions, several times: so it is no property.
        self.is_bad = word in {"failed", "error"}


def is_of_pull(event: str) -> bool:
    """Tell whether a run of that event belongs to a pull request, whatever its branch is called.

    A fork may name its branch like our default branch, and must not speak for it.
    """
    return event.startswith("pull_request")


class Source(StrEnum):
    """Where an execution was read; `implied` is a pass that a complete log proves by not naming the test."""

    REPORT = "report"
    LOG = "log"
    IMPLIED = "implied"


class Verdict(StrEnum):
    """What all executions of a test on one commit say together."""

    PASSED = "passed"
    FAILED = "failed"
    FLAKY = "flaky"
    SKIPPED = "skipped"


class Grade(StrEnum):
    """How strong a piece of evidence is, strongest first."""

    E1 = "E1"
    E2 = "E2"
    E3 = "E3"
    E4 = "E4"
    E5 = "E5"


class Standing(StrEnum):
    """Where a test stands with us."""

    HEALTHY = "healthy"
    SUSPECT = "suspect"
    FLAKY = "flaky"
    BROKEN = "broken"


class Recommendation(StrEnum):
    """What the score asks for."""

    NONE = "none"
    WARN = "warn"
    QUARANTINE = "quarantine"


class DecisionState(StrEnum):
    """The life of a quarantine decision; PROPOSED and ACTIVE are open, the others are ends."""

    PROPOSED = "PROPOSED"
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"
    DISMISSED = "DISMISSED"
    RESOLVED = "RESOLVED"


class CaseName(msgspec.Struct, frozen=True, kw_only=True, order=True, gc=False):
    """A test case's name within its repository, after normalisation: three columns, never one joined string."""

    suite: str
    class_name: str
    name: str


class TestResult(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One execution of a test as a report or a log tells it.

    A msgspec Struct and no dataclass, since a run leaves hundreds of thousands of them: one is made in an eighth of the time.
    `ordinal` counts the executions of the same test within one report from 1. `duration_ms` is in milliseconds.
    `file` is relative to the repository where that could be found out. Unknown values are None.
    """

    __test__ = False

    suite: str
    class_name: str
    name: str
    outcome: Outcome
    ordinal: int = 1
    file: str | None = None
    line: int | None = None
    duration_ms: int | None = None
    message: str | None = None
    stack_trace: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What one report file said. `repaired` means that it had to be mended before it could be read.

    `ended_ms` is when its tests ended, in milliseconds since 1970, where a format writes one file an execution: the
    order of such files' names says nothing about which attempt was the last.
    """

    format: str
    results: tuple[TestResult, ...]
    warnings: tuple[str, ...] = ()
    repaired: bool = False
    ended_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LogSteps:
    """What a job's log shows of the steps that failed.

    `with_failures` counts those in which tests failed, `bare` is what the first one without a failed test ran, None where
    there is none. `has_forgiven` where tests failed in steps that succeeded all the same. `tests_at` and `bare_at` are when
    the first of each kind had failed, None where the log has no times.
    """

    with_failures: int = 0
    bare: str | None = None
    has_forgiven: bool = False
    tests_at: datetime | None = None
    bare_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedStep:
    """A step that failed, as GitHub lists it: times in whole seconds, None where it tells none."""

    name: str
    started_at: datetime | None = None
    completed_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobLog:
    """What one job's log said.

    `runner` is None where no test runner was recognised. `complete` is True where each recognised test session printed
    its closing summary. `stopped_early` says in a few words why the runner did not run all of its tests (`--maxfail`,
    bail, interrupted, cancelled, timed out), `infra` names an infrastructure failure; both None where the log shows none.
    `unnamed_passes` counts the passes of which it gives the number only, as most runners do where they print dots.
    """

    runner: str | None
    results: tuple[TestResult, ...] = ()
    unnamed_passes: int = 0
    complete: bool = False
    stopped_early: str | None = None
    infra: str | None = None
    steps: LogSteps = LogSteps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The signatures of one failure, each an MD5 in hex.

    `strict` covers message and the project's own stack frames and is what clusters are made of; `loose` covers the
    message alone; `stack` the frames alone, None where there are none.
    """

    strict: str
    loose: str
    stack: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One attempt of one workflow run, as far as judging needs it. Unknown values are None.

    `at` is the attempt's start (GitHub's run_started_at). Jobs of the same name in two workflows are not the same job, so
    `workflow_id` (GitHub's) is part of what makes two runs comparable.
    """

    run_id: int
    run_attempt: int
    event: str
    head_sha: str
    base_sha: str | None
    tree_sha: str | None
    head_repository: str | None
    branch: str | None
    is_default_branch: bool
    pull: int | None
    at: datetime
    workflow_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution of one test with all that judging needs. `job` is the variant: job name with its matrix values.

    `is_implied` where it is a pass that a complete log proves by not naming the test, which may as well have been skipped.
    """

    attempt: Attempt
    job: str
    ordinal: int
    outcome: Outcome
    signature: str | None = None
    loose_signature: str | None = None
    duration_ms: int | None = None
    is_implied: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an execution stands: enough to find its row and to link to it."""

    run_id: int
    run_attempt: int
    job: str
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A pair of executions that proves (E1 to E3) or suggests (E4, E5) flakiness.

    `weight` is the grade's own, before decay. `at` is the failing attempt's start; `age` counts the test's runs since.
    `from_fork` is True where the failure was seen in another repository's code.
    """

    grade: Grade
    weight: float
    failed: Place
    passed: Place | None
    at: datetime
    age: int
    loose_signature: str | None
    head_sha: str
    pull: int | None
    from_fork: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """In which range of commits of the default branch a test became flaky or broken.

    It was well with `after` (None: as far as we look back, it may always have been so) and no more with `first`. `at` is
    when it was first seen; `runs_in_doubt` counts the runs in any of which it may have begun, 1 where that is sure.
    """

    after: str | None
    first: str
    at: datetime
    runs_in_doubt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Legs:
    """The jobs (with their matrix values) on which a test flakes only: in `flaked` of their `runs`, and in none of the others'."""

    jobs: tuple[str, ...]
    flaked: int
    runs: int
    others: int
    others_runs: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FlakeScore:
    """What we think of one test: a pure function of its window and the thresholds.

    `score` is 0..1 (how sure), `flake_rate` the share of the window's runs in which it flaked (how bad) with the 90 %
    interval `low`..`high`. `passes_needed` is how many fresh passes lead out of quarantine.
    """

    score: float
    flake_rate: float
    low: float
    high: float
    standing: Standing
    recommendation: Recommendation
    runs: int
    failures: int
    evidence: tuple[Evidence, ...]
    last_flake_at: datetime | None
    passes_since_flake: int
    passes_needed: int
    broken_since: str | None
    """Head sha of the first failing commit of a broken test."""
    since: Since | None = None
    """Where it became broken or, if it is none, flaky; None for a test that is neither."""
    legs: Legs | None = None
    """Where it flakes only; None where nothing can be said."""
