"""What CI did before the App was installed is read, so that the first comment knows it; none of it is shown by itself."""

import asyncio
import os
import re
import sys
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest
from structlog.testing import capture_logs

from app.github.limits import AT_ONCE
from app.handlers.backfill import PAGE
from app.jobs import ReadHistory
from app.queue import enqueue
from app.sandbox.github import JobSpec
from tests.e2e.leavings import finish_run, job_and_artifact, run_ci
from tests.e2e.test_set_up import check

SOON = timedelta(seconds=0.5)
LOG = """2026-03-02T09:00:00.0000000Z ##[group]Run pytest
2026-03-02T09:00:00.0000000Z ##[endgroup]
2026-03-02T09:00:01.0000000Z ============================= test session starts ==============================
2026-03-02T09:00:01.0000000Z collected 12 items
{middle}
"""
PASSED = "2026-03-02T09:00:03.0000000Z ============================== 12 passed in 1.20s =============================="
FAILED = """2026-03-02T09:00:02.0000000Z tests/test_api.py:7: TimeoutError
2026-03-02T09:00:03.0000000Z =========================== short test summary info ============================
2026-03-02T09:00:03.0000000Z FAILED tests/test_api.py::test_3 - TimeoutError: connection timed out
2026-03-02T09:00:03.0000000Z ========================= 1 failed, 11 passed in 1.20s ==========================
2026-03-02T09:00:03.0000000Z ##[error]Process completed with exit code 1."""


@pytest.fixture
def unheard(github):
    """Nobody hears of what CI does until `hear` is called: the App is not installed yet."""
    url = github.webhook_url
    github.webhook_url = None

    def hear():
        github.webhook_url = url

    return hear


async def push(repo, text):
    return await repo.push(branch="main", files={"code.py": text}, message=text, author="dana")


async def flaky_past(github, repo, *, runs=10):
    """Runs on main, an hour apart, of which two flake: test_3 fails and passes on the same commit."""
    for number in range(runs):
        flakes = number in (runs - 4, runs - 2)
        run = await finish_run(repo, await push(repo, f"v{number}"), failed=("test_3",) if flakes else ())
        if flakes:
            job, artifact = job_and_artifact()
            await run.rerun_failed(jobs=[job], artifacts=[artifact])
        github.advance(hours=1)


async def stored_runs(conn):
    return [row[0] for row in await conn.fetch("SELECT run_started_at FROM fg_workflow_run ORDER BY id")]


async def test_the_first_comment_knows_the_history(github, repo, bot, unheard):
    await flaky_past(github, repo)
    unheard()
    await github.install(repo)
    await bot.settle()
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await run_ci(repo, bot, pull, failed=("test_3",))
    [comment] = [one for one in pull.comments if one.author == "flakeguard[bot]"]
    assert "is known to be flaky" in comment.body
    assert check(repo, pull.head_sha, "FlakeGuard").conclusion == "neutral"


async def test_nothing_of_the_history_is_shown_but_the_issue_of_what_it_proves(github, repo, bot, unheard):
    await flaky_past(github, repo)
    pull = await repo.open_pull(author="dana", branch="old", files={"old.py": "1"}, title="Old")
    await finish_run(repo, pull, failed=("test_5",), message="AssertionError: a bug")
    github.advance(hours=1)
    unheard()
    await github.install(repo)
    await bot.settle()
    assert pull.comments == []
    assert [one for one in repo.data.checks.values() if one.name == "FlakeGuard"] == []
    assert [issue.title for issue in repo.issues] == ["Flaky test: tests.test_api.test_3"]


async def test_history_is_read_newest_first_and_no_further_back_than_thirty_days(github, repo, bot, conn, unheard):
    await finish_run(repo, await push(repo, "long ago"))
    github.advance(days=40)
    for number in range(3):
        await finish_run(repo, await push(repo, f"v{number}"))
        github.advance(days=1)
    unheard()
    await github.install(repo)
    await bot.settle()
    at = await stored_runs(conn)
    assert len(at) == 3
    assert at[0] > github.now - timedelta(days=5)
    assert await conn.fetchval("SELECT backfilled_at FROM fg_repository") == min(at)


async def test_runs_of_other_branches_are_no_history_and_those_of_forks_pull_requests_are(
    github, repo, bot, conn, unheard
):
    await repo.push(branch="wip", files={"a": "1"}, message="wip", author="dana")
    await finish_run(repo, await repo.push(branch="wip", files={"a": "2"}, message="wip", author="dana"))
    fork = repo.fork("max")
    pull = await repo.open_pull(author="max", branch="fix", files={"b": "1"}, title="Fix", from_fork=fork)
    await finish_run(repo, pull)
    github.advance(hours=1)
    unheard()
    await github.install(repo)
    await bot.settle()
    assert [row[0] for row in await conn.fetch("SELECT event FROM fg_workflow_run")] == ["pull_request"]


