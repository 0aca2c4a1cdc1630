from dataclasses import replace
from math import asin, cos, exp, lgamma, sin, sqrt

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.beta import jeffreys_interval
from app.core.infra import Dropped
from app.core.model import Outcome, Recommendation, Standing
from app.core.score import Thresholds, certainty, judge, passes_needed
from tests.core.ci_story import HOME, attempt, execution, story

USUAL = Thresholds()


def judged(executions, thresholds=USUAL, **options):
    return judge(executions, thresholds=thresholds, repository=HOME, **options)


def test_a_test_that_always_passed_is_healthy():
    score = judged(story("P" * 20))
    assert (score.score, score.flake_rate, score.low, score.runs, score.failures) == (0.0, 0.0, 0.0, 20, 0)
    assert (score.standing, score.recommendation) == (Standing.HEALTHY, Recommendation.NONE)
    assert (score.last_flake_at, score.passes_since_flake, score.broken_since) == (None, 0, None)


def test_one_proof_is_a_suspicion_and_two_are_a_flaky_test():
    one, two = judged(story("P" * 11 + "R")), judged(story("P" * 10 + "RR"))
    assert one.score == pytest.approx(1 - exp(-0.8))
    assert (one.standing, one.recommendation) == (Standing.SUSPECT, Recommendation.WARN)
    assert two.score == pytest.approx(1 - exp(-0.8 * (1 + 2 ** (-1 / 60))))
    assert (two.standing, two.recommendation) == (Standing.FLAKY, Recommendation.QUARANTINE)


def test_a_proof_is_worth_half_sixty_runs_later():
    score = judged(story("R" + "P" * 60), Thresholds(window_size=100))
    assert score.score == pytest.approx(1 - exp(-0.4))


def test_few_runs_or_failures_are_not_enough_for_quarantine():
    assert judged(story("PRRRP")).standing is Standing.SUSPECT
    assert judged(story("PRRRP"), Thresholds(min_runs=5)).standing is Standing.FLAKY
    assert judged(story("P" * 10 + "RRR"), Thresholds(min_failures=4)).standing is Standing.SUSPECT


def test_thresholds_come_from_the_policy():
    executions = story("P" * 11 + "R")
    assert judged(executions, Thresholds(warn_threshold=0.6)).standing is Standing.HEALTHY
    assert judged(executions, Thresholds(quarantine_threshold=0.5, min_failures=1)).standing is Standing.FLAKY


def test_the_rate_is_that_of_the_runs_in_which_it_was_not_broken():
    score = judged(story("P" * 8 + "FFFF" + "PRPPPPPR"))
    assert (score.runs, score.failures, score.flake_rate) == (20, 6, 2 / 16)
    assert score.low < score.flake_rate < score.high


def test_what_may_be_a_flake_widens_the_interval_of_the_rate_and_nothing_else():
    score = judged(story("PPPP", step=4) + story("PFP", first=2, pull=7))
    assert (score.flake_rate, score.low) == (0.0, 0.0)
    assert score.high > judged(story("PPPP", step=4) + story("PPP", first=2, pull=7)).high
    assert (score.standing, score.last_flake_at, score.passes_since_flake) == (Standing.HEALTHY, None, 0)


def test_hints_alone_rank_a_test_below_whatever_is_suggested_or_proven():
    pulls = [one for pull in range(1, 20) for one in story("PFP", first=10 * pull, pull=pull)]
    hinted = judged(story("P" * 10, first=300) + pulls)
    assert 0.0 < hinted.score <= 0.15
    assert hinted.standing is Standing.HEALTHY
    assert judged(story("PFP") + story("P" * 40, first=4)).score > hinted.score


def test_a_score_is_made_of_its_evidence_and_of_nothing_else():
    score = judged(story("PFPPRPPMP") + story("PFP", first=20, pull=7))
    assert score.score == certainty(tuple(reversed(score.evidence)))


def test_passes_are_counted_since_the_last_flake_in_the_variant_that_flaked():
    flaky, steady = story("PRPPSP", job="linux"), story("PPPPPP", job="windows")
    assert judged(flaky + steady).passes_since_flake == 3
    assert judged(story("PRPFPP")).passes_since_flake == 2


def test_the_last_flake_is_told_by_the_attempt_that_failed():
    assert judged(story("PRP")).last_flake_at == attempt(2).at


