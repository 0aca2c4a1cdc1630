"""What the issues told of at a past moment, whatever became of them since."""

from datetime import timedelta

import pytest

from app.core.model import CaseName
from app.db.cases import ensure_cases
from app.db.issues import (
    add_issue,
    drop_issue,
    give_to_cluster,
    join_issue,
    list_members_of_issue,
    mirror_state,
    note_issue,
    take_in_members,
)
from app.db.replay import list_told_at
from tests.db.stored_runs import START, add_repository


def day(number):
    return START + timedelta(days=number)


@pytest.fixture
async def repo_id(conn):
    return await add_repository(conn)


@pytest.fixture
async def tests(conn, repo_id):
    names = {CaseName(suite="", class_name="", name=name): "t.py" for name in "abc"}
    return [int(one) for one in (await ensure_cases(conn, repo_id, names, START)).values()]


@pytest.fixture
async def cause(conn, repo_id):
    return await conn.fetchval(
        "INSERT INTO fg_failure_cluster (repo_id, failure_msg_signature, rules_version, title, occurrence_count,"
        " test_count, first_seen_at, last_seen_at) VALUES ($1, 's', 1, 't', 1, 2, $2, $2) RETURNING id",
        repo_id,
        START,
    )


async def begin(conn, repo_id, tests, at, *, number=None, cluster_id=None, follows=None):
    """Begin an issue; one with a number is opened at once."""
    key = f"{at.toordinal():012x}"
    test_id = None if cluster_id else tests[0]
    link = await add_issue(conn, repo_id, key, test_id=test_id, cluster_id=cluster_id, at=at, follows=follows)
    await join_issue(conn, repo_id, link, tests, at)
    if number is not None:
        await note_issue(conn, repo_id, key, number=number, url="", opened_at=at, digest=None)
    return link


async def told(conn, repo_id, at):
    """The tests of each issue that there was."""
    found: dict[int, set[int]] = {}
    for one in await list_told_at(conn, repo_id, at):
        found.setdefault(one.link_id, set()).add(one.member)
    return found


async def test_a_test_is_told_of_from_the_moment_on_at_which_it_joined(conn, repo_id, tests, cause):
    link = await begin(conn, repo_id, tests[:1], day(1), number=1)
    await give_to_cluster(conn, repo_id, link, cause, at=day(5))
    await join_issue(conn, repo_id, link, tests[1:2], day(5))
    [before] = await list_told_at(conn, repo_id, day(5))
    assert (before.member, before.is_given_since) == (tests[0], True)
    after = await list_told_at(conn, repo_id, day(6))
    assert [(one.member, one.is_given_since) for one in after] == [(test, False) for test in tests[:2]]


async def test_joining_again_changes_nothing(conn, repo_id, tests):
    link = await begin(conn, repo_id, tests[:1], day(1), number=1)
    await join_issue(conn, repo_id, link, tests[:1], day(9))
    assert await told(conn, repo_id, day(2)) == {link: {tests[0]}}


async def test_a_test_that_another_issue_takes_over_is_told_of_by_the_first_until_then(conn, repo_id, tests, cause):
    old = await begin(conn, repo_id, tests[:2], day(1), number=1, cluster_id=cause)
    new = await begin(conn, repo_id, tests[1:], day(5), number=2, cluster_id=cause)
    assert await told(conn, repo_id, day(5)) == {old: set(tests[:2])}
    assert await told(conn, repo_id, day(6)) == {old: {tests[0]}, new: set(tests[1:])}


async def test_an_issue_waits_from_its_beginning_until_it_is_opened(conn, repo_id, tests):
    link = await begin(conn, repo_id, tests[:1], day(1))
    [one] = await list_told_at(conn, repo_id, day(2))
    assert (one.link_id, one.opened_at) == (link, None)
    assert await list_told_at(conn, repo_id, day(1)) == []


async def test_where_an_earlier_release_let_a_test_join_the_issue_has_always_told_of_it(conn, repo_id, tests):
    link = await begin(conn, repo_id, tests[:1], day(1), number=1)
    await conn.execute(
        "INSERT INTO fg_issue_member (repo_id, test_id, link_id) VALUES ($1, $2, $3)", repo_id, tests[1], link
    )
    assert await told(conn, repo_id, day(2)) == {link: set(tests[:2])}


