"""The audit trail: rows chained by their hashes, which verify as long as nobody changed them."""

import hashlib
import io
import json
from datetime import UTC, datetime, timedelta, timezone

import asyncpg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import DecisionState
from app.db import audit
from app.db.audit import Deed, Fault, StoredDeed, add_audit, chain, first_break, read_audit, verify_audit
from app.db.connection import connect, prepare_connection
from tests.db.stored_runs import Stored, add_repository, store

AT = datetime(2026, 1, 5, 10, 20, tzinfo=UTC)


def deed(number=1, **changes):
    said = {"at": AT + timedelta(hours=number), "actor": "dana", "action": "ACTIVE", "test_id": number}
    return Deed(**(said | {"detail": {"why": f"reason {number}", "until": None}} | changes))


@pytest.fixture
async def repo_id(conn):
    return await add_repository(conn)


async def write(conn, repo_id, *deeds):
    for one in deeds:
        async with conn.transaction():
            await add_audit(conn, repo_id, one)


@pytest.fixture
async def five(conn, repo_id):
    """A chain of five rows, whose ids are 1 to 5."""
    await write(conn, repo_id, *map(deed, range(1, 6)))
    return repo_id


async def faults(conn, repo_id):
    """The row that does not verify and how; None where all do."""
    broken = (await verify_audit(conn, repo_id)).broken
    return broken and (broken.row.id, broken.fault)


# --- the hash ---


def test_a_hash_is_what_earlier_releases_made_it():
    first = Deed(
        at=datetime(2026, 1, 5, 10, 20, 0, 250, tzinfo=UTC), actor="dana", action=DecisionState.ACTIVE, test_id=2,
        detail={"why": 'Größe – 漢字 \U0001f600 "x"', "until": "2026-02-04T10:20:00+00:00", "a": [1, None, True]},
    )  # fmt: skip
    second = Deed(
        at=datetime(2026, 1, 6, tzinfo=UTC), actor="flakeguard", action="merged", test_id=None,
        detail={"cluster": "a", "into": "b"},
    )  # fmt: skip
    assert chain("", first) == "c5efa34870882bac40fbb9301869241f0519557bafe2e0f0bf03d583241a8cd3"
    assert chain(chain("", first), second) == "e3ed4992e3dbc74195a7f461beec1d6f793da4fb4c2f5bb42606753ac6068400"


async def test_a_hash_can_be_made_anew_by_whoever_knows_sha_256_and_json(conn, five):
    for row in await conn.fetch("SELECT * FROM fg_audit"):
        detail = json.dumps(row["detail"], sort_keys=True, ensure_ascii=False)
        words = [row["previous_hash"], row["at"].isoformat(), row["actor"], row["action"], row["test_id"], detail]
        assert row["hash"] == hashlib.sha256(json.dumps(words, ensure_ascii=False).encode()).hexdigest()


HARD = {
    "no order of keys": {"why": "w", "until": None, "a": {"z": 1, "b": 2}, "ä": 0},
    "floats": {"big": 1e16, "huge": 1e300, "small": 1e-7, "third": 1 / 3, "whole": 1.0, "minus nothing": -0.0},
    "whole numbers": {"big": 2**70, "minus": -1},
    "words of the world": {"why": 'Größe e\u0301 é 漢字 \U0001f600 \u202e \u2028 \x1b[31m \\ " \t\n'},
    "nothing": {},
    "lists": {"all": [[], {}, None, True, 1, 1.5, "x"]},
    "keys that are no text": {1: "a", 10: "b", 2: "c"},
}


@pytest.mark.parametrize("detail", HARD.values(), ids=HARD)
async def test_whatever_a_detail_holds_it_verifies_when_it_is_read(conn, repo_id, detail):
    await write(conn, repo_id, deed(1, detail=detail), deed(2))
    assert await faults(conn, repo_id) is None


@pytest.mark.parametrize("at", [
    datetime(2026, 7, 1, 0, 30, tzinfo=timezone(timedelta(hours=5, minutes=45))),
    datetime(2026, 7, 1, 0, 30, 0, 1, tzinfo=timezone(-timedelta(hours=9))),
])  # fmt: skip
async def test_a_time_of_any_zone_verifies_when_it_is_read(conn, repo_id, at):
    await write(conn, repo_id, deed(1, at=at))
    assert await faults(conn, repo_id) is None
    assert await conn.fetchval("SELECT at FROM fg_audit") == at


