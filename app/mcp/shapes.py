"""What of the API's answers is used: fields that are not named here are overlooked, so that an older or newer server will do."""

from datetime import datetime
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class _Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A part of an answer."""


class Page(_Shape, Generic[T], frozen=True, kw_only=True):
    items: tuple[T, ...]
    next: str | None = None


class Repository(_Shape, frozen=True, kw_only=True):
    owner: str
    name: str
    is_private: bool
    default_branch: str


class Listed(_Shape, frozen=True, kw_only=True):
    """A test in a list."""

    id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    owners: tuple[str, ...]
    standing: str
    score: float
    flake_rate: float
    low: float | None
    high: float | None
    runs: int | None
    failures: int
    last_flake_at: datetime | None
    last_failed_at: datetime | None
    decision: str | None
    quarantined_until: datetime | None
    issue_url: str | None


class Legs(_Shape, frozen=True, kw_only=True):
    jobs: tuple[str, ...]


class Test(Listed, frozen=True, kw_only=True):
    """A test by itself."""

    __test__ = False

    line: int | None
    e1: int
    e2: int
    e3: int
    e4: int
    e5: int
    passes_since_flake: int
    passes_needed: int
    broken_since: str | None
    legs: Legs | None
    decided_by: str | None
    decision_reason: str | None


class Occurrence(_Shape, frozen=True, kw_only=True):
    """One execution."""

    run_id: int
    run_attempt: int
    variant: str
    head_sha: str
    branch: str | None
    pull_number: int | None
    at: datetime
    outcome: str
    duration_ms: int | None
    message: str | None
    cluster_id: int | None
    html_url: str


class Half(_Shape, frozen=True, kw_only=True):
    """One of the two executions of a pair."""

    run_id: int
    run_attempt: int
    job: str
    ordinal: int
    outcome: str | None
    html_url: str | None


class Pair(_Shape, frozen=True, kw_only=True):
    """A piece of evidence."""

    grade: str
    at: datetime
    weight: float
    age: int
    head_sha: str
    pull_number: int | None
    from_fork: bool
    failed: Half
    passed: Half | None


class Similar(_Shape, frozen=True, kw_only=True):
    """A cause that a failure reads like."""

    id: int
    title: str
    kind: str
    standing: str | None
    occurrence_count: int
    test_count: int
    first_seen_at: datetime
    last_seen_at: datetime
    issue_url: str | None
    share: float
    is_same: bool


class PullTest(_Shape, frozen=True, kw_only=True):
    test_id: int
    suite: str
    class_name: str
    name: str
    kind: str
    is_excused: bool
    standing: str
    decision: str | None
    flake_rate: float
    runs: int
    file: str | None
    line: int | None
    message: str | None
    seen_since: datetime | None
    other_pulls: int
    broken_since: str | None
    infra: str | None
    issue_url: str | None
    jobs: int
    job_name: str
    job_url: str | None


class PullJob(_Shape, frozen=True, kw_only=True):
    workflow: str
    job_name: str
    job_url: str | None
    reason: str
    why: str


class Pull(_Shape, frozen=True, kw_only=True):
    """What the latest commit of a pull request failed of."""

    head_sha: str | None
    is_running: bool
    runs: int
    failed_tests: int
    tests: tuple[PullTest, ...]
    jobs: tuple[PullJob, ...]
