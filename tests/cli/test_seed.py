"""`flakeguard seed`."""

import asyncpg
import pytest

from app.cli import asking, seed
from app.db.connection import open_pool
from app.sample.cast import STAGES, Kind
from app.sample.plot import RUNS, play
from app.sample.tell import tell
from tests.cli.in_main import run
from tests.told import UNTIL, told_url

TABLES = (
    "fg_repository",
    "fg_workflow_run",
    "fg_job",
    "fg_test_case",
    "fg_occurrence",
    "fg_flake_score",
    "fg_evidence",
    "fg_proof",
    "fg_quarantine_decision",
    "fg_failure_cluster",
    "fg_failure_cluster_test",
    "fg_issue_link",
    "fg_audit",
)


@pytest.fixture
def quiet(monkeypatch):
    for command in (asking, seed):
        monkeypatch.setattr(command, "configure_log", lambda *_: None)


def said(capsys):
    """What was printed, without the log, which these tests leave on standard output."""
    return [line for line in capsys.readouterr().out.splitlines() if line.startswith("acme-corp/")]


async def everything(url):
    conn = await asyncpg.connect(url)
    try:
        return {table: sorted(map(repr, await conn.fetch(f"SELECT * FROM {table}"))) for table in TABLES}
    finally:
        await conn.close()


@pytest.fixture
def seeded(server_url):
    return told_url(server_url)


@pytest.fixture
async def told(seeded):
    """A connection to the first repository's story."""
    conn = await asyncpg.connect(seeded)
    yield conn
    await conn.close()


def test_it_says_in_a_line_a_repository_what_is_stored_and_adds_nothing_twice(
    monkeypatch, capsys, quiet, empty_database_url
):
    assert run(monkeypatch, "seed", "--until", "2026-03-01", DATABASE_URL=empty_database_url) == 0
    first = said(capsys)
    assert [line.partition(":")[0] for line in first] == [one.full_name for one in STAGES]
    assert all(": 100 runs (" in line for line in first)
    # Another day changes nothing either: the same runs on other days would be two stories in one.
    assert run(monkeypatch, "seed", "--until", "2026-04-07", DATABASE_URL=empty_database_url) == 0
    assert said(capsys) == [f"{line}, there already" for line in first]


async def test_the_same_seed_stores_the_same_rows(make_database):
    stored = []
    for _ in range(2):
        url = await make_database()
        async with await open_pool(url) as pool:
            await tell(pool, STAGES[1], UNTIL, 1)
        stored.append(await everything(url))
    assert stored[0] == stored[1]


def test_another_seed_tells_another_story():
    assert play(STAGES[0], UNTIL, 1) == play(STAGES[0], UNTIL, 1)
    assert play(STAGES[0], UNTIL, 1) != play(STAGES[0], UNTIL, 2)


@pytest.mark.parametrize("number", [1, 7, 20, 300])
def test_about_eighteen_hundred_occurrences_whatever_the_seed(number):
    played = [one for stage in STAGES for one in play(stage, UNTIL, number)]
    assert len({(one.commit.head_repository.partition("/")[2], one.number) for one in played}) == 3 * RUNS
    assert 1_700 < sum(len(job.executions) for one in played for job in one.jobs) < 1_900
    assert max(one.at for one in played) < UNTIL


async def test_every_standing_is_there(told):
    rows = await told.fetch(
        "SELECT test.class_name, test.name, s.standing::text, s.flake_rate FROM fg_test_case AS test"
        " LEFT JOIN fg_flake_score AS s ON s.repo_id = test.repo_id AND s.test_id = test.id"
    )
    found = {row["name"]: row for row in rows}
    assert found["should_validate_jwt_token"]["standing"] is None, "it never failed: no row is healthy"
    assert found["should_handle_timeout"]["standing"] == "flaky"
    assert found["should_handle_timeout"]["flake_rate"] == pytest.approx(0.25, abs=0.04)
    assert found["should_handle_concurrent_writes"]["standing"] == "flaky"
    assert found["should_handle_concurrent_writes"]["flake_rate"] == pytest.approx(0.65, abs=0.04)
    assert found["should_round_half_up"]["standing"] == "broken"
    assert found["should_suggest_while_typing"]["standing"] == "suspect"
    assert {row["standing"] for row in rows if row["class_name"] == "PaymentGateway"} == {None}, "outages are no flakes"


async def test_every_state_of_a_decision_is_there_and_each_is_in_the_audit_trail(told):
    states = [row["state"] for row in await told.fetch("SELECT state::text FROM fg_quarantine_decision ORDER BY id")]
    assert set(states) == {"PROPOSED", "ACTIVE", "EXPIRED", "DISMISSED", "RESOLVED"}
    assert [row["action"] for row in await told.fetch("SELECT action FROM fg_audit ORDER BY id")] == states
    assert await told.fetchval("SELECT count(*) FROM fg_quarantine_decision WHERE ended_at IS NULL") == 2


async def test_issues_are_open_closed_as_completed_and_closed_as_not_planned(told):
    rows = await told.fetch("SELECT state, state_reason FROM fg_issue_link ORDER BY number")
    assert [tuple(row) for row in rows] == [("open", None), ("closed", "not_planned"), ("closed", "completed")]


async def test_failures_of_one_cause_are_one_cluster_and_the_outage_is_the_machines(told):
    rows = await told.fetch("SELECT title, kind::text, test_count FROM fg_failure_cluster")
    titles = [row["title"].partition(":")[0] for row in rows]
    assert {"TimeoutError", "RaceError", "NetworkError", "AssertionError"} <= set(titles)
    assert [row["test_count"] for row in rows if row["kind"] == "infra"] == [len(STAGES[0].of(Kind.OUTAGE)) + 2]
    assert await told.fetchval("SELECT count(*) FROM fg_workflow_run WHERE is_infra") == 1


def test_a_run_is_green_again_only_when_all_of_its_jobs_are():
    attempts = play(STAGES[0], UNTIL, 1)
    seconds = [one for one in attempts if one.attempt == 2]
    assert {one.is_failed for one in seconds} == {False, True}
    assert not any(job.failed for one in seconds for job in one.jobs)


async def test_no_work_is_left_for_a_bot_that_knows_nothing_of_these_repositories(told):
    assert await told.fetchval("SELECT count(*) FROM pgqueuer") == 0


@pytest.mark.parametrize("given", ["yesterday", "2026-13-01"])
def test_a_bad_date_is_wrong_usage(monkeypatch, capsys, given):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "seed", "--until", given)
    assert ended.value.code == 2
    assert "is not a date" in capsys.readouterr().err


def test_without_a_date_it_ends_today(monkeypatch, capsys, quiet, database_url):
    assert run(monkeypatch, "seed", DATABASE_URL=database_url) == 0
    assert "100 runs" in capsys.readouterr().out