async def test_a_chain_verifies_in_another_database_that_was_filled_from_a_dump(conn, five, make_database):
    await write(conn, five, *(deed(6 + at, detail=detail) for at, detail in enumerate(HARD.values())))
    dump = io.BytesIO()
    await conn.execute("SET timezone TO 'Asia/Kathmandu'")
    await conn.copy_from_table("fg_audit", output=dump, format="text")
    assert b"+05:45" in dump.getvalue()
    other = await connect(await make_database())
    assert await add_repository(other) == five
    dump.seek(0)
    await other.copy_to_table("fg_audit", source=dump, format="text")
    found = await verify_audit(other, five)
    await other.close()
    assert (found.rows, found.broken) == (5 + len(HARD), None)


async def test_a_session_of_another_time_zone_verifies_the_same(database_url, conn, five):
    other = await asyncpg.connect(database_url, server_settings={"timezone": "America/St_Johns"})
    await prepare_connection(other)
    assert (await verify_audit(other, five)).broken is None
    await other.close()


# --- what is found ---


async def test_a_chain_that_nobody_touched_verifies_however_many_rows_are_read_at_once(conn, five, monkeypatch):
    for at_once in (1, 2, 5, 500):
        monkeypatch.setattr(audit, "_AT_ONCE", at_once)
        found = await verify_audit(conn, five)
        assert (found.rows, found.broken) == (5, None)


async def test_a_repository_in_which_nothing_was_done_verifies(conn, repo_id):
    found = await verify_audit(conn, repo_id)
    assert (found.rows, found.broken) == (0, None)


NEW_HASH = "'" + "0" * 64 + "'"
SWAP = """
    UPDATE fg_audit AS one
    SET {columns}
    FROM fg_audit AS other
    WHERE one.repo_id = other.repo_id AND (one.id, other.id) IN ((2, 4), (4, 2))
"""
COPY = """
    INSERT INTO fg_audit (repo_id, at, actor, action, test_id, detail, previous_hash, hash)
    SELECT repo_id, at, actor, action, test_id, detail, previous_hash, hash
    FROM fg_audit
    WHERE id = {id}
"""
FORGED = f"""
    INSERT INTO fg_audit (repo_id, id, at, actor, action, previous_hash, hash) OVERRIDING SYSTEM VALUE
    VALUES (1, -7, now(), 'eve', 'ACTIVE', '', {NEW_HASH})
"""
TAMPERED = {
    "a detail": ("UPDATE fg_audit SET detail = '{\"why\": \"x\", \"until\": null}' WHERE id = 3", 3, Fault.CHANGED),
    "a detail that is no object": ("UPDATE fg_audit SET detail = '[]' WHERE id = 3", 3, Fault.CHANGED),
    "a detail that is null": ("UPDATE fg_audit SET detail = 'null' WHERE id = 3", 3, Fault.CHANGED),
    "a reason by one letter": (
        "UPDATE fg_audit SET detail = jsonb_set(detail, '{why}', '\"Reason 3\"') WHERE id = 3", 3, Fault.CHANGED
    ),
    "an actor": ("UPDATE fg_audit SET actor = 'eve' WHERE id = 1", 1, Fault.CHANGED),
    "an action": ("UPDATE fg_audit SET action = 'RESOLVED' WHERE id = 5", 5, Fault.CHANGED),
    "a test": ("UPDATE fg_audit SET test_id = NULL WHERE id = 2", 2, Fault.CHANGED),
    "a time by a millionth of a second": (
        "UPDATE fg_audit SET at = at + interval '1 microsecond' WHERE id = 4", 4, Fault.CHANGED
    ),
    "a time for ever": ("UPDATE fg_audit SET at = 'infinity' WHERE id = 4", 4, Fault.CHANGED),
    "a hash": (f"UPDATE fg_audit SET hash = {NEW_HASH} WHERE id = 4", 4, Fault.CHANGED),
    "the hash before": (f"UPDATE fg_audit SET previous_hash = {NEW_HASH} WHERE id = 4", 4, Fault.CHANGED),
    "the first row away": ("DELETE FROM fg_audit WHERE id = 1", 2, Fault.MISSING),
    "a middle row away": ("DELETE FROM fg_audit WHERE id = 3", 4, Fault.MISSING),
    "rows away": ("DELETE FROM fg_audit WHERE id IN (2, 3)", 4, Fault.MISSING),
    "two rows swapped": (
        SWAP.format(columns=", ".join(
            f"{name} = other.{name}" for name in ("at", "actor", "action", "test_id", "detail", "previous_hash", "hash")
        )), 2, Fault.MOVED,
    ),
    "what two rows say swapped": (SWAP.format(columns="detail = other.detail"), 2, Fault.CHANGED),
    "a row put in twice": (COPY.format(id=2), 6, Fault.PUT_IN),
    "a first row put in twice": (COPY.format(id=1), 6, Fault.PUT_IN),
    "a row before all others": (FORGED, -7, Fault.CHANGED),
}  # fmt: skip


