"""What the App lost is kept for a while, and then deleted with all that hangs on it."""

import pytest

from app.jobs import Forget
from app.queue import enqueue
from tests.e2e.leavings import run_ci
from tests.e2e.test_installing import push
from tests.e2e.test_life_of_an_installation import nothing_is_left_to_do
from tests.handlers.test_forgetting import everything


async def sweep_after(github, bot, **time):
    github.advance(**time)
    await bot.sweep()
    await bot.settle()


async def test_a_repository_that_was_taken_away_is_whole_for_thirty_days_and_then_forgotten(github, repo, bot, conn):
    other = github.repository("acme/api")
    for one in (repo, other):
        await run_ci(one, bot, await push(one, "1"), failed=("test_1",))
    await github.uncover(repo)
    await bot.settle()
    await sweep_after(github, bot, days=29)
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 24
    await sweep_after(github, bot, days=1)
    assert [row["name"] for row in await conn.fetch("SELECT name FROM fg_repository")] == ["api"]
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 12
    row = await conn.fetchrow("SELECT is_by_rule, attempts, executions, tests, ended_at FROM fg_forgotten")
    assert tuple(row) == (True, 1, 12, 12, github.now)
    # What comes back after that begins anew.
    await github.cover(repo)
    await run_ci(repo, bot, await push(repo, "2"))
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run") == 2
    await nothing_is_left_to_do(bot, conn)


async def test_a_repository_whose_return_nobody_told_of_is_not_forgotten(github, repo, bot, conn):
    await run_ci(repo, bot, await push(repo, "1"))
    await github.uncover(repo)
    await bot.settle()
    github.lose_webhooks(1)
    await github.cover(repo)
    github.advance(days=31)
    async with bot.pool.acquire() as own:
        await enqueue(own, Forget(repo_id=await own.fetchval("SELECT id FROM fg_repository")))
    await bot.settle()
    assert await conn.fetchval("SELECT removed_at FROM fg_repository") is None
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 12


async def test_all_repositories_of_an_app_that_was_uninstalled_are_forgotten(github, repo, bot, conn):
    other = github.repository("acme/api")
    for one in (repo, other):
        await run_ci(one, bot, await push(one, "1"))
    await github.uninstall(repo)
    await bot.settle()
    await sweep_after(github, bot, days=30)
    for table in ("fg_repository", "fg_occurrence", "fg_test_case"):
        assert await conn.fetchval(f"SELECT count(*) FROM {table}") == 0
    await nothing_is_left_to_do(bot, conn)


@pytest.mark.parametrize("event", ["workflow_run", "push", "installation"])
async def test_of_an_account_that_uninstalled_the_app_no_name_is_left_whatever_is_delivered_again(
    github, repo, bot, conn, event
):
    await run_ci(repo, bot, await push(repo, "1"), failed=("test_1",))
    await github.uninstall(repo)
    await bot.settle()
    await sweep_after(github, bot, days=30)
    await sweep_after(github, bot, minutes=5)
    assert await everything(conn, "acme") == []
    for one in list(github.deliveries):
        if one.event == event:
            await github.redeliver(one.guid)
    await bot.settle()
    await sweep_after(github, bot, days=31)
    await sweep_after(github, bot, minutes=5)
    assert await everything(conn, "acme") == []
    await nothing_is_left_to_do(bot, conn)


async def test_an_account_that_had_the_app_on_no_repository_is_forgotten_too_and_known_again_when_it_comes_back(
    github, repo, bot, conn
):
    await push(repo, "1")
    await github.uncover(repo)
    await bot.settle()
    await sweep_after(github, bot, days=31)
    assert await everything(conn, "acme") == ["fg_installation"]
    # Of that nobody hears, so that the installation has no repository when it ends.
    github.forget_webhooks(1)
    await github.cover(repo)
    await github.uninstall(repo)
    await bot.settle()
    await sweep_after(github, bot, minutes=5)
    assert await everything(conn, "acme") == []
    await github.reinstall(repo)
    await bot.settle()
    rows = await conn.fetch("SELECT account_login, deleted_at IS NULL FROM fg_installation ORDER BY id")
    assert [tuple(row) for row in rows] == [("", False), ("acme", True)]
