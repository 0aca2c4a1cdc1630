"""What the issue of a flaky test can be about, an example each."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from app.core.causes import Behaviour, FailureSeen, guess
from app.core.issue import IssueFacts, key_of
from app.core.issue_life import passes_to_end
from app.core.issue_tables import Peer, Told, Week
from app.core.model import CaseName, DecisionState, Evidence, Grade, Legs, Place, Since, Standing
from app.core.order import OrderDependence
from app.core.reproduce import reproduce
from app.core.score import passes_needed
from app.core.seen import SeenAt, Sights
from docs.comment.values import BEFORE, BROKE, RUNS, TODAY

JOB = "test (3.12)"
FLAKED = datetime(2026, 2, 26, 9, 40, tzinfo=UTC)
MESSAGE = "TimeoutError: no suggestions within 5 s"
TRACE = f"""tests/test_search.py:58: in test_search_suggests
    page.wait_for(".suggestion", timeout=5)
shop/browser.py:112: in wait_for
    raise TimeoutError(f"no suggestions within {{timeout}} s")
{MESSAGE}"""


@dataclass(frozen=True, slots=True, kw_only=True)
class IssueSituation:
    """An issue, and in one sentence when it says this."""

    title: str
    when: str
    facts: IssueFacts


def _evidence(run: int, at: datetime, age: int, grade: Grade = Grade.E2) -> Evidence:
    place = Place(run_id=run, run_attempt=1, job=JOB, ordinal=1)
    return Evidence(
        grade=grade,
        weight=1.0,
        failed=place,
        passed=replace(place, run_attempt=2),
        at=at,
        age=age,
        loose_signature=None,
        head_sha=f"{run}c2d41f0b",
        pull=None,
        from_fork=False,
    )


_SEEN = (
    _evidence(790, FLAKED, 4),
    _evidence(731, FLAKED - timedelta(days=7), 16),
    _evidence(655, FLAKED - timedelta(days=15), 31),
)
_CAUSE = Behaviour(
    failures=[FailureSeen(message=MESSAGE, stack_trace=None, duration_ms=5_040, at=one.at) for one in _SEEN],
    pass_durations=[420, 390, 460],
)
_FACTS = IssueFacts(
    key=key_of(1, 1),
    case=CaseName(suite="pytest", class_name="tests.test_search", name="test_search_suggests"),
    file="tests/test_search.py",
    owner="@acme/search",
    standing=Standing.FLAKY,
    score=0.87,
    flake_rate=0.06,
    low=0.02,
    high=0.14,
    runs=50,
    window=50,
    failures=3,
    evidence=_SEEN,
    passes_since_flake=4,
    passes_needed=passes_to_end(decided=0.06, goal=None, current=0.06, window=50),
    last_flake_at=FLAKED,
    broken_since=None,
    decision=None,
    until=None,
    message=MESSAGE,
    stack_trace=TRACE,
    sights=Sights(
        places={_SEEN[0].failed: SeenAt(job_url=f"{RUNS}/790/job/3902", log_line=1204)},
        run_url=lambda run, attempt: f"{RUNS}/{run}/attempts/{attempt}",
    ),
    since=Since(after=BEFORE, first=BROKE, at=_SEEN[-1].at, runs_in_doubt=3),
    cause=guess(_CAUSE),
    judged_at=TODAY,
)


def _peer(name: str, rate: float, passes: int) -> Peer:
    return Peer(
        case=CaseName(suite="pytest", class_name="tests.test_search", name=name),
        standing=Standing.FLAKY,
        flake_rate=rate,
        runs=50,
        passes=passes,
        needed=passes_needed(rate),
        decision=None,
        until=None,
    )


_ORDER = OrderDependence(
    others=(CaseName(suite="pytest", class_name="tests.test_admin", name="test_clears_the_index"),),
    is_polluted=True,
    failing=8,
    passing=20,
)

ISSUES = (
    IssueSituation(
        title="A newly opened issue",
        when="The test has become flaky; the issue is edited in place from then on.",
        facts=_FACTS,
    ),
    IssueSituation(
        title="The test is in quarantine",
        when="A maintainer has accepted the quarantine; the test flakes on one leg of the matrix only.",
        facts=replace(
            _FACTS,
            decision=DecisionState.ACTIVE,
            until=TODAY + timedelta(days=30),
            legs=Legs(jobs=(JOB,), flaked=3, runs=50, others=2, others_runs=100),
        ),
    ),
    IssueSituation(
        title="The test is broken",
        when="The test was flaky, and has failed in every run of the default branch since a commit.",
        facts=replace(
            _FACTS,
            standing=Standing.BROKEN,
            broken_since=BROKE,
            since=Since(after=BEFORE, first=BROKE, at=TODAY - timedelta(days=2), runs_in_doubt=1),
            message="KeyError: 'suggestions'",
            stack_trace=None,
            cause=None,
            passes_since_flake=0,
        ),
    ),
    IssueSituation(
        title="The test depends on the order",
        when="It failed only where another test ran before it.",
        facts=replace(
            _FACTS,
            message="AssertionError: assert [] == ['shirt', 'shoes']",
            stack_trace=None,
            cause=guess(replace(_CAUSE, order=_ORDER)),
        ),
    ),
    IssueSituation(
        title="Several tests with one cause",
        when="Three tests fail in one way: they share an issue, and the next one that does joins it.",
        facts=replace(
            _FACTS,
            peers=[
                _peer("test_search_suggests", 0.06, 4),
                _peer("test_search_filters", 0.04, 30),
                _peer("test_search_pages", 0.02, 73),
            ],
            way="TimeoutError: no suggestions within … s",
            follows=311,
            weeks=[
                Week(starts_on=TODAY.date() - timedelta(weeks=ago), executed=40 + ago, failed=3 - ago)
                for ago in range(3)
            ],
            deeds=[
                Told(at=FLAKED, actor="dana", action="DISMISSED", case=_FACTS.case, why="the fix is on its way"),
                Told(
                    at=FLAKED,
                    actor="flakeguard",
                    action="PROPOSED",
                    case=_FACTS.case,
                    why="score 0.81, flaked in 6% of its latest runs",
                ),
            ],
            command=reproduce(_FACTS.case, _FACTS.file),
        ),
    ),
    IssueSituation(
        title="The test has not failed for long",
        when="All of its failures have left the window, and the passes that end the issue are not complete yet.",
        facts=replace(
            _FACTS,
            standing=Standing.HEALTHY,
            score=0.0,
            flake_rate=0.0,
            runs=0,
            failures=0,
            evidence=(),
            since=None,
            cause=None,
            stack_trace=None,
            passes_since_flake=47,
        ),
    ),
)