async def test_what_is_gone_by_now_is_no_failure_of_the_reading(github, repo, bot, conn, unheard):
    run = await finish_run(repo, await push(repo, "v1"), failed=("test_3",))
    run.expire()
    await finish_run(repo, await push(repo, "v2"))
    github.advance(hours=1)
    unheard()
    await github.install(repo)
    await bot.settle()
    assert len(await stored_runs(conn)) == 2
    assert await conn.fetchval("SELECT finished_at IS NOT NULL FROM fg_backfill")


async def test_a_run_that_ends_after_the_installation_is_reported_on_as_ever(github, repo, bot, unheard):
    sha = await push(repo, "v1")
    job, artifact = job_and_artifact(failed=("test_3",))
    run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
    unheard()
    await github.install(repo)
    await bot.settle()
    github.advance(minutes=1)
    await run.complete()
    await bot.settle()
    assert check(repo, sha, "FlakeGuard").conclusion == "failure"


async def test_passes_that_logs_imply_are_the_same_as_if_they_had_been_read_in_order(github, repo, bot, conn, unheard):
    for number in range(6):
        ending = FAILED if number == 2 else PASSED
        job = JobSpec(
            name="test", conclusion="failure" if number == 2 else "success", log=LOG.replace("{middle}", ending)
        )
        run = await repo.start_run(workflow="CI", head=await push(repo, f"v{number}"), jobs=[job])
        await run.complete()
        github.advance(hours=1)
    unheard()
    await github.install(repo)
    await bot.settle()
    rows = await conn.fetch("SELECT outcome::text, source::text FROM fg_occurrence ORDER BY created_at")
    assert [tuple(row) for row in rows] == [("failed", "log"), *[("passed", "implied")] * 3]


async def test_reading_goes_on_where_it_was_broken_off(github, repo, bot, conn, unheard):
    for number in range(5):
        await finish_run(repo, await push(repo, f"v{number}"))
        github.advance(hours=1)
    unheard()
    await github.install(repo)
    await bot.settle()
    # As it stands once half was read and every job of it was lost.
    await conn.execute(
        "DELETE FROM fg_workflow_run WHERE id IN (SELECT id FROM fg_workflow_run ORDER BY id DESC LIMIT 2)"
    )
    await conn.execute("UPDATE fg_backfill SET finished_at = NULL, runs_asked = 3, runs_read = 3, reached = started_at")
    await bot.sweep()
    await bot.settle()
    assert len(await stored_runs(conn)) == 5
    assert await conn.fetchval("SELECT finished_at IS NOT NULL FROM fg_backfill")


async def test_two_readers_of_one_history_read_nothing_twice(github, repo, bot, conn, unheard):
    await flaky_past(github, repo, runs=6)
    unheard()
    await github.install(repo)
    await enqueue(conn, *(ReadHistory(repo_id=1) for _ in range(5)))
    await bot.settle()
    assert len(await stored_runs(conn)) == 8
    assert await conn.fetchval("SELECT runs_asked FROM fg_backfill") == 6


async def history_figures(bot):
    """Return what the metrics say of runs from before the App was installed."""
    async with aiohttp.ClientSession() as session, session.get(f"{bot.address}/metrics") as answer:
        text = await answer.text()
    return {
        state: int(float(number))
        for state, number in re.findall(r'flakeguard_backfill_runs{state="(\w+)"} (\S+)', text)
    }


async def an_hour_passes(github, conn):
    """GitHub's hour begins anew, and what waits for that is due; both are counted in real time."""
    github.api.used.clear()
    await conn.execute("UPDATE fg_github_limit SET quota_resets_at = now()")
    await conn.execute("UPDATE pgqueuer SET execute_after = now() WHERE status = 'queued'")


