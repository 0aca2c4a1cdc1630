"""The seven questions, asked of rows whose answers are worked out by hand."""

from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.model import CaseName, DecisionState, Grade, Outcome, Source, Standing, TestId
from app.db.impact import NO_IMPACT, Impact, measure_impact
from app.db.queries.analyze_test_run_performance import analyze_test_run_performance
from app.db.queries.find_flakiest_tests import find_flakiest_tests
from app.db.queries.find_similar_failures import find_similar_failures
from app.db.queries.get_quarantine_candidates import get_quarantine_candidates
from app.db.queries.get_quarantine_status import get_quarantine_status
from app.db.queries.get_repository_dashboard import RunDay, get_repository_dashboard, measure_minutes_lost
from app.db.queries.get_test_history import PastDay, get_test_history
from tests.db.asked_rows import EMPTY, NOW, SIGNATURE, SLOW, TOTAL, WORKS, store


@pytest.fixture
async def repo_id(conn):
    return (await store(conn)).repo_id


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


async def test_the_flakiest_come_by_score_then_by_age_and_a_score_of_zero_not_at_all(conn, repo_id):
    found = await find_flakiest_tests(conn, repo_id)
    assert [(one.test_id, one.score, one.standing) for one in found] == [
        (TOTAL, 0.9, Standing.FLAKY), (EMPTY, 0.9, Standing.FLAKY), (WORKS, 0.4, Standing.SUSPECT),
    ]  # fmt: skip
    total, empty, works = found
    assert total.case == CaseName(suite="", class_name="Cart", name="total")
    assert (total.file, total.owner_team) == ("tests/cart.py", "@acme/shop")
    assert (total.flake_rate, total.low, total.high, total.runs, total.failures) == (0.5, 0.25, 0.75, 4, 3)
    assert (total.e1, total.e2, total.e3, total.e4, total.e5) == (1, 2, 0, 0, 0)
    assert (total.last_flake_at, works.last_flake_at) == (at(31, 8), None)
    assert (total.issue_number, empty.issue_number) == (13, None), "the newer one of its two issues"
    assert (total.decision, empty.decision, works.decision) == (None, DecisionState.ACTIVE, None)


async def test_the_ranking_goes_on_behind_a_row_even_among_equal_scores(conn, repo_id):
    whole = await find_flakiest_tests(conn, repo_id)
    pages, after = [], None
    while page := await find_flakiest_tests(conn, repo_id, limit=1, after=after):
        pages += page
        after = page[-1].cursor
    assert pages == whole


async def test_a_history_is_newest_first_with_the_retry_before_what_it_retried(conn, repo_id):
    past = await get_test_history(conn, repo_id, test_id=TOTAL)
    assert [(one.run_id, one.run_attempt, one.ordinal, one.outcome) for one in past.executions] == [
        (102, 2, 1, Outcome.PASSED),
        (102, 1, 2, Outcome.PASSED),
        (102, 1, 1, Outcome.FAILED),
        (101, 1, 1, Outcome.FAILED),
        (100, 2, 1, Outcome.PASSED),
        (100, 1, 1, Outcome.FAILED),
        (90, 1, 1, Outcome.PASSED),
    ]
    outage, first = past.executions[3], past.executions[5]
    assert (outage.job, outage.branch, outage.sha, outage.pull, outage.event) == (
        "test", "fix", "b" * 40, 5, "pull_request",
    )  # fmt: skip
    assert (outage.at, outage.duration_ms, outage.source) == (at(30, 23), 300, Source.REPORT)
    assert (outage.message, first.message) == ("boom of an outage", "boom"), "the first line that says something"
    assert outage.html_url == "https://example.com/job"
    assert first.html_url == "https://example.com/100", "the run's page, where the job has none"


async def test_a_history_has_the_days_that_were_rolled_up(conn, repo_id):
    past = await get_test_history(conn, repo_id, test_id=TOTAL)
    assert past.days == [
        PastDay(day=date(2025, 12, 2), passed=1, skipped=0, mean_ms=None, slowest_ms=None),
        PastDay(day=date(2025, 12, 1), passed=4, skipped=1, mean_ms=250.0, slowest_ms=300),
    ]


async def test_a_history_is_cut_at_its_limit(conn, repo_id):
    past = await get_test_history(conn, repo_id, test_id=TOTAL, limit=1)
    assert [(one.run_id, one.run_attempt) for one in past.executions] == [(102, 2)]
    assert [one.day for one in past.days] == [date(2025, 12, 2)]
    nothing = await get_test_history(conn, repo_id, test_id=SLOW)
    assert (nothing.executions, nothing.days) == ([], [])