async def test_where_an_earlier_release_moved_a_test_on_the_issue_before_has_told_of_it(conn, repo_id, tests):
    old = await begin(conn, repo_id, tests[:1], day(1), number=1)
    await begin(conn, repo_id, tests[1:2], day(5), number=2, follows=1)
    await conn.execute(
        "UPDATE fg_issue_member SET link_id = (SELECT max(id) FROM fg_issue_link) WHERE link_id = $1", old
    )
    assert await told(conn, repo_id, day(2)) == {old: {tests[0]}}


async def test_two_causes_that_were_made_one_count_as_one_from_the_moments_on_at_which_tests_joined(
    conn, repo_id, tests, cause
):
    kept = await begin(conn, repo_id, tests[:1], day(1), number=1)
    other = await begin(conn, repo_id, tests[1:2], day(2), number=2)
    await give_to_cluster(conn, repo_id, kept, cause)
    await take_in_members(conn, repo_id, kept, of=other)
    assert await told(conn, repo_id, day(2)) == {kept: {tests[0]}}
    assert await told(conn, repo_id, day(3)) == {kept: set(tests[:2])}


async def test_what_was_to_follow_an_issue_and_is_dropped_unopened_leaves_its_tests_to_it(conn, repo_id, tests):
    old = await begin(conn, repo_id, tests[:1], day(1), number=1)
    waiting = await begin(conn, repo_id, tests[:1], day(5), follows=1)
    await drop_issue(conn, repo_id, waiting)
    assert await list_members_of_issue(conn, repo_id, old) == tests[:1]
    assert await told(conn, repo_id, day(9)) == {old: {tests[0]}}


async def test_an_issue_that_tells_of_nothing_is_known_while_one_waits_that_goes_on_from_it(conn, repo_id, tests):
    old = await begin(conn, repo_id, tests[:1], day(1), number=1)
    waiting = await begin(conn, repo_id, tests[:1], day(5), follows=1)
    found = await list_told_at(conn, repo_id, day(6))
    assert [(one.link_id, one.member, one.follows) for one in found] == [(old, None, None), (waiting, tests[0], old)]


async def close(conn, repo_id, at, by, reason="completed"):
    await mirror_state(conn, repo_id, 1, state="closed", reason=reason, closed_at=at, by=by, at=at)


async def reopen(conn, repo_id, at):
    await mirror_state(conn, repo_id, 1, state="open", reason="reopened", closed_at=None, by="dana", at=at)


async def closed(conn, repo_id, at):
    """Since when the issue was closed at that moment, as what, and whether by an App."""
    [one] = await list_told_at(conn, repo_id, at)
    return None if one.closed_at is None else (one.closed_at, one.state_reason, one.by_app)


async def test_an_issue_that_was_reopened_since_was_closed_until_then_as_it_had_been(conn, repo_id, tests):
    await begin(conn, repo_id, tests[:1], day(1), number=1)
    await close(conn, repo_id, day(3), "flakeguard[bot]")
    await reopen(conn, repo_id, day(5))
    await close(conn, repo_id, day(7), "dana", "not_planned")
    await reopen(conn, repo_id, day(9))
    await close(conn, repo_id, day(11), "dana")
    for_days = {number: await closed(conn, repo_id, day(number)) for number in (3, 4, 5, 6, 8, 10, 12)}
    assert for_days == {
        3: None,
        4: (day(3), "completed", True),
        5: (day(3), "completed", True),
        6: None,
        8: (day(7), "not_planned", False),
        10: None,
        12: (day(11), "completed", False),
    }


async def test_a_closing_that_is_told_late_again_lasts_no_longer_than_it_did(conn, repo_id, tests):
    """GitHub's answers come in any order; whoever closes it twice in one moment closes it once."""
    await begin(conn, repo_id, tests[:1], day(1), number=1)
    for until in (5, 8):
        await close(conn, repo_id, day(3), "dana")
        await reopen(conn, repo_id, day(until))
    assert await closed(conn, repo_id, day(4)) is not None
    assert await closed(conn, repo_id, day(6)) is None