async def test_reading_stops_at_its_share_of_the_limit_leaves_the_rest_to_people_and_goes_on_in_the_next_hour(
    github, repo, bot, conn, unheard
):
    for number in range(PAGE + 6):
        await finish_run(repo, await push(repo, f"v{number}"))
        github.advance(hours=1)
    unheard()
    # Of a thousand requests a quarter is for what nobody waits for, and others have used most of that.
    github.api.limit = 1000
    await github.install(repo)
    github.api.used[repo.data.installation_id] = 200
    with capture_logs() as lines:
        # Whether the history's runs were read is looked at every two seconds, for as long as they wait.
        await bot.settle(within=SOON)
        read = await stored_runs(conn)
        used = github.api.used[repo.data.installation_id]
        assert 0 < len(read) < PAGE
        # Turns taken already go out, and not each single answer is told of.
        assert 250 <= used <= 250 + 50 + AT_ONCE
        assert await history_figures(bot) == {"waiting": PAGE - len(read), "done": len(read)}
        await bot.sweep()
        await bot.settle(within=SOON)
        assert github.api.used[repo.data.installation_id] <= used + 2

        pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
        await finish_run(repo, pull, failed=("test_3",))
        await bot.settle(within=SOON)
        assert check(repo, pull.head_sha, "FlakeGuard").conclusion == "failure", "people do not wait for the history"
        assert len(await stored_runs(conn)) == len(read) + 1

        await an_hour_passes(github, conn)
        await bot.settle()
    assert len(await stored_runs(conn)) == PAGE + 6 + 1
    assert await conn.fetchval("SELECT finished_at IS NOT NULL FROM fg_backfill")
    asked = [(line["repo_id"], line["runs"]) for line in lines if line["event"] == "history_asked"]
    assert asked[:2] == [(1, PAGE), (1, PAGE + 6)]
    reached = [datetime.fromisoformat(line["reached"]) for line in lines if line["event"] == "history_asked"]
    assert reached == sorted(reached, reverse=True)
    assert [line["runs"] for line in lines if line["event"] == "history_read"] == [PAGE + 6]


async def backfill(github, database_url, *arguments):
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "backfill", *arguments,
        env=os.environ | {
            "FLAKEGUARD_DATABASE_URL": database_url,
            "FLAKEGUARD_APP_ID": "4242",
            "FLAKEGUARD_PRIVATE_KEY": github.private_key_pem,
            "FLAKEGUARD_WEBHOOK_SECRET": "secret",
            "FLAKEGUARD_GITHUB_API_URL": github.api_url,
            "FLAKEGUARD_CLOCK_OFFSET": str(int((github.now - datetime.now(UTC)).total_seconds())),  # noqa: TID251
            "FLAKEGUARD_LOG_LEVEL": "error",
        },
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await asyncio.wait_for(process.communicate(), 60)
    return process.returncode, out.decode(), err.decode()


async def test_the_command_reads_further_back_and_shows_how_far_it_is(github, repo, bot, conn, unheard, database_url):
    await finish_run(repo, await push(repo, "long ago"))
    github.advance(days=40)
    await finish_run(repo, await push(repo, "v1"))
    github.advance(days=1)
    unheard()
    await github.install(repo)
    await bot.settle()
    since = (github.now - timedelta(days=60)).date().isoformat()
    status, out, err = await backfill(github, database_url, "acme/web", "--since", since)
    assert (status, out) == (0, f"1 run read, back to {since} or the 200 newest\n"), err
    assert "1 run read and judged" in err.splitlines()[-1]
    assert len(await stored_runs(conn)) == 2


async def test_the_command_reads_so_many_runs_at_most(github, repo, bot, conn, unheard, database_url):
    unheard()
    await github.install(repo)
    await bot.settle()
    github.webhook_url = None
    for number in range(4):
        await finish_run(repo, await push(repo, f"v{number}"))
        github.advance(hours=1)
    await conn.execute("DELETE FROM fg_backfill")
    status, _, err = await backfill(github, database_url, "acme/web", "--runs", "3")
    assert status == 0, err
    assert len(await stored_runs(conn)) == 3


async def test_the_command_ends_where_nothing_can_be_read_and_says_why(github, repo, bot, database_url):
    await github.install(repo)
    await bot.settle()
    await github.uncover(repo)
    await bot.settle()
    status, out, err = await backfill(github, database_url, "acme/web", "--runs", "3")
    assert (status, out) == (1, "")
    assert err.splitlines()[-1] == "flakeguard backfill: the App is not at work in acme/web"


async def test_a_history_that_is_not_to_be_had_any_more_is_neither_waited_for_nor_asked_for(
    github, repo, bot, conn, unheard
):
    await finish_run(repo, await push(repo, "v1"))
    unheard()
    await github.install(repo)
    await bot.settle()
    await conn.execute("UPDATE fg_backfill SET finished_at = NULL, runs_asked = 3, runs_read = 1")
    await github.suspend(repo)
    await bot.settle()
    assert await history_figures(bot) == {"waiting": 0, "done": 0}
    with capture_logs() as lines:
        await bot.sweep()
        await bot.settle()
    assert [line for line in lines if line["event"] == "job_dropped"] == []
    await github.unsuspend(repo)
    await bot.settle()
    await bot.sweep()
    await bot.settle()
    assert await conn.fetchval("SELECT finished_at IS NOT NULL FROM fg_backfill")


async def test_a_repository_that_nobody_knows_is_named(github, bot, database_url):
    status, _, err = await backfill(github, database_url, "acme/other")
    assert (status, "acme/other" in err) == (1, True)