@pytest.mark.parametrize(("rate", "passes"), [(0.05, 59), (0.5, 10), (0.9, 10), (0.001, 300), (0.0, 300), (1.0, 10)])
def test_the_rarer_it_flakes_the_more_passes_it_has_to_show(rate, passes):
    assert passes_needed(rate) == passes


@given(st.floats(0, 1))
@example(2e-311)
@example(5e-324)
@example(1 - 2**-53)
def test_whatever_the_rate_some_passes_are_asked_for_and_not_too_many(rate):
    assert 10 <= passes_needed(rate) <= 300


def test_evidence_from_forks_alone_never_makes_a_test_flaky():
    passes = story("P" * 10)
    forks = [one for pull in range(20, 26) for one in story("R", first=pull, pull=pull, head_repository="mallory/shop")]
    alone = judged(passes + forks)
    assert alone.score > USUAL.quarantine_threshold
    assert alone.standing is Standing.SUSPECT
    assert judged(passes + forks + story("R", first=30)).standing is Standing.FLAKY
    assert judged(passes + forks + story("PFP", first=40)).standing is Standing.SUSPECT
    assert judged(passes + forks + story("RR", first=40, pull=9)).standing is Standing.FLAKY


def test_suggestions_of_the_repository_itself_are_enough_beside_forks():
    assert judged(story("PFPPFPPFPFP")).standing is Standing.FLAKY


def test_an_outage_that_was_dropped_counts_neither_as_a_failure_nor_as_a_run():
    outage = Dropped(attempts=frozenset({(2, 1)}))
    score = judged(story("PFP"), dropped=outage)
    assert (score.runs, score.failures, score.score) == (2, 0, 0.0)


def posterior_below(share, hits, trials, steps=2_000):
    """Integrate Beta(hits + 1/2, misses + 1/2) up to a share, by Simpson's rule over the angle whose squared sine it is."""
    end = asin(sqrt(share))
    points = [
        sin(end * i / steps) ** (2 * hits) * cos(end * i / steps) ** (2 * (trials - hits)) for i in range(steps + 1)
    ]
    total = points[0] + points[-1] + 4 * sum(points[1:-1:2]) + 2 * sum(points[2:-1:2])
    scale = exp(lgamma(trials + 1) - lgamma(hits + 0.5) - lgamma(trials - hits + 0.5))
    return 2 * scale * total * end / steps / 3


@pytest.mark.parametrize(("hits", "trials"), [(1, 50), (5, 10), (3, 50), (49, 50), (20, 300)])
def test_the_interval_is_that_of_jeffreys_prior(hits, trials):
    low, high = jeffreys_interval(hits, trials)
    assert posterior_below(low, hits, trials) == pytest.approx(0.05, abs=1e-9)
    assert posterior_below(high, hits, trials) == pytest.approx(0.95, abs=1e-9)


def test_the_interval_reaches_the_end_where_nothing_or_everything_was_a_hit():
    assert jeffreys_interval(0, 0) == (0.0, 1.0)
    assert jeffreys_interval(0, 50)[0] == 0.0
    assert posterior_below(jeffreys_interval(0, 50)[1], 0, 50) == pytest.approx(0.95, abs=1e-9)
    assert jeffreys_interval(10, 10)[1] == 1.0


@pytest.mark.parametrize(("hits", "trials"), [(500_000, 1_000_000), (10_000, 1_000_000), (90_000, 100_000)])
def test_the_interval_of_very_many_trials_is_that_of_the_normal_distribution(hits, trials):
    share = hits / trials
    reach = 1.6448536 * sqrt(share * (1.0 - share) / trials)
    assert jeffreys_interval(hits, trials) == pytest.approx((share - reach, share + reach), rel=1e-3, abs=1e-6)


@given(st.integers(0, 400), st.integers(0, 400))
def test_the_interval_holds_the_share_and_is_mirrored_with_it(hits, misses):
    low, high = jeffreys_interval(hits, hits + misses)
    assert 0.0 <= low < high <= 1.0
    if hits + misses:
        assert low <= hits / (hits + misses) <= high
    mirrored = jeffreys_interval(misses, hits + misses)
    assert mirrored == pytest.approx((1.0 - high, 1.0 - low), abs=1e-9)


