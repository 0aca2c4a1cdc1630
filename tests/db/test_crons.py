"""What is done from time to time is claimed by one process at a time, and never forgotten."""

from datetime import UTC, datetime, timedelta

from app.db.crons import bring_forward, claim, get_done_until, set_done_until

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
EVERY = timedelta(minutes=5)


async def test_it_is_due_at_first_and_then_each_time_its_time_has_passed(conn):
    assert await claim(conn, "sweep", EVERY, NOW)
    assert not await claim(conn, "sweep", EVERY, NOW + timedelta(minutes=4))
    assert await claim(conn, "sweep", EVERY, NOW + timedelta(minutes=5))
    assert not await claim(conn, "sweep", EVERY, NOW + timedelta(minutes=9))
    assert await claim(conn, "another", EVERY, NOW)


async def test_a_process_that_dies_before_it_has_enqueued_takes_nothing_along(conn):
    transaction = conn.transaction()
    await transaction.start()
    assert await claim(conn, "sweep", EVERY, NOW)
    await transaction.rollback()
    assert await claim(conn, "sweep", EVERY, NOW)


async def test_a_clock_that_was_far_ahead_once_stops_nothing_for_good(conn):
    assert await claim(conn, "sweep", EVERY, NOW + timedelta(days=365))
    assert await claim(conn, "sweep", EVERY, NOW)
    # Machines whose clocks differ by seconds do nothing twice.
    assert not await claim(conn, "sweep", EVERY, NOW - timedelta(seconds=20))


async def test_what_could_not_be_done_is_due_again_sooner(conn):
    await claim(conn, "sweep", EVERY, NOW)
    await bring_forward(conn, "sweep", NOW + timedelta(minutes=1))
    await bring_forward(conn, "sweep", NOW + timedelta(minutes=3))
    assert await claim(conn, "sweep", EVERY, NOW + timedelta(minutes=1))


async def test_up_to_where_it_was_done_is_never_taken_back(conn):
    assert await get_done_until(conn, "look") is None
    await set_done_until(conn, "look", NOW, NOW)
    await set_done_until(conn, "look", NOW - timedelta(hours=1), NOW)
    assert await get_done_until(conn, "look") == NOW
    assert await claim(conn, "look", EVERY, NOW)
