"""What GitHub allows an installation is kept by all processes together."""

import asyncio
import itertools
import time
from dataclasses import replace
from datetime import timedelta

import pytest

from app.core.quota import APP, FREE, LONGEST_WRITE, Cost, News, Pace, Quota
from app.db.connection import DATABASE_AWAY, open_pool
from app.db.limits import SharedBudget, SharedBudgets, note_news
from app.github.errors import Limited
from app.github.limits import LONGEST_SLEEP, Limits, OwnBudget
from app.github.routes import route
from app.github.wire import Answer, Request

READ, WRITE, COMMENT = (
    Cost(points=1),
    Cost(points=5, is_write=True),
    Cost(points=5, is_write=True, creates_content=True),
)
GET = Request(method="GET", where=route("/x"))
PACE = Pace(seconds_a_point=0.01, points_saved=20, seconds_a_content=0.2, content_saved=2, write_pause=0.05)


def told(strikes=0):
    return News(quota=Quota(limit=5000, remaining=4900, resets_in=3600), strikes_before=0, strikes=strikes)


def named(seconds):
    return News(wait=timedelta(seconds=seconds), strikes_before=0, strikes=0)


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
    await made[0].tell(told())
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


@pytest.mark.parametrize("is_background", [False, True])
async def test_ten_processes_together_never_spend_more_than_was_saved_and_earned(database_url, is_background):
    pace = Pace(seconds_a_point=0.01, points_saved=20)
    saved = pace.points_saved / 2 if is_background else pace.points_saved
    pools = [await open_pool(database_url, size=1, is_hasty=True) for _ in range(10)]
    budgets = [SharedBudgets(pool, pace)(9) for pool in pools]
    await budgets[0].tell(told())
    started, out = time.monotonic(), []

    async def spend_all(budget):
        for _ in range(15):
            turn = await budget.take(Cost(points=1, is_background=is_background), longest=60)
            out.append(time.monotonic() + turn.seconds)

    await asyncio.gather(*map(spend_all, budgets))
    # The last turn is no sooner than the steady rate allows, and not later either: none was lost on the way.
    assert max(out) - started >= (150 - 1 - saved) * 0.01
    assert (await budgets[0].take(READ, longest=60)).seconds <= (150 - saved) * 0.01
    for pool in pools:
        await pool.close()


async def test_what_nobody_waits_for_leaves_half_of_what_was_saved_up_to_others(budgets):
    background = [await budgets[0].take(Cost(points=1, is_background=True), longest=0.05) for _ in range(30)]
    assert not background[-1].is_taken
    assert (await budgets[1].take(READ, longest=0)).is_taken
    # What it may have taken ahead is no more than that half.
    assert Pace().points_saved * Pace().seconds_a_point / 2 >= LONGEST_SLEEP


async def test_a_limit_that_is_told_late_counts_what_was_just_spent_and_not_what_was_spent_for_days(pools):
    budget = SharedBudgets(pools[0], PACE)(9)
    for _ in range(50):
        assert (await budget.take(Cost(points=1000), longest=5)).seconds == 0
    await budget.tell(told())
    turn = await budget.take(READ, longest=5)
    assert not turn.is_taken
    assert 55 < turn.seconds <= 60


def shared(pause):
    return lambda pools: [SharedBudgets(pool, replace(FREE, write_pause=pause))(9) for pool in pools]


async def test_a_write_is_alone_however_long_it_takes(pools):
    first, second, third = shared(4)(pools)
    writing = await first.take(WRITE, longest=5)
    assert writing.is_taken
    for other in (second, third, second):
        turn = await other.take(WRITE, longest=5)
        assert not turn.is_taken
        assert 0 < turn.seconds <= 4
    assert (await second.take(READ, longest=5)).seconds == 0
    await first.end_write(writing.writes_until)
    turns = [await other.take(WRITE, longest=5) for other in (second, third)]
    assert turns[0].is_taken
    assert 1 < turns[0].seconds <= 4
    assert not turns[1].is_taken


async def test_a_process_that_dies_while_it_writes_keeps_others_from_writing_for_seconds_only(pools, conn):
    first, second, _ = shared(0)(pools)
    assert (await first.take(WRITE, longest=5)).writes_until is not None
    await conn.execute(
        "UPDATE fg_github_limit SET writing_until = writing_until - $1::interval", timedelta(seconds=LONGEST_WRITE)
    )
    turn = await second.take(WRITE, longest=5)
    assert (turn.is_taken, turn.seconds) == (True, 0)
    # The first one was only slow: its end is not that of the second.
    await first.end_write(turn.writes_until - timedelta(seconds=1))
    assert not (await first.take(WRITE, longest=5)).is_taken


async def test_beside_the_release_before_writes_begin_a_pause_apart(pools, conn):
    """That one knows when the next write is due, and nothing of one that is going on."""
    own = shared(4)(pools)[0]
    writing = await own.take(WRITE, longest=5)
    due = await conn.fetchval("SELECT write_due FROM fg_github_limit")
    assert due == writing.writes_until - timedelta(seconds=LONGEST_WRITE - 4)
    # The other one reserves the turn after the next.
    later = due + timedelta(minutes=1)
    await conn.execute("UPDATE fg_github_limit SET write_due = $1", later)
    await own.end_write(writing.writes_until)
    assert await conn.fetchval("SELECT write_due FROM fg_github_limit") == later


async def write(budget, cost):
    """Wait for a turn to write and end it at once; returns the earliest and the latest moment at which it may have begun."""
    asked = time.monotonic()
    turn = await budget.take(cost, longest=60)
    latest = time.monotonic() + turn.seconds
    await asyncio.sleep(turn.seconds)
    await budget.end_write(turn.writes_until)
    return asked + turn.seconds, latest


