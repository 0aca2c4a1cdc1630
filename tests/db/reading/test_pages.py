"""Pages: laid one after the other they are the whole list, of one repository, and begin only where a page has ended."""

import json

import msgspec
import pytest

from app.core.paging import Page
from app.db.reading.clusters import get_cluster
from app.db.reading.evidence import list_evidence
from app.db.reading.history import HistoryWanted, list_durations, list_occurrences, list_rate_weeks
from app.db.reading.marks import MOST_ROWS, NotAMark
from app.db.reading.repositories import find_repository, list_repositories
from app.db.reading.runs import get_run
from app.db.reading.tests import get_test, list_branches, list_teams
from app.db.reading.trends import list_trend
from tests.db.reading.lists import lists, pages
from tests.db.reading.world import NOW
from tests.db.stored_runs import START


async def test_pages_of_any_size_one_after_the_other_are_the_whole_list(conn, world):
    for name, ask in lists(conn, world.repo_id, world.tests["adds"]).items():
        whole = await ask(None, MOST_ROWS)
        assert whole.after is None
        assert len(whole.items) >= 5, name
        assert len({repr(one) for one in whole.items}) == len(whole.items), name
        for size in (1, 2, 3, 5, len(whole.items)):
            assert await pages(ask, size) == list(whole.items), f"{name} by {size}"


async def test_a_mark_and_a_row_go_through_json_unchanged(conn, world):
    for name, ask in lists(conn, world.repo_id, world.tests["adds"]).items():
        page = await ask(None, 2)
        assert tuple(json.loads(json.dumps(page.after))) == page.after, name
        kind = type(page.items[0])
        assert msgspec.json.decode(msgspec.json.encode(page.items), type=list[kind]) == list(page.items), name


async def test_nothing_of_another_repository_is_on_any_page(conn, world):
    for name, ask in lists(conn, world.repo_id, world.tests["adds"]).items():
        assert "SECRET" not in repr(await ask(None, MOST_ROWS)), name
    shown = [
        await get_test(conn, world.repo_id, world.tests["adds"]),
        await get_run(conn, world.repo_id, 3),
        await list_teams(conn, world.repo_id),
        await list_branches(conn, world.repo_id),
        await list_repositories(conn, [7], as_of=NOW),
        await find_repository(conn, 7),
    ]
    assert None not in shown
    assert "SECRET" not in repr(shown)


async def test_what_another_repository_has_is_not_there_for_this_one(conn, world):
    test = world.others["SECRET_adds"]
    nothing = Page(items=(), after=None)
    assert await get_test(conn, world.repo_id, test) is None
    assert await list_occurrences(conn, world.repo_id, test, HistoryWanted(), None, 9) == nothing
    assert await list_evidence(conn, world.repo_id, test, None, 9) == nothing
    assert await list_rate_weeks(conn, world.repo_id, test, START) == ()
    assert await list_durations(conn, world.repo_id, test, START) == ()
    clusters = [
        row["id"] for row in await conn.fetch("SELECT id FROM fg_failure_cluster WHERE repo_id = $1", world.other_id)
    ]
    assert [await get_cluster(conn, world.repo_id, one) for one in clusters] == [None] * len(clusters)
    assert await get_run(conn, world.other_id, 81) is not None
    assert await get_run(conn, world.repo_id, 81) is None


async def test_a_repository_of_which_nothing_is_stored_has_empty_lists(conn, world):
    for name, ask in lists(conn, 99, 1).items():
        assert await ask(None, 9) == Page(items=(), after=None), name
    assert await list_trend(conn, 99, START, NOW) == ()
    assert (await list_teams(conn, 99), await list_branches(conn, 99)) == ((), ())
    assert await list_repositories(conn, [99], as_of=NOW) == ()
    assert await find_repository(conn, 99) is None


async def test_no_page_is_longer_than_two_hundred_rows(conn, world):
    await conn.execute(
        "INSERT INTO fg_audit (repo_id, at, actor, action, previous_hash, hash)"
        " SELECT $1, '2026-03-01', 'x', 'y', '', '' FROM generate_series(1, 250)",
        world.repo_id,
    )
    page = await lists(conn, world.repo_id, 1)["audit"](None, 10_000)
    assert len(page.items) == MOST_ROWS
    assert page.after is not None


MARKS = [
    (), ("a",), (True,), (2**80,), (None, None, None, None), ("x\x00", 1), ("\ud800", 1), ("2026-01-01", 1),
    ("0001-01-01T00:00:00+23:59", 1), ("9999-12-31T23:59:59-23:59", 1), (7.0, 1), (float("nan"), 1), ("a", "b", "\x00"),
    ("a", 1, 2), ([1], 2), ("2026-01-01T00:00:00+00:00", "1"), ("2026-01-01T00:00:00+00:00", 1.5, 2),
]  # fmt: skip


@pytest.mark.parametrize("name", lists(None, 0, 0))
async def test_a_mark_with_which_no_page_can_have_ended_is_refused(conn, name):
    for mark in MARKS:
        with pytest.raises(NotAMark):
            await lists(conn, 1, 1)[name](mark, 5)


async def test_a_list_goes_on_behind_a_row_that_is_gone(conn, world):
    ask = lists(conn, world.repo_id, world.tests["adds"])["audit"]
    whole = (await ask(None, MOST_ROWS)).items
    page = await ask(None, 3)
    await conn.execute("DELETE FROM fg_audit WHERE repo_id = $1 AND id = $2", world.repo_id, page.items[-1].id)
    assert (await ask(page.after, MOST_ROWS)).items == whole[3:]
