"""The cause of a flake is guessed at by what is stored: a suite in random order, with one test that spoils another."""

import random

from app.core.cause_rules import Category
from app.db.cases import list_known_cases
from app.handlers.bot import know
from app.handlers.causes import guess_cause
from app.handlers.judge import rejudge
from tests.db.stored_runs import Stored, add_repository, store

OTHERS = [f"test_{number:02}" for number in range(12)]


async def fill(conn, is_hit, runs=30):
    """Runs of a suite in another order each time, retried once where the test is hit."""
    repo_id = await add_repository(conn)
    for run in range(1, runs + 1):
        order = random.Random(run).sample([*OTHERS, "test_cart"], 13)
        tests = {name: "FP" if name == "test_cart" and is_hit(order, run) else "P" for name in order}
        await store(conn, repo_id, Stored(run=run, tests=tests))
    [test] = [case.id for case in await list_known_cases(conn, repo_id, []) if case.case.name == "test_cart"]
    async with conn.transaction():
        await rejudge(conn, await know(conn, repo_id), [test])
    return repo_id, test


def is_after(order, name):
    return order.index("test_cart") > order.index(name)


async def test_a_test_that_fails_only_after_another_is_told_with_its_name(conn):
    repo_id, test = await fill(conn, lambda order, run: is_after(order, "test_07"))
    cause = await guess_cause(conn, repo_id, test)
    assert cause.category is Category.RACE
    assert [one.name for one in cause.order.others] == ["test_07"]
    assert cause.order.is_polluted


async def test_a_test_that_needs_another_before_it_is_told_with_its_name(conn):
    repo_id, test = await fill(conn, lambda order, run: not is_after(order, "test_03"))
    cause = await guess_cause(conn, repo_id, test)
    assert [one.name for one in cause.order.others] == ["test_03"]
    assert not cause.order.is_polluted


async def test_a_test_that_fails_by_chance_depends_on_no_order(conn):
    repo_id, test = await fill(conn, lambda order, run: random.Random(-run).random() < 0.4)
    assert await guess_cause(conn, repo_id, test) is None


async def test_without_known_positions_only_the_words_speak(conn):
    repo_id, test = await fill(conn, lambda order, run: is_after(order, "test_07"))
    await conn.execute("UPDATE fg_occurrence SET position = NULL")
    assert await guess_cause(conn, repo_id, test) is None
    await conn.execute("UPDATE fg_occurrence SET failure_message = 'TimeoutError: no answer' WHERE outcome = 'failed'")
    assert (await guess_cause(conn, repo_id, test)).category is Category.TIMEOUT


async def test_a_test_that_never_failed_has_no_cause(conn):
    repo_id, test = await fill(conn, lambda order, run: False)
    assert await guess_cause(conn, repo_id, test) is None