async def test_what_creates_content_has_a_budget_of_its_own(budgets):
    turns = [await write(budget, COMMENT) for budget in (*budgets, *budgets)]
    assert is_kept(turns, PACE.content_saved + 1, PACE.seconds_a_content)
    assert is_kept(turns, 1, PACE.write_pause)


async def test_a_turn_that_nobody_would_wait_for_is_not_taken(budgets):
    await budgets[0].tell(named(30))
    turns = [await budgets[1].take(WRITE, longest=5) for _ in range(50)]
    assert all(29 < turn.seconds <= 30 for turn in turns)


@pytest.mark.parametrize("make", KINDS, ids=["shared", "own"])
async def test_a_wait_that_github_names_is_kept(pools, make):
    budget = make(pools)
    assert not (await budget.take(READ, longest=5)).is_closed
    await budget.tell(named(0.2))
    await budget.tell(named(0.05))
    turn = await budget.take(READ, longest=5)
    assert turn.is_closed
    assert 0.1 < turn.seconds <= 0.2
    await asyncio.sleep(turn.seconds)
    assert (await budget.take(READ, longest=5)).seconds <= 0


async def test_a_wait_that_is_named_to_one_process_is_kept_by_all(budgets):
    await budgets[0].tell(named(10))
    for budget in budgets:
        assert (await budget.take(READ, longest=5)).is_closed


@pytest.mark.parametrize("make", KINDS, ids=["shared", "own"])
async def test_strikes_and_what_is_left_are_known_to_who_asks_next(pools, make):
    budget = make(pools)
    await budget.tell(told(strikes=3))
    turn = await budget.take(READ, longest=5)
    assert turn.strikes == 3
    assert (turn.quota.limit, turn.quota.remaining) == (5000, 4900)
    assert 3590 < turn.quota.resets_in <= 3600


@pytest.mark.parametrize("make", KINDS, ids=["shared", "own"])
async def test_refusals_of_requests_that_were_under_way_together_are_one_strike(pools, make):
    budget = make(pools)
    for _ in range(8):
        await budget.tell(News(wait=timedelta(0), strikes_before=0, strikes=1))
    assert (await budget.take(READ, longest=5)).strikes == 1
    await budget.tell(News(strikes_before=0, strikes=0))
    assert (await budget.take(READ, longest=5)).strikes == 1, "asked before the strike, the answer knows nothing of it"
    await budget.tell(News(strikes_before=1, strikes=0))
    assert (await budget.take(READ, longest=5)).strikes == 0


@pytest.mark.parametrize("make", [lambda pools: shared(0.2)(pools)[0], lambda _: OwnBudget(0.2)], ids=["shared", "own"])
async def test_the_pause_begins_when_a_write_has_ended(pools, make):
    budget = make(pools)
    writing = await budget.take(WRITE, longest=5)
    await asyncio.sleep(0.1)
    ended = time.monotonic()
    await budget.end_write(writing.writes_until)
    turn = await budget.take(WRITE, longest=5)
    assert time.monotonic() + turn.seconds >= ended + 0.2


async def test_a_wait_is_on_the_disk_before_anybody_hears_of_it_and_all_else_is_quick(pools):
    async with pools[0].acquire() as conn, conn.transaction():
        await note_news(conn, 9, told())
        assert await conn.fetchval("SHOW synchronous_commit") == "off"
        await note_news(conn, 9, named(1))
        assert await conn.fetchval("SHOW synchronous_commit") == "on"


async def test_a_wait_that_the_database_was_away_for_holds_back_this_process_and_is_told_to_the_others(
    pools, database_url
):
    pool = await open_pool(database_url, size=1, is_hasty=True, longest_seconds=1)
    limits = Limits(SharedBudget(pool, FREE, 9))
    asked = time.monotonic()
    async with limits.turn(GET, is_background=False) as turn:
        async with pools[0].acquire() as conn, conn.transaction():
            await conn.execute("LOCK TABLE fg_github_limit")
            with pytest.raises(DATABASE_AWAY):
                await limits.note(Answer(what="GET /x", status=429, headers={"retry-after": "30"}, body=b""), turn)
        for _ in range(2):
            with pytest.raises(Limited) as limited:
                await limits.turn(GET, is_background=False).__aenter__()
            assert 30 - (time.monotonic() - asked) <= limited.value.after.total_seconds() <= 30
    await pool.close()
    assert (await SharedBudget(pools[1], FREE, 9).take(READ, longest=5)).is_closed


async def test_a_wait_that_nobody_could_be_told_of_ends_by_itself(pools, database_url):
    pool = await open_pool(database_url, size=1, is_hasty=True, longest_seconds=1)
    limits = Limits(SharedBudget(pool, FREE, 9))
    async with limits.turn(GET, is_background=False) as turn, pools[0].acquire() as conn, conn.transaction():
        await conn.execute("LOCK TABLE fg_github_limit")
        with pytest.raises(DATABASE_AWAY):
            await limits.note(Answer(what="GET /x", status=429, headers={"retry-after": "1"}, body=b""), turn)
    async with limits.turn(GET, is_background=False) as turn:
        assert not turn.is_closed
    await pool.close()


async def test_an_hour_that_is_over_leaves_all_of_the_next(pools):
    budget = SharedBudgets(pools[0], FREE)(9)
    await budget.take(READ, longest=5)
    await budget.tell(News(quota=Quota(limit=5000, remaining=3, resets_in=0), strikes_before=0, strikes=0))
    assert (await budget.take(READ, longest=5)).quota.remaining == 5000


async def test_installations_and_the_app_itself_share_nothing(pools):
    of = SharedBudgets(pools[0], PACE)
    await of(9).tell(named(10))
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
