"""What is told, as the JSON that goes out: docs/webhooks.md has an example of each event.

What came from tests, branches and people is data here like any other, only never long. Whoever shows it has to escape it.
"""

from datetime import datetime
from uuid import UUID

import msgspec

from app.core.hooks.hook import HookEvent
from app.core.hooks.links import Links
from app.core.model import CaseName, DecisionState, Evidence, Grade, Standing, TestId
from app.core.text import cut

MOST_BYTES = 25_000
MOST_TESTS = 10
_LONGEST_NAME = 300
_LONGEST_REASON = 500


class RepositoryTold(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is GitHub's number, `url` where it is there, `page` where it is with us."""

    owner: str
    name: str
    id: int
    url: str
    page: str | None


class TestTold(msgspec.Struct, frozen=True, kw_only=True):
    """`id` is our own number of the test, as in the API."""

    __test__ = False

    id: int
    suite: str
    class_name: str
    name: str
    file: str | None
    team: str | None
    page: str | None


class EvidenceTold(msgspec.Struct, frozen=True, kw_only=True):
    """The strongest pair of executions that proves or suggests the flake, the latest of those, with the addresses of their runs."""

    grade: Grade
    at: datetime
    head_sha: str
    commit_url: str
    failed_url: str
    passed_url: str | None


class StandingTold(msgspec.Struct, frozen=True, kw_only=True, rename={"before": "from", "after": "to"}):
    before: Standing
    after: Standing
    score: float
    flake_rate: float
    runs: int
    failures: int
    evidence: EvidenceTold | None


class QuarantineTold(msgspec.Struct, frozen=True, kw_only=True):
    """`by` is a person's login, or flakeguard where the policy's rules decided."""

    state: DecisionState
    by: str
    why: str
    until: datetime | None
    score: float


class IssueTold(msgspec.Struct, frozen=True, kw_only=True):
    """`tests` are the first of those that the issue tells of, `tests_total` says how many there are."""

    number: int
    url: str
    state: str
    reason: str | None
    by: str | None
    tests: tuple[TestTold, ...]
    tests_total: int


class IncidentTold(msgspec.Struct, frozen=True, kw_only=True):
    """An attempt in which so many tests failed that it says nothing about any of them."""

    run_id: int
    run_attempt: int
    workflow: str
    branch: str | None
    head_sha: str
    url: str
    page: str | None
    started_at: datetime
    tests: int
    failures: int


class Body(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One delivery. Which of the last five there are depends on the event."""

    event: HookEvent
    action: str
    delivery: UUID
    at: datetime
    repository: RepositoryTold
    test: TestTold | None = None
    standing: StandingTold | None = None
    quarantine: QuarantineTold | None = None
    issue: IssueTold | None = None
    incident: IncidentTold | None = None


def encode(body: Body) -> bytes:
    """Return the JSON of a body, of fewer than 25,000 bytes: tests of an issue give way where they are too long together."""
    raw = msgspec.json.encode(body)
    while len(raw) >= MOST_BYTES and body.issue is not None and body.issue.tests:
        fewer = body.issue.tests[: len(body.issue.tests) // 2]
        body = msgspec.structs.replace(body, issue=msgspec.structs.replace(body.issue, tests=fewer))
        raw = msgspec.json.encode(body)
    return raw


def decode(raw: bytes) -> Body:
    return msgspec.json.decode(raw, type=Body)


def tell_repository(external_id: int, links: Links) -> RepositoryTold:
    owner, _, name = links.full_name.partition("/")
    return RepositoryTold(owner=owner, name=name, id=external_id, url=links.repository, page=links.page(""))


def tell_test(test: TestId, case: CaseName, file: str | None, team: str | None, links: Links) -> TestTold:
    return TestTold(
        id=test,
        suite=short(case.suite),
        class_name=short(case.class_name),
        name=short(case.name),
        file=None if file is None else short(file),
        team=None if team is None else short(team),
        page=links.page(f"/tests/{test}"),
    )


def tell_evidence(one: Evidence, links: Links) -> EvidenceTold:
    return EvidenceTold(
        grade=one.grade,
        at=one.at,
        head_sha=one.head_sha,
        commit_url=links.commit(one.head_sha),
        failed_url=links.run(one.failed),
        passed_url=None if one.passed is None else links.run(one.passed),
    )


def short(text: str) -> str:
    """Return a name at a length at which all of a body's names fit into it."""
    return cut(text, _LONGEST_NAME)


def short_reason(text: str) -> str:
    return cut(text, _LONGEST_REASON)
