"""One thing by itself, and figures over time, of rows whose answers are worked out by hand (tests/db/asked_rows.py)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from app.core.beta import jeffreys_interval
from app.core.cause_rules import Category
from app.core.clustered import FailureKind
from app.core.model import CaseName, DecisionState, Grade, Outcome, Recommendation, Since, Source, Standing
from app.core.signature import fingerprint
from app.db.impact import NO_IMPACT
from app.db.queries.get_repository_dashboard import get_repository_dashboard
from app.db.reading.audit import LARGEST_DETAIL, AuditWanted, list_audit
from app.db.reading.clusters import LONGEST_MESSAGE, ClustersWanted, get_cluster, list_clusters
from app.db.reading.decisions import DecisionsWanted, list_decisions
from app.db.reading.evidence import PairedExecution, list_evidence
from app.db.reading.history import DurationWeek, HistoryWanted, list_durations, list_occurrences, list_rate_weeks
from app.db.reading.jobs import FailedExecution
from app.db.reading.repositories import find_repository, list_repositories
from app.db.reading.runs import get_run
from app.db.reading.similar import SimilarWanted, find_similar
from app.db.reading.tests import TestsWanted, get_test, list_branches, list_teams, list_tests
from app.db.reading.trends import FlakeDay, TrendDay, list_flake_days, list_trend
from tests.db.asked_rows import EMPTY, NOW, SIGNATURE, TOTAL, WORKS, store


@pytest.fixture
async def asked(conn):
    return await store(conn)


@pytest.fixture
def repo_id(asked):
    return asked.repo_id


def at(day, hour, minute=0):
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


async def test_a_listed_test_has_its_score_its_failure_and_its_issue(conn, repo_id):
    total, empty, works, _ = (await list_tests(conn, repo_id, TestsWanted(), None, 9)).items
    assert (total.id, total.suite, total.class_name, total.name) == (TOTAL, "", "Cart", "total")
    assert (total.file, total.owners, total.standing, total.score) == ("tests/cart.py", ["@acme/shop"], "flaky", 0.9)
    assert (total.flake_rate, total.low, total.high, total.runs, total.failures) == (0.5, 0.25, 0.75, 4, 3)
    assert (total.last_failed_at, total.issue_number) == (at(31, 8), 13)
    assert total.issue_url == "https://example.com/13"
    assert (empty.decision, empty.quarantined_until) == (DecisionState.ACTIVE, datetime(2026, 4, 30, tzinfo=UTC))
    assert (works.owners, works.decision, works.last_failed_at, works.issue_number) == ([], None, None, None)


async def test_a_test_that_did_not_fail_lately_is_healthy_without_figures(conn, repo_id):
    await conn.execute("DELETE FROM fg_flake_score WHERE test_id = $1", WORKS)
    works = await get_test(conn, repo_id, WORKS)
    assert (works.standing, works.score, works.flake_rate, works.failures) == (Standing.HEALTHY, 0.0, 0.0, 0)
    assert (works.low, works.high, works.runs, works.judged_at) == (None, None, None, None)
    assert works.recommendation is Recommendation.NONE


async def test_a_test_is_shown_with_its_names_its_evidence_and_the_open_decision(conn, repo_id):
    await conn.execute(
        "UPDATE fg_test_case SET renamed_to = $2, line = 7 WHERE repo_id = $1 AND id <> $2", repo_id, EMPTY
    )
    await conn.execute(
        "UPDATE fg_flake_score SET since_first = 'abc', since_at = '2026-03-01', since_doubt = 2,"
        ' legs = \'{"jobs": ["a"], "flaked": 2, "runs": 3, "others": 1, "others_runs": 9}\' WHERE test_id = $1',
        EMPTY,
    )
    empty = await get_test(conn, repo_id, EMPTY)
    assert empty.previous_names == (
        CaseName(suite="", class_name="Cart", name="total"),
        CaseName(suite="", class_name="Login", name="works"),
        CaseName(suite="", class_name="Login", name="slow"),
    )
    assert (empty.e1, empty.e2, empty.recommendation) == (0, 1, Recommendation.QUARANTINE)
    assert empty.since == Since(after=None, first="abc", at=at(1, 0), runs_in_doubt=2)
    assert empty.legs.jobs == ("a",)
    assert (empty.decided_at, empty.decided_by, empty.decision_reason) == (at(30, 9), "mona", "agreed")
    works = await get_test(conn, repo_id, WORKS)
    assert (works.line, works.decided_at, works.decision_reason) == (7, None, None), "that decision has ended"


async def test_the_filters_offer_each_owner_and_the_branches_that_ran_last(conn, repo_id):
    await conn.execute("UPDATE fg_test_case SET owner_team = '@acme/shop @mona' WHERE id = $1", WORKS)
    assert await list_teams(conn, repo_id) == ("@acme/shop", "@mona")
    assert await list_branches(conn, repo_id) == ("main", "feature", "fix")


async def test_an_execution_names_its_run_its_job_its_commit_and_its_cause(conn, repo_id):
    past = (await list_occurrences(conn, repo_id, TOTAL, HistoryWanted(), None, 99)).items
    assert [(one.run_id, one.run_attempt, one.ordinal, one.outcome) for one in past] == [
        (102, 2, 1, Outcome.PASSED),
        (102, 1, 2, Outcome.PASSED),
        (102, 1, 1, Outcome.FAILED),
        (101, 1, 1, Outcome.FAILED),
        (100, 2, 1, Outcome.PASSED),
        (100, 1, 1, Outcome.FAILED),
        (90, 1, 1, Outcome.PASSED),
    ]
    outage = past[3]
    assert (outage.job_id, outage.job_name, outage.variant, outage.html_url) == (
        10111, "test", "test", "https://example.com/job",
    )  # fmt: skip
    assert (outage.branch, outage.head_sha, outage.pull_number, outage.event) == ("fix", "b" * 40, 5, "pull_request")
    assert (outage.at, outage.duration_ms, outage.source) == (at(30, 23), 300, Source.REPORT)
    assert (outage.message, outage.signature, outage.cluster_id) == ("boom of an outage", SIGNATURE, 2)
    assert (past[0].message, past[0].signature, past[0].cluster_id) == (None, None, None)


async def test_rates_are_by_the_week_with_the_interval_that_so_few_runs_leave(conn, repo_id):
    old, new = await list_rate_weeks(conn, repo_id, TOTAL, datetime(2026, 1, 1, tzinfo=UTC))
    assert (old.starts_on, old.executed, old.failed, old.rate) == (date(2026, 1, 5), 1, 0, 0.0)
    assert (new.starts_on, new.executed, new.failed, new.rate) == (date(2026, 3, 30), 6, 3, 0.5)
    assert (new.low, new.high) == jeffreys_interval(3, 6)


async def test_durations_are_by_the_week(conn, repo_id):
    since = datetime(2026, 1, 1, tzinfo=UTC)
    assert await list_durations(conn, repo_id, TOTAL, since) == (
        DurationWeek(starts_on=date(2026, 1, 5), executions=1, p50_ms=100.0, p95_ms=100.0),
        DurationWeek(starts_on=date(2026, 3, 30), executions=6, p50_ms=300.0, p95_ms=375.0),
    )
    assert [one.executions for one in await list_durations(conn, repo_id, WORKS, since)] == [1], "a skip is not timed"


async def test_evidence_is_the_pair_of_executions_as_far_as_they_are_stored(conn, repo_id):
    pairs = (await list_evidence(conn, repo_id, TOTAL, None, 99)).items
    assert [one.grade for one in pairs] == [Grade.E1, Grade.E4, Grade.E2, Grade.E2, Grade.E3]
    first = pairs[0]
    assert (first.at, first.weight, first.age, first.head_sha, first.pull_number) == (at(31, 8), 1.0, 0, "c", 6)
    assert first.failed == PairedExecution(
        run_id=102, run_attempt=1, job="test", ordinal=1, outcome=Outcome.FAILED, head_sha="c" * 40,
        html_url="https://example.com/job",
    )  # fmt: skip
    assert first.passed == replace(first.failed, ordinal=2, outcome=Outcome.PASSED)
    assert pairs[1].passed is None
    assert pairs[4].passed == PairedExecution(
        run_id=70, run_attempt=2, job="test", ordinal=1, outcome=None, head_sha=None, html_url=None
    )


async def test_a_cause_is_shown_with_its_example_a_guess_its_tests_and_its_failures(conn, repo_id):
    await conn.execute(
        "UPDATE fg_failure_cluster SET example_message = 'ECONNREFUSED 127.0.0.1:80' || repeat('x', 9000),"
        " example_stack_trace = 'at x' WHERE repo_id = $1 AND id = 2",
        repo_id,
    )
    await conn.execute(
        "UPDATE fg_occurrence SET failure_message = repeat('y', 9000) WHERE test_id = $1 AND outcome = 'error'", EMPTY
    )
    cluster = await get_cluster(conn, repo_id, 2)
    assert (cluster.signature, cluster.title, cluster.kind) == (SIGNATURE, "boom", FailureKind.SYSTEMIC)
    assert (cluster.occurrence_count, cluster.test_count, cluster.standing, cluster.merged) == (4, 2, None, 0)
    assert (cluster.category, bool(cluster.first_try)) == (Category.NETWORK, True)
    assert len(cluster.example_message) == LONGEST_MESSAGE
    assert [(one.test_id, one.occurrence_count) for one in cluster.tests] == [(TOTAL, 3), (EMPTY, 1)]
    assert [(one.test_id, one.run_id) for one in cluster.failures] == [(1, 102), (2, 102), (1, 101), (1, 100)]
    assert len(cluster.failures[1].message) == LONGEST_MESSAGE
    assert [one.title for one in (await list_clusters(conn, repo_id, ClustersWanted(), None, 9)).items] == [
        "boom", "no space left", "by older rules",
    ]  # fmt: skip


async def test_causes_that_a_failure_reads_like_are_found_by_words_and_by_signature(conn, repo_id):
    other = "other error text entirely"
    await conn.execute(
        "UPDATE fg_failure_cluster SET title = 'no space left on device', example_message = 'no space left on device /dev/12'"
        " WHERE repo_id = $1 AND title = 'no space left'",
        repo_id,
    )
    [full] = await find_similar(conn, repo_id, SimilarWanted(message="no space left on device /dev/7"))
    assert (full.title, full.is_same, full.share) == ("no space left on device", True, 1.0)
    [near] = await find_similar(conn, repo_id, SimilarWanted(message="no space left on the device today"))
    assert (near.id, near.is_same) == (full.id, False)
    signature = fingerprint(other, None).strict
    await conn.execute(
        "INSERT INTO fg_cluster_alias (repo_id, signature, into_signature, rules_version, by_user, at)"
        " VALUES ($1, $2, $3, 1, 'mona', $4)",
        repo_id,
        signature,
        SIGNATURE,
        NOW,
    )
    merged = await find_similar(conn, repo_id, SimilarWanted(message=other))
    assert ("boom", SIGNATURE, True) in [(one.title, one.signature, one.is_same) for one in merged]
    assert await find_similar(conn, repo_id, SimilarWanted(message=" \x00 ")) == ()
    assert await find_similar(conn, repo_id, SimilarWanted()) == ()


async def test_a_cause_has_the_issue_that_stands_for_it_and_what_is_thought_of_it(conn, repo_id):
    await conn.execute(
        "INSERT INTO fg_issue_link (repo_id, key, cluster_id, number, url)"
        " VALUES ($1, 'cccccccccccc', 2, 40, 'u40'), ($1, 'dddddddddddd', 2, NULL, NULL)",
        repo_id,
    )
    await conn.execute(
        "INSERT INTO fg_cluster_score (repo_id, cluster_id, score, flake_rate, low, high, standing, window_n, runs,"
        " failures, scorer_version, last_updated_at) VALUES ($1, 2, 0.9, 0.1, 0, 1, 'flaky', 50, 9, 1, 3, '2026-03-31')",
        repo_id,
    )
    cluster = await get_cluster(conn, repo_id, 2)
    assert (cluster.issue_number, cluster.issue_url, cluster.standing) == (40, "u40", Standing.FLAKY)


async def test_a_run_is_shown_by_attempts_with_their_jobs_and_what_failed_in_each(conn, repo_id):
    await conn.execute(
        "INSERT INTO fg_report (repo_id, kind, subject, external_id, opened_at, updated_at)"
        " VALUES ($1, 'check', repeat('c', 40), 77, '2026-03-31', '2026-03-31')",
        repo_id,
    )
    run = await get_run(conn, repo_id, 102)
    assert (run.branch, run.pull_number, run.head_sha, run.check_run_id) == ("feature", 6, "c" * 40, 77)
    first, second = run.attempts
    assert (first.conclusion, second.conclusion, first.started_at) == ("failure", "success", at(31, 8))
    [job] = first.jobs
    assert (job.job_id, job.variant, job.conclusion, job.minutes) == (10211, "test", "failure", 15.0)
    assert [(one.name, one.outcome, one.has_passed) for one in job.failed] == [
        ("empty", Outcome.ERROR, False),
        ("total", Outcome.FAILED, True),
    ]
    assert job.failed[1] == FailedExecution(
        test_id=TOTAL, suite="", class_name="Cart", name="total", ordinal=1, outcome=Outcome.FAILED, message="boom",
        signature=SIGNATURE, cluster_id=2, has_passed=True,
    )  # fmt: skip
    assert [job.failed for job in second.jobs] == [()]


async def test_a_decision_is_listed_with_its_test_and_what_it_stood_on(conn, repo_id):
    await conn.execute(
        'UPDATE fg_quarantine_decision SET impact = \'{"runs": 3, "minutes_lost": 4.5, "teams": [], "caught": [{}]}\''
        " WHERE state = 'ACTIVE' AND ended_at IS NULL"
    )
    listed = (await list_decisions(conn, repo_id, DecisionsWanted(), None, 9)).items
    assert [(one.test_id, one.state) for one in listed] == [
        (4, "EXPIRED"), (3, "RESOLVED"), (3, "ACTIVE"), (2, "ACTIVE"), (2, "PROPOSED"),
    ]  # fmt: skip
    active = listed[3]
    assert (active.name, active.owners, active.by_user, active.reason) == ("empty", ["@acme/shop"], "mona", "agreed")
    assert (active.decided_at, active.until, active.ended_at) == (at(30, 9), datetime(2026, 4, 30, tzinfo=UTC), None)
    assert (active.impact, active.caught) == (replace(NO_IMPACT, runs=3, minutes_lost=4.5), 1)
    assert (listed[0].impact, listed[0].caught) == (NO_IMPACT, 0)


async def test_a_deed_is_listed_with_its_words_and_a_large_detail_is_left_out(conn, repo_id):
    await conn.execute(
        """
        INSERT INTO fg_audit (repo_id, at, actor, action, test_id, detail, previous_hash, hash)
        VALUES ($1, '2026-03-31', 'mona', 'merge', NULL, '{"why": "the same", "into": 2}', '', 'h1'),
               ($1, '2026-03-31', 'flakeguard', 'ACTIVE', 1, jsonb_build_object('why', repeat('z', 9000)), 'h1', 'h2'),
               ($1, '2026-03-31', 'somebody', 'changed', 1, '3', 'h2', 'h3')
        """,
        repo_id,
    )
    changed, large, merged = (await list_audit(conn, repo_id, AuditWanted(), None, 9)).items
    assert (merged.actor, merged.action, merged.why, merged.detail) == (
        "mona",
        "merge",
        "the same",
        {"why": "the same", "into": 2},
    )
    assert (merged.name, merged.hash, large.name) == (None, "h1", "total")
    assert (len(large.why), large.detail) == (LARGEST_DETAIL, {})
    assert (changed.why, changed.detail) == (None, {}), "somebody made it no object"


async def test_a_trend_is_what_the_front_page_counts_with_the_minutes_of_each_day(conn, repo_id):
    days = await list_trend(conn, repo_id, NOW - timedelta(days=30), NOW)
    assert days == (
        TrendDay(
            day=date(2026, 3, 30), runs=2, attempts=3, runs_failed=2, runs_infra=1, runs_flaked=1, flake_rate=0.5,
            minutes_lost=40.0, tests=9, tests_failed=2,
        ),
        TrendDay(
            day=date(2026, 3, 31), runs=1, attempts=2, runs_failed=1, runs_infra=0, runs_flaked=1, flake_rate=1.0,
            minutes_lost=75.0, tests=6, tests_failed=1,
        ),
    )  # fmt: skip
    board = await get_repository_dashboard(conn, repo_id, as_of=NOW)
    assert sum(day.minutes_lost for day in days) == board.minutes_lost
    assert await list_flake_days(conn, [repo_id, 99], NOW - timedelta(days=30), NOW) == {
        repo_id: [FlakeDay(repo_id=repo_id, day=one.day, runs=one.runs, runs_flaked=one.runs_flaked) for one in days]
    }


async def test_repositories_are_listed_by_name_with_the_last_seven_days(conn, asked):
    api, web = await list_repositories(conn, [7, 8, 9], as_of=NOW)
    assert (api.name, web.name, web.id, web.external_id, web.owner) == ("api", "web", asked.repo_id, 7, "acme")
    assert (web.healthy, web.suspect, web.flaky, web.broken) == (1, 1, 2, 0)
    assert (web.open_quarantines, web.proposed, api.proposed) == (1, 0, 1)
    assert (web.runs, web.runs_flaked, web.flake_rate, web.minutes_lost) == (3, 2, 2 / 3, 115.0)
    assert (web.last_run_at, api.last_run_at, api.flake_rate, api.minutes_lost) == (at(31, 11), None, None, 0.0)
    assert [one.external_id for one in await list_repositories(conn, [8], as_of=NOW)] == [8]
    await conn.execute("UPDATE fg_repository SET removed_at = now() WHERE id = $1", asked.other_id)
    assert [one.name for one in await list_repositories(conn, [7, 8], as_of=NOW)] == ["web"]


async def test_a_repository_is_found_with_its_policy_and_whether_we_are_at_work_there(conn, repo_id):
    found = await find_repository(conn, 7)
    assert (found.id, found.owner, found.name, found.default_branch) == (repo_id, "acme", "web", "main")
    assert (found.policy, found.policy_error, found.is_installed) == (None, None, False)
    await conn.execute(
        "INSERT INTO fg_installation (id, account_login, created_at, updated_at) VALUES (3, 'acme', '2026-03-01', '2026-03-01')"
    )
    await conn.execute("UPDATE fg_repository SET installation_id = 3, policy = '{\"a\": 1}' WHERE id = $1", repo_id)
    found = await find_repository(conn, 7)
    assert (found.is_installed, found.suspended_at, found.policy) == (True, None, {"a": 1})
    await conn.execute("UPDATE fg_installation SET suspended_at = '2026-03-31' WHERE id = 3")
    found = await find_repository(conn, 7)
    assert (found.is_installed, found.suspended_at) == (False, datetime(2026, 3, 31, tzinfo=UTC))