@pytest.mark.parametrize(("sql", "row", "fault"), TAMPERED.values(), ids=TAMPERED)
async def test_whoever_changes_takes_moves_or_puts_in_a_row_is_found_at_that_row(conn, five, sql, row, fault):
    await conn.execute(sql)
    assert await faults(conn, five) == (row, fault)


async def test_a_row_that_is_written_anew_with_a_hash_of_its_own_is_found_at_the_next(conn, five):
    [third] = await conn.fetch("SELECT previous_hash FROM fg_audit WHERE id = 3")
    forged = deed(3, actor="eve")
    await conn.execute(
        "UPDATE fg_audit SET actor = 'eve', hash = $1 WHERE id = 3", chain(third["previous_hash"], forged)
    )
    assert await faults(conn, five) == (4, Fault.MISSING)


async def test_the_rows_before_the_one_that_breaks_are_counted(conn, five, monkeypatch):
    monkeypatch.setattr(audit, "_AT_ONCE", 2)
    await conn.execute("UPDATE fg_audit SET actor = 'eve' WHERE id = 4")
    assert (await verify_audit(conn, five)).rows == 3


async def test_that_the_newest_rows_are_missing_cannot_be_seen(conn, five):
    await conn.execute("DELETE FROM fg_audit WHERE id > 3")
    found = await verify_audit(conn, five)
    assert (found.rows, found.broken) == (3, None)


async def test_each_repository_has_a_chain_of_its_own(conn, five):
    other = await conn.fetchval(
        "INSERT INTO fg_repository (external_id, owner, name, created_at) VALUES (8, 'acme', 'api', now()) RETURNING id"
    )
    await write(conn, other, deed(1))
    await write(conn, five, deed(6))
    await conn.execute("UPDATE fg_audit SET actor = 'eve' WHERE repo_id = $1", other)
    assert await faults(conn, five) is None
    assert await faults(conn, other) == (6, Fault.CHANGED)


# --- the pure part ---


def links(deeds):
    rows, before = [], ""
    for number, one in enumerate(deeds, 1):
        rows.append(
            StoredDeed(
                id=number, at=one.at, actor=one.actor, action=one.action, test_id=one.test_id, detail=one.detail,
                previous_hash=before, hash=chain(before, one), suite=None, class_name=None, name=None,
            )
        )  # fmt: skip
        before = rows[-1].hash
    return rows


@given(st.lists(st.text(max_size=8), max_size=8))
def test_a_chain_verifies_whole_and_from_any_row_on(reasons):
    rows = links([deed(number, detail={"why": why}) for number, why in enumerate(reasons)])
    assert first_break(rows) is None
    assert all(first_break(rows[at:], rows[at].previous_hash) is None for at in range(len(rows)))


@given(st.permutations(range(6)), st.integers(0, 6))
def test_a_chain_breaks_at_the_first_row_that_is_not_in_its_place(order, kept):
    rows = [links(map(deed, range(6)))[at] for at in order][:kept]
    misplaced = next((at for at, place in enumerate(order[:kept]) if at != place), None)
    broken = first_break(rows)
    assert (broken and broken.row) == (None if misplaced is None else rows[misplaced])


# --- reading ---


async def told(conn, repo_id, **wanted):
    return [row.id async for page in read_audit(conn, repo_id, **wanted) for row in page]


async def test_the_trail_is_read_newest_first_however_many_rows_at_once(conn, five, monkeypatch):
    for at_once in (1, 2, 5, 500):
        monkeypatch.setattr(audit, "_AT_ONCE", at_once)
        assert await told(conn, five) == [5, 4, 3, 2, 1]


async def test_what_was_done_to_some_tests_or_since_a_moment_can_be_asked_for(conn, five):
    assert await told(conn, five, tests=[2, 4, 99]) == [4, 2]
    assert await told(conn, five, tests=[]) == []
    assert await told(conn, five, since=AT + timedelta(hours=3)) == [5, 4, 3]
    assert await told(conn, five, tests=[2, 4], since=AT + timedelta(hours=3)) == [4]


async def test_a_row_has_the_name_of_its_test_as_long_as_there_is_one(conn, five):
    await store(conn, five, Stored(run=1, tests={"test_a": "P"}))
    [page] = [page async for page in read_audit(conn, five, tests=[1, 2])]
    assert [one.case and one.case.name for one in page] == [None, "test_a"]
