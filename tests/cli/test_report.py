"""`flakeguard report`, over the sample data."""

import json
from datetime import timedelta

import asyncpg
import pytest

from app.cli import asking, seed
from app.cli.asking import known_repository
from app.core.model import RepoId
from app.core.upkeep import month_of
from app.db.compaction import compact_month
from app.db.connection import open_pool
from app.db.flake_report import read_figures
from app.handlers.flake_report import generate_flakiness_report
from app.sample.cast import STAGES
from app.sample.plot import SPAN
from app.sample.tell import tell
from tests.cli.in_main import run
from tests.told import UNTIL, told_url

WEB_APP = STAGES[0].full_name


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    for command in (asking, seed):
        monkeypatch.setattr(command, "configure_log", lambda *_: None)


@pytest.fixture
def seeded(server_url):
    """The URL of a database with the first repository's story."""
    return told_url(server_url)


def report(monkeypatch, capsys, url, name, form):
    capsys.readouterr()
    assert run(monkeypatch, "report", name, "--format", form, DATABASE_URL=url) == 0
    return capsys.readouterr().out


@pytest.fixture
async def stored(seeded):
    conn = await asyncpg.connect(seeded)
    yield conn
    await conn.close()


async def test_runs_and_occurrences_are_those_that_are_stored(stored):
    figures = await read_figures(stored, RepoId(1))
    assert figures.runs == 100
    assert figures.occurrences == await stored.fetchval("SELECT count(*) FROM fg_occurrence")
    assert figures.attempts == await stored.fetchval("SELECT count(*) FROM fg_workflow_run")


def test_json_says_what_the_sample_is_made_of(monkeypatch, capsys, seeded):
    written = json.loads(report(monkeypatch, capsys, seeded, WEB_APP, "json"))
    assert (written["repository"], written["runs"]) == (WEB_APP, 100)
    assert 550 < written["occurrences"] < 650
    assert written["totals"] == {"broken": 1, "flaky": 2, "suspect": 1, "healthy": 21}
    scores = [one["score"] for one in written["tests"]]
    assert scores == sorted(scores, reverse=True)
    worst = written["tests"][0]
    assert worst["class_name"] == "DatabaseConnection"
    assert worst["file"] == "tests/DatabaseConnection.test.ts"
    assert len(worst["history"]) == 50
    assert worst["evidence"]["E1"]["count"] + worst["evidence"]["E2"]["count"] == worst["failures"]
    latest = worst["evidence"]["E2"]["latest"][0]
    assert latest["failed"]["url"].startswith(
        f"https://github.com/{WEB_APP}/actions/runs/{latest['failed']['run_id']}/job/"
    )
    assert worst["cluster"].startswith(("RaceError", "DeadlockError"))
    assert worst["decision"]["state"] == "ACTIVE"
    assert worst["issue"]["state"] == "open"
    assert {one["kind"] for one in written["clusters"]} == {"test", "infra"}
    assert sorted(one["is_whole"] for one in written["incidents"]) == [False, True]


async def test_the_trend_has_the_days_of_the_last_thirty(seeded):
    async with await open_pool(seeded) as pool, pool.acquire() as conn:
        repo = await known_repository(conn, ("acme-corp", "web-app"))
        trend = (await generate_flakiness_report(conn, repo, UNTIL)).trend
        none = (await generate_flakiness_report(conn, repo, UNTIL + timedelta(days=90))).trend
    assert none == ()
    assert [one.day for one in trend] == sorted({one.day for one in trend})
    assert (UNTIL - timedelta(days=30)).date() <= trend[0].day <= trend[-1].day <= UNTIL.date()
    assert 0 < sum(one.runs_flaked for one in trend) < sum(one.runs for one in trend) < 100
    assert sum(one.minutes_lost for one in trend) > 0


def test_tests_that_never_failed_are_healthy(monkeypatch, capsys, seeded):
    written = json.loads(report(monkeypatch, capsys, seeded, WEB_APP, "json"))
    [stable] = [one for one in written["tests"] if one["class_name"] == "AuthService"]
    assert (stable["standing"], stable["score"], stable["flake_rate"], stable["runs"]) == ("healthy", 0, 0, 50)


def test_people_get_markdown_unless_they_ask_for_something_else(monkeypatch, capsys, seeded):
    capsys.readouterr()
    assert run(monkeypatch, "report", WEB_APP.upper(), DATABASE_URL=seeded) == 0
    written = capsys.readouterr().out
    assert written.startswith(f"# Flakiness report: `{WEB_APP}`\n")
    assert report(monkeypatch, capsys, seeded, WEB_APP, "html").startswith("<!DOCTYPE html>")


async def test_old_passes_that_are_rolled_up_count_as_before(database_url):
    async with await open_pool(database_url) as pool:
        await tell(pool, STAGES[0], UNTIL, 1)
        async with pool.acquire() as conn:
            before = await read_figures(conn, RepoId(1))
        rolled_up = await compact_month(pool, month_of(UNTIL - SPAN), {RepoId(1): 5}, UNTIL)
        assert rolled_up.kept < rolled_up.before
        async with pool.acquire() as conn:
            assert await read_figures(conn, RepoId(1)) == before


def test_an_unknown_repository_is_named(monkeypatch, capsys, database_url):
    assert run(monkeypatch, "report", "no/body", DATABASE_URL=database_url) == 1
    assert capsys.readouterr().err == "the database knows no repository no/body\n"


@pytest.mark.parametrize("wrong", [["web-app"], ["o/r", "--format", "pdf"], []])
def test_wrong_usage(monkeypatch, capsys, wrong):
    with pytest.raises(SystemExit) as ended:
        run(monkeypatch, "report", *wrong)
    assert ended.value.code == 2