async def test_quarantine_shows_open_decisions_then_those_that_ended_in_the_last_thirty_days(conn, repo_id):
    active, resolved = await get_quarantine_status(conn, repo_id, as_of=NOW)
    assert (active.test_id, active.state, active.is_open) == (EMPTY, DecisionState.ACTIVE, True)
    assert (active.since, active.until, active.by_user) == (at(30, 9), datetime(2026, 4, 30, tzinfo=UTC), "mona")
    assert (active.rationale, active.flake_rate) == ("agreed", 0.25)
    assert (active.passes, active.failures) == (2, 1)
    assert (resolved.test_id, resolved.state, resolved.is_open) == (WORKS, DecisionState.RESOLVED, False)
    assert resolved.case == CaseName(suite="", class_name="Login", name="works")
    assert (resolved.passes, resolved.failures) == (6, 0), "one that is stored, five of later days that were rolled up"


async def test_an_end_is_shown_for_thirty_days(conn, repo_id):
    ended = datetime(2026, 3, 15, tzinfo=UTC)
    for late, states in (
        (timedelta(days=30) - timedelta(seconds=1), ["ACTIVE", "RESOLVED"]),
        (timedelta(days=30), ["ACTIVE"]),
    ):
        assert [one.state for one in await get_quarantine_status(conn, repo_id, as_of=ended + late)] == states


async def test_similar_failures_are_the_cluster_that_the_newest_rules_made(conn, repo_id):
    cluster = await find_similar_failures(conn, repo_id, signature=SIGNATURE)
    assert (cluster.title, cluster.kind, cluster.occurrence_count, cluster.test_count) == ("boom", "systemic", 4, 2)
    assert (cluster.first_seen_at, cluster.last_seen_at) == (at(30, 10), at(31, 8))
    assert [(one.test_id, one.name, one.occurrence_count) for one in cluster.tests] == [
        (1, "total", 3),
        (2, "empty", 1),
    ]
    assert [(one.test_id, one.run_id, one.outcome, one.message) for one in cluster.failures] == [
        (TOTAL, 102, Outcome.FAILED, "boom"),
        (EMPTY, 102, Outcome.ERROR, "boom again"),
        (TOTAL, 101, Outcome.FAILED, "\n  boom of an outage"),
        (TOTAL, 100, Outcome.FAILED, "boom\nmore"),
    ]
    short = await find_similar_failures(conn, repo_id, signature=SIGNATURE, limit=1)
    assert (len(short.tests), len(short.failures)) == (1, 1)


async def test_a_signature_that_was_never_seen_has_no_cluster(conn, repo_id):
    assert await find_similar_failures(conn, repo_id, signature="7" * 32) is None


async def test_the_dashboard_counts_tests_runs_and_what_they_cost(conn, repo_id):
    board = await get_repository_dashboard(conn, repo_id, as_of=NOW)
    assert board.tests_known == 4
    assert board.standings == {Standing.HEALTHY: 1, Standing.SUSPECT: 1, Standing.FLAKY: 2, Standing.BROKEN: 0}
    assert (board.quarantined, board.proposed) == (1, 0)
    assert (board.runs, board.runs_failed, board.runs_infra, board.runs_turned_green) == (3, 3, 1, 2)
    assert board.trend == [
        RunDay(
            day=date(2026, 3, 30),
            runs=2,
            attempts=3,
            tests=9,
            runs_failed=2,
            runs_infra=1,
            runs_turned_green=1,
            tests_failed=2,
        ),
        RunDay(
            day=date(2026, 3, 31),
            runs=1,
            attempts=2,
            tests=6,
            runs_failed=1,
            runs_infra=0,
            runs_turned_green=1,
            tests_failed=1,
        ),
    ]
    assert [day.flake_rate for day in board.trend] == [0.5, 1.0]
    assert board.minutes_lost == 10 + 30 + 15 + 60, (
        "two failed jobs, half an hour's wait, and one of which an hour counts"
    )


async def test_the_dashboard_shows_what_is_latest_and_worst(conn, repo_id):
    board = await get_repository_dashboard(conn, repo_id, as_of=NOW)
    assert [one.title for one in board.clusters] == ["boom", "no space left", "by older rules"]
    assert [(one.run_id, one.run_attempt) for one in board.latest_runs] == [
        (102, 2), (102, 1), (101, 1), (100, 2), (100, 1), (90, 1),
    ]  # fmt: skip
    assert [one.is_infra for one in board.latest_runs] == [False, False, True, False, False, False]
    assert board.worst_tests == await find_flakiest_tests(conn, repo_id, limit=10)


async def test_the_dashboard_counts_the_runs_of_its_period_only(conn, repo_id):
    board = await get_repository_dashboard(conn, repo_id, as_of=NOW, days=1)
    assert (board.runs, [day.day for day in board.trend]) == (2, [date(2026, 3, 30), date(2026, 3, 31)])
    assert board.minutes_lost == 15 + 60
    before = await get_repository_dashboard(conn, repo_id, as_of=NOW - timedelta(days=30))
    assert (before.runs, before.trend, before.minutes_lost) == (0, [], 0)
    assert [one.run_id for one in before.latest_runs] == [90]


