"""The rows that answers are made of, each field named as an agent is to read it."""

from datetime import datetime

from app.mcp.answer import Row, Theirs


class RepositoryRow(Row, frozen=True, kw_only=True):
    repo: str
    is_private: bool
    default_branch: Theirs


class FoundTest(Row, frozen=True, kw_only=True):
    test_id: int
    name: Theirs
    standing: str
    file: Theirs | None = None


class TestRow(FoundTest, frozen=True, kw_only=True):
    """Rates are shares of the test's latest `runs` runs; `flake_rate_low` and `_high` are its 90 % interval."""

    __test__ = False

    score: float
    flake_rate: float
    flake_rate_low: float | None = None
    flake_rate_high: float | None = None
    runs: int | None = None
    failed_runs: int
    last_flake_at: datetime | None = None
    last_failed_at: datetime | None = None
    owners: list[Theirs] | None = None
    quarantine: str | None = None
    quarantined_until: datetime | None = None
    issue_url: str | None = None


class TestFacts(TestRow, frozen=True, kw_only=True):
    """A test with what is known of it: the evidence by grade, and what leads out of quarantine."""

    __test__ = False

    line: int | None = None
    proofs: int
    hints: int
    passes_since_flake: int
    passes_needed: int
    broken_since_commit: str | None = None
    flakes_only_in_jobs: list[Theirs] | None = None
    decided_by: Theirs | None = None
    decision_reason: Theirs | None = None


class ExecutionRow(Row, frozen=True, kw_only=True):
    at: datetime
    outcome: str
    branch: Theirs | None = None
    pull_request: int | None = None
    job: Theirs
    run_id: int
    attempt: int
    commit: str
    duration_ms: int | None = None
    message: Theirs | None = None
    cluster_id: int | None = None
    url: str | None = None


class PairRow(Row, frozen=True, kw_only=True):
    grade: str
    means: str
    proves: bool
    at: datetime
    weight: float
    runs_since: int
    commit: str
    pull_request: int | None = None
    from_fork: bool
    failed_in_job: Theirs
    failed_attempt: str
    failed_url: str | None = None
    passed_in_job: Theirs | None = None
    passed_attempt: str | None = None
    passed_url: str | None = None


class CauseRow(Row, frozen=True, kw_only=True):
    cluster_id: int
    title: Theirs
    is_same: bool
    share_of_words: float
    kind: str
    standing: str | None = None
    failures: int
    tests: int
    first_seen_at: datetime
    last_seen_at: datetime
    issue_url: str | None = None


class PullFacts(Row, frozen=True, kw_only=True):
    """The commit that ran last. `need_a_look` counts the tests that the change may have broken; `failed_jobs` are those that failed of something else than a test that is told."""

    commit: str
    is_running: bool
    workflow_runs: int
    failed_tests: int
    need_a_look: int
    failed_jobs: list[Theirs] | None = None


class PullTestRow(FoundTest, frozen=True, kw_only=True):
    what: str
    why: str
    is_excused: bool
    line: int | None = None
    message: Theirs | None = None
    job: Theirs
    failed_in_jobs: int
    job_url: str | None = None
    issue_url: str | None = None


class RunIt(FoundTest, frozen=True, kw_only=True):
    """How to run a test alone. `repeat` is how often it takes to see its flake, with 95 % certainty."""

    command: Theirs | None = None
    line: int | None = None
    flake_rate: float
    repeat: int | None = None
    flakes_only_in_jobs: list[Theirs] | None = None