@st.composite
def attempts_of_a_run(draw, run):
    """One run of the default branch or of a pull request, maybe from a fork, maybe of a commit that ran before."""
    pull = draw(st.sampled_from([None, None, 1, 2]))
    fields = {"pull": pull, "head_sha": f"{pull}-{draw(st.integers(0, 1)) + run // 2}"}
    if pull:
        fields |= {"base_sha": draw(st.sampled_from([None, "base", "head-1"]))}
        fields |= {"head_repository": draw(st.sampled_from([HOME, "mallory/shop", None]))}
    numbers = range(1, draw(st.integers(1, 2)) + 1)
    return [attempt(run, number, **fields) for number in numbers]


@st.composite
def histories(draw, marks="PPPFFS", size=14):
    found = []
    for run in range(1, draw(st.integers(1, size)) + 1):
        for one in draw(attempts_of_a_run(run)):
            for job in draw(st.sampled_from([["a"], ["b"], ["a", "b"]])):
                signature = draw(st.sampled_from(["boom", "bang", None]))
                outcomes = draw(st.text(marks, min_size=1, max_size=2))
                found += [
                    execution(one, mark, ordinal=ordinal, job=job, signature=signature)
                    for ordinal, mark in enumerate(outcomes, start=1)
                ]
    return found


@given(st.data(), histories())
def test_neither_order_nor_repetition_changes_a_score(data, executions):
    mixed = data.draw(st.permutations(executions + data.draw(st.lists(st.sampled_from(executions)))))
    assert judged(mixed) == judged(executions)


@given(st.data(), histories())
def test_a_further_proof_never_lowers_a_score(data, executions):
    passes = [one for one in executions if one.outcome is Outcome.PASSED]
    if passes:
        chosen = data.draw(st.sampled_from(passes))
        failed = replace(chosen, outcome=Outcome.FAILED, ordinal=9, loose_signature="boom")
        assert judged([*executions, failed]).score >= judged(executions).score


@given(histories(), st.sampled_from([None, 3, 4]))
def test_a_pass_that_completes_no_pair_never_raises_a_score(executions, pull):
    branch = {"pull": pull} if pull else {"branch": "quiet", "is_default_branch": False}
    passed = execution(attempt(99, head_sha="of its own", **branch), "P", job="a")
    assert judged([*executions, passed]).score <= judged(executions).score


@given(histories(marks="PFS"), st.integers(1, 20))
def test_passes_of_a_default_branch_that_is_well_never_raise_a_score(executions, passes):
    well = [*executions, *story("P", first=90, job="a"), *story("P", first=90, job="b")]
    more = [one for job in ("a", "b") for one in story("P" * passes, first=91, job=job)]
    assert judged([*well, *more]).score <= judged(well).score


@given(histories(marks="FFS"))
def test_a_test_that_always_fails_is_broken_and_nothing_else(executions):
    score = judged(executions)
    assert score.score == 0.0
    assert score.standing is (Standing.BROKEN if score.failures else Standing.HEALTHY)
    assert score.recommendation is Recommendation.NONE


@given(before=st.integers(0, 30), length=st.integers(1, 30), after=st.integers(0, 30), rerun=st.booleans())
def test_a_regression_never_reaches_quarantine_before_or_after_it_is_mended(before, length, after, rerun):
    score = judged(story("P" * before + ("A" if rerun else "F") * length + "P" * after))
    assert score.score < USUAL.warn_threshold
    assert score.recommendation is Recommendation.NONE


@given(histories(marks="P"), st.sampled_from(["F", "M", "R", "FF"]), st.integers(0, 20), st.booleans())
def test_one_event_never_asks_for_quarantine(executions, event, at, is_pull):
    flake = story(event, first=40 + at, **({"pull": 1} if is_pull else {}))
    after = story("P" * 12, first=70)
    assert judged([*executions, *flake, *after]).recommendation is not Recommendation.QUARANTINE


@given(histories())
def test_a_score_says_nothing_impossible(executions):
    score = judged(executions)
    assert 0.0 <= score.score < 1.0
    assert 0.0 <= score.low <= score.flake_rate <= score.high <= 1.0
    assert score.failures <= score.runs
    assert score.passes_since_flake <= score.runs
    assert (score.broken_since is not None) == (score.standing is Standing.BROKEN)