async def test_an_attempt_that_was_run_again_before_it_ended_kept_nobody_waiting(conn, repo_id):
    await conn.execute("UPDATE fg_workflow_run SET completed_at = '2026-03-30 10:55Z' WHERE run_id = 100")
    lost = await measure_minutes_lost(conn, repo_id, since=at(30, 0), until=at(30, 12))
    assert lost == 10


async def test_performance_tells_percentiles_and_the_trend_of_each_job(conn, repo_id):
    found = await analyze_test_run_performance(conn, repo_id, as_of=NOW)
    test, lint = found.jobs
    assert (test.workflow_id, test.workflow_name, test.variant, test.runs) == (1, "CI", "test", 5)
    # In order of time 600, 600, 300 | 900, 1200 seconds.
    assert (test.p50_seconds, test.p95_seconds) == (600, pytest.approx(900 + 0.8 * 300))
    assert test.trend == 1050 / 600
    assert (lint.variant, lint.runs, lint.p50_seconds, lint.trend) == ("lint", 1, 120, None), "one was cancelled"


async def test_performance_tells_the_tests_that_took_the_most_time(conn, repo_id):
    found = await analyze_test_run_performance(conn, repo_id, as_of=NOW)
    assert [(one.test_id, one.executions, one.total_ms) for one in found.tests] == [
        (TOTAL, 6, 1550), (WORKS, 1, 1000), (EMPTY, 3, 30),
    ]  # fmt: skip
    # 50, 200, 300, 300, 300, 400 milliseconds.
    assert (found.tests[0].p50_ms, found.tests[0].p95_ms) == (300, 375)
    short = await analyze_test_run_performance(conn, repo_id, as_of=NOW, days=1, limit=1)
    assert [(one.variant, one.runs) for one in short.jobs] == [("test", 3)]
    assert [(one.test_id, one.total_ms) for one in short.tests] == [(TOTAL, 1050)]


@pytest.mark.parametrize("days", [0, 31])
async def test_durations_are_not_told_of_times_whose_passes_may_have_been_rolled_up(conn, repo_id, days):
    with pytest.raises(ValueError, match=f"1 to 30 days, not of {days}"):
        await analyze_test_run_performance(conn, repo_id, as_of=NOW, days=days)


async def test_a_candidate_is_flaky_and_undecided_and_comes_with_its_impact_and_latest_proofs(conn, repo_id):
    [candidate] = await get_quarantine_candidates(conn, repo_id, as_of=NOW)
    assert (candidate.test.test_id, candidate.test.score, candidate.test.flake_rate) == (TOTAL, 0.9, 0.5)
    assert (candidate.test.e1, candidate.test.e2, candidate.test.e3) == (1, 2, 0)
    assert candidate.impact == Impact(
        runs=3, pulls=2, heads=3, jobs=1, minutes_lost=10 + 5 + 15, minutes_rerun=10 + 20, minutes_waited=40 + 185
    )
    assert [(one.grade, one.failed_run_id, one.failed_run_attempt, one.failed_job) for one in candidate.proofs] == [
        (Grade.E1, 102, 1, "test"), (Grade.E2, 100, 1, "test"), (Grade.E2, 80, 1, "test"),
    ]  # fmt: skip
    assert (candidate.proofs[1].passed_run_id, candidate.proofs[1].passed_run_attempt) == (100, 2)


async def test_an_impact_is_that_of_the_last_thirty_days(conn, repo_id):
    [later] = await get_quarantine_candidates(conn, repo_id, as_of=at(31, 0) + timedelta(days=30))
    assert later.impact == Impact(
        runs=1, pulls=1, heads=1, jobs=1, minutes_lost=15, minutes_rerun=20, minutes_waited=185
    )
    [much_later] = await get_quarantine_candidates(conn, repo_id, as_of=NOW + timedelta(days=30))
    assert much_later.impact == NO_IMPACT


async def test_an_impact_is_told_of_any_test_and_is_none_where_nothing_failed(conn, repo_id):
    [candidate] = await get_quarantine_candidates(conn, repo_id, as_of=NOW)
    found = await measure_impact(conn, repo_id, [TOTAL, TestId(999_999)], NOW)
    assert found == {TOTAL: candidate.impact, 999_999: NO_IMPACT}
    assert await measure_impact(conn, repo_id, [], NOW) == {}


async def test_candidates_reach_both_thresholds(conn, repo_id):
    assert await get_quarantine_candidates(conn, repo_id, as_of=NOW, min_score=0.91) == []
    assert await get_quarantine_candidates(conn, repo_id, as_of=NOW, min_flake_rate=0.51) == []
    assert len(await get_quarantine_candidates(conn, repo_id, as_of=NOW, min_score=0.9, min_flake_rate=0.5)) == 1
