from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from app.core.history import HORIZON, arrange
from app.core.infra import Dropped
from app.core.model import Outcome
from app.core.score import Thresholds, judge
from tests.core.ci_story import HOME, START, attempt, execution, story

WINDOW = 2
SMALL = Thresholds(window_size=WINDOW, min_runs=1)


def runs_of(executions, **options):
    """The runs that count, variant by variant."""
    return [[run.attempt.run_id for run in runs] for runs in arrange(executions, window=WINDOW, **options).variants]


def test_each_variant_has_a_window_of_its_own_latest_runs():
    often, seldom = story("P" * 4, job="a"), story("PP", step=2, job="b")
    assert runs_of(often + seldom) == [[3, 4], [1, 3]]


def test_a_variant_that_seldom_runs_reaches_no_further_back_than_two_windows_of_the_test():
    often = story("P" * (HORIZON * WINDOW), first=2, job="a")
    assert runs_of(often + story("P", first=1, job="b")) == [[4, 5], []]
    assert runs_of(often[1:] + story("P", first=1, job="b")) == [[4, 5], [1]]


def test_skipped_executions_are_no_runs_before_the_horizon_and_dropped_failures_are():
    flake, later = story("M", first=1, job="b"), story("S" * 20 + "P" * 3, first=2, job="a")
    assert runs_of(flake + later)[1] == [1]
    outage = Dropped(attempts=frozenset({(40, 1)}))
    assert runs_of(flake + later + story("F", first=40, job="a"), dropped=outage)[1] == []


def test_runs_that_began_at_once_are_ordered_by_their_numbers():
    twins = [replace(one, attempt=replace(one.attempt, at=START)) for one in story("P" * 10)]
    assert runs_of(twins[::-1]) == [[9, 10]]


@st.composite
def stories(draw, *, first, most):
    """Runs from `first` on, each of some variants, retried and re-run or not."""
    found = []
    for run in range(first, first + draw(st.integers(0, most))):
        for number in range(1, draw(st.sampled_from([1, 1, 2])) + 1):
            of = attempt(run, number, head_sha=f"head-{run // 2}")
            for job in draw(st.sampled_from([["a"], ["b"], ["a", "b"]])):
                marks = draw(st.text("PPFS", min_size=1, max_size=2))
                found += [execution(of, mark, ordinal=n, job=job) for n, mark in enumerate(marks, start=1)]
    return found


@given(stories(first=1, most=12), stories(first=13, most=24))
def test_what_is_older_than_the_horizon_never_changes_a_judgement(older, newer):
    ran = {one.attempt.run_id for one in newer if one.outcome is not Outcome.SKIPPED}
    if len(ran) >= HORIZON * WINDOW:
        assert judged(older + newer) == judged(newer)


@given(stories(first=1, most=30))
def test_a_judgement_is_the_same_whether_passes_beyond_the_horizon_are_there_or_not(executions):
    ran = sorted({one.attempt.run_id for one in executions if one.outcome is not Outcome.SKIPPED})
    horizon = set(ran[-HORIZON * WINDOW :])
    kept = [one for one in executions if one.outcome.is_bad or one.attempt.run_id in horizon]
    assert judged(kept) == judged(executions)


def judged(executions):
    return judge(executions, thresholds=SMALL, repository=HOME)
