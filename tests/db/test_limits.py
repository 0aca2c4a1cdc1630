"""What GitHub allows an installation is kept by all processes together."""

import asyncio
import itertools
import time
from datetime import timedelta

import pytest

from app.core.quota import APP, FREE, Cost, Pace, Quota
from app.db.connection import open_pool
from app.db.limits import SharedBudget, SharedBudgets
from app.github.limits import OwnBudget

READ, WRITE, COMMENT = (
    Cost(points=1),
    Cost(points=5, is_write=True),
    Cost(points=5, is_write=True, creates_content=True),
)
TOLD = Quota(limit=5000, remaining=4900, resets_in=3600)
PACE = Pace(seconds_a_point=0.01, points_saved=20, seconds_a_content=0.2, content_saved=2, write_pause=0.05)

KINDS = (lambda pools: SharedBudgets(pools[0], FREE)(9), lambda _: OwnBudget(0))


@pytest.fixture
async def pools(database_url):
    """Three processes, as far as the database can tell."""
    opened = [await open_pool(database_url, size=2, is_hasty=True) for _ in range(3)]
    yield opened
    for one in opened:
        await one.close()


@pytest.fixture
async def budgets(pools):
    made = [SharedBudgets(pool, PACE)(9) for pool in pools]
    # GitHub has told that it limits this installation.
    await made[0].tell(TOLD, strikes=0)
    return made


async def spend(budgets, cost, times):
    """Take turns from all processes at once; returns of each the earliest and the latest moment at which it may have begun."""

    async def one(budget):
        asked = time.monotonic()
        turn = await budget.take(cost, longest=60)
        return asked + turn.seconds, time.monotonic() + turn.seconds

    turns = [one(budget) for budget, _ in zip(itertools.cycle(budgets), range(times), strict=False)]
    return sorted(await asyncio.gather(*turns))


def is_kept(turns, saved, seconds_each):
    """Tell whether no turns of any window are more than were saved up, and earned within it."""
    return all(
        latest - earliest >= (number - saved) * seconds_each
        for first, (earliest, _) in enumerate(turns)
        for number, (_, latest) in enumerate(turns[first:], start=1)
    )


async def test_no_window_of_any_length_holds_more_points_than_were_saved_and_earned(budgets):
    turns = await spend(budgets, READ, 60)
    # The first of a window needs nothing earned within it.
    assert is_kept(turns, PACE.points_saved + 1, PACE.seconds_a_point)
    assert turns[-1][1] - turns[0][0] >= (60 - PACE.points_saved - 1) * PACE.seconds_a_point


async def test_writes_of_all_processes_are_a_pause_apart(budgets):
    assert is_kept(await spend(budgets, WRITE, 6), 1, PACE.write_pause)


async def test_what_creates_content_has_a_budget_of_its_own(budgets):
    turns = await spend(budgets, COMMENT, 8)
    assert is_kept(turns, PACE.content_saved + 1, PACE.seconds_a_content)
    assert turns[-1][1] - turns[0][0] >= (8 - PACE.content_saved - 1) * PACE.seconds_a_content


async def test_a_turn_that_nobody_would_wait_for_is_not_taken(budgets):
    await budgets[0].close(timedelta(seconds=30))
    turns = [await budgets[1].take(WRITE, longest=5) for _ in range(50)]
    assert all(29 < turn.seconds <= 30 for turn in turns)


@pytest.mark.parametrize("make", KINDS, ids=["shared", "own"])
async def test_a_wait_that_github_names_is_kept(pools, make):
    budget = make(pools)
    assert not (await budget.take(READ, longest=5)).is_closed
    await budget.close(timedelta(seconds=0.2))
    await budget.close(timedelta(seconds=0.05))
    turn = await budget.take(READ, longest=5)
    assert turn.is_closed
    assert 0.1 < turn.seconds <= 0.2
    await asyncio.sleep(turn.seconds)
    assert (await budget.take(READ, longest=5)).seconds <= 0


async def test_a_wait_that_is_named_to_one_process_is_kept_by_all(budgets):
    await budgets[0].close(timedelta(seconds=10))
    for budget in budgets:
        assert (await budget.take(READ, longest=5)).is_closed


@pytest.mark.parametrize("make", KINDS, ids=["shared", "own"])
async def test_strikes_and_what_is_left_are_known_to_who_asks_next(pools, make):
    budget = make(pools)
    await budget.tell(TOLD, strikes=3)
    turn = await budget.take(READ, longest=5)
    assert turn.strikes == 3
    assert (turn.quota.limit, turn.quota.remaining) == (5000, 4900)
    assert 3590 < turn.quota.resets_in <= 3600


async def test_an_hour_that_is_over_leaves_all_of_the_next(pools):
    budget = SharedBudgets(pools[0], FREE)(9)
    await budget.tell(Quota(limit=5000, remaining=3, resets_in=0), strikes=0)
    assert (await budget.take(READ, longest=5)).quota.remaining == 5000


async def test_installations_and_the_app_itself_share_nothing(pools):
    of = SharedBudgets(pools[0], PACE)
    await of(9).close(timedelta(seconds=10))
    assert not (await of(10).take(READ, longest=5)).is_closed
    turns = [await of(APP).take(WRITE, longest=5) for _ in range(3)]
    assert [turn.seconds for turn in turns] == [0, 0, 0], "the App writes nothing that people see"


async def test_a_server_that_never_told_a_limit_is_asked_at_any_pace(pools):
    budget = SharedBudgets(pools[0], PACE)(9)
    turns = [await budget.take(READ, longest=5) for _ in range(100)]
    assert max(turn.seconds for turn in turns) == 0


async def test_a_process_that_dies_in_the_middle_keeps_nobody_waiting(pools, database_url):
    dying = await open_pool(database_url, size=1, is_hasty=True)
    await SharedBudget(dying, FREE, 9).take(READ, longest=5)
    transaction = (conn := await dying.acquire()).transaction()
    await transaction.start()
    await conn.execute("SELECT FROM fg_github_limit FOR UPDATE")
    dying.terminate()
    async with asyncio.timeout(5):
        assert (await SharedBudget(pools[0], FREE, 9).take(READ, longest=5)).seconds == 0


def test_background_work_leaves_most_of_the_hour_to_people():
    def wait(remaining, resets_in=600):
        return Quota(limit=5000, remaining=remaining, resets_in=resets_in).wait_in_background()

    assert wait(5000) is None
    assert wait(3750) is None
    assert wait(3749) == timedelta(minutes=10)
    assert wait(0, resets_in=3600) == timedelta(minutes=15)
    assert wait(0, resets_in=-5) == timedelta(seconds=1)


def test_github_never_sees_more_than_it_allows():
    pace = Pace()
    assert pace.points_saved + 60 / pace.seconds_a_point <= 900 * 0.9
    assert pace.content_saved + 3600 / pace.seconds_a_content <= 500 * 0.9
    assert 60 / pace.write_pause <= 80
