"""Filters: what a list shows with one is what it shows without, as far as it is wanted."""

from datetime import timedelta

import msgspec
import pytest

from app.core.clustered import FailureKind
from app.core.globs import path_matches
from app.core.model import DecisionState, Outcome, Standing
from app.db.reading.audit import AuditWanted, list_audit
from app.db.reading.clusters import ClustersWanted, list_clusters
from app.db.reading.decisions import DecisionsWanted, list_decisions
from app.db.reading.history import HistoryWanted, list_occurrences
from app.db.reading.marks import MOST_ROWS
from app.db.reading.runs import RunsWanted, get_run, list_runs
from app.db.reading.tests import TestOrder, TestsWanted, list_tests
from app.db.weeks import latest_attempt_at


async def _all(question, conn, *args, **wanted):
    return (await question(conn, *args, None, MOST_ROWS)).items


async def _hold(ask, kind, cases):
    """Each filter against a function of a row; some filter must let a row through, and hold one back."""
    whole = await ask(kind())
    shares = set()
    for wanted, is_wanted in cases:
        found = await ask(kind(**wanted))
        assert found == tuple(row for row in whole if is_wanted(row)), wanted
        shares.add(0 < len(found) < len(whole))
    assert True in shares


async def _since(conn, world, days):
    return await latest_attempt_at(conn, world.repo_id) - timedelta(days=days)


def _name(test):
    return f"{test.suite} {test.class_name}.{test.name}"


async def test_tests_are_found_by_name_file_team_standing_and_when_they_were_seen(conn, world):
    since = await _since(conn, world, 3)

    async def ask(wanted):
        return (await list_tests(conn, world.repo_id, wanted, None, MOST_ROWS)).items

    cases = [
        ({"q": "LOGS"}, lambda one: "logs" in one.name),
        ({"q": "tests.area_1::logs_"}, lambda one: "area_1" in one.class_name and "logs_" in one.name),
        ({"q": "area_1.logs"}, lambda one: "area_1.logs" in _name(one)),
        ({"q": "out unit"}, lambda one: "out" in _name(one) and one.suite == "unit"),
        ({"q": "100%"}, lambda one: "100%" in one.name),
        ({"q": "_"}, lambda one: "_" in _name(one)),
        ({"q": "\\"}, lambda _: False),
        ({"q": "\x00"}, lambda _: False),
        ({"q": "\ud800 "}, lambda _: False),
        ({"q": " "}, lambda _: True),
        ({"file": "tests/area_1/"}, lambda one: (one.file or "").startswith("tests/area_1/")),
        ({"file": "tests/area.1/"}, lambda _: False),
        ({"file": "tests/*/test_1.py"}, lambda one: one.file is not None and path_matches(one.file, "tests/*/test_1.py")),
        ({"file": "**/test_?.py"}, lambda one: one.file is not None),
        ({"file": ""}, lambda _: True),
        ({"team": "@ACME/shop"}, lambda one: "@acme/shop" in [owner.lower() for owner in one.owners]),
        ({"team": "@mona"}, lambda one: "@mona" in one.owners),
        ({"team": "@acme"}, lambda _: False),
        *(({"standing": standing}, lambda one, standing=standing: one.standing is standing) for standing in Standing),
        ({"days": 3}, lambda one: one.last_seen_at >= since),
        ({"standing": Standing.FLAKY, "team": "@mona"}, lambda one: one.standing == "flaky" and "@mona" in one.owners),
    ]  # fmt: skip
    await _hold(ask, TestsWanted, cases)


async def test_an_order_shows_the_same_tests_sorted(conn, world):
    by = {
        order: (await list_tests(conn, world.repo_id, TestsWanted(order=order), None, MOST_ROWS)).items
        for order in TestOrder
    }
    assert {frozenset(one.id for one in tests) for tests in by.values()} == {frozenset(world.tests.values())}
    assert by["score"] == tuple(sorted(by["score"], key=lambda one: (-one.score, one.id)))
    assert by["name"] == tuple(sorted(by["name"], key=lambda one: (one.suite, one.class_name, one.name)))
    assert by["failed"] == tuple(
        sorted(by["failed"], key=lambda one: (-one.last_failed_at.timestamp() if one.last_failed_at else 0, one.id))
    )


async def test_tests_are_found_by_the_branch_on_which_they_failed_lately(conn, world):
    whole = (await list_tests(conn, world.repo_id, TestsWanted(), None, MOST_ROWS)).items
    some = False
    for branch, days in (("main", None), ("main", 20), ("fix", 5), ("feature/x", 30), ("nowhere", 30)):
        found = (await list_tests(conn, world.repo_id, TestsWanted(branch=branch, days=days), None, MOST_ROWS)).items
        since = await _since(conn, world, days or 30)
        failed = [one for one in whole if await _failed(conn, world, one.id, branch, since)]
        assert list(found) == failed, (branch, days)
        some |= 0 < len(found) < len(whole)
    assert some


async def _failed(conn, world, test_id, branch, since):
    past = (await list_occurrences(conn, world.repo_id, test_id, HistoryWanted(branch=branch), None, MOST_ROWS)).items
    # A pull request's branch may be called like the default one, and is it not.
    return any(
        one.outcome.is_bad and one.at >= since and not (branch == "main" and one.event == "pull_request")
        for one in past
    )


async def test_executions_are_found_by_branch_job_outcome_and_time(conn, world):
    since = await _since(conn, world, 12)

    async def ask(wanted):
        return (await list_occurrences(conn, world.repo_id, world.tests["pays"], wanted, None, MOST_ROWS)).items

    cases = [
        ({"branch": "main"}, lambda one: one.branch == "main"),
        ({"branch": "main", "variant": "linux"}, lambda one: (one.branch, one.variant) == ("main", "linux")),
        ({"variant": "windows"}, lambda one: one.variant == "windows"),
        *(({"outcome": outcome}, lambda one, outcome=outcome: one.outcome is outcome) for outcome in Outcome),
        ({"days": 12}, lambda one: one.at >= since),
        ({"days": 3_000, "branch": ""}, lambda _: True),
        ({"branch": "\x00"}, lambda _: False),
    ]  # fmt: skip
    await _hold(ask, HistoryWanted, cases)


async def test_causes_are_found_by_title_kind_and_time(conn, world):
    await conn.execute(
        "UPDATE fg_failure_cluster SET test_count = 3 WHERE repo_id = $1 AND title LIKE 'logs%'", world.repo_id
    )
    await conn.execute(
        "UPDATE fg_failure_cluster SET test_count = 3, first_seen_at = last_seen_at"
        " WHERE repo_id = $1 AND title LIKE 'adds%'",
        world.repo_id,
    )
    since = await _since(conn, world, 2)

    async def ask(wanted):
        return (await list_clusters(conn, world.repo_id, wanted, None, MOST_ROWS)).items

    cases = [
        ({"q": "WRONG logs"}, lambda one: "logs" in one.title),
        ({"q": "%"}, lambda one: "%" in one.title),
        *(({"kind": kind}, lambda one, kind=kind: one.kind is kind) for kind in FailureKind),
        ({"days": 2}, lambda one: one.last_seen_at >= since),
    ]  # fmt: skip
    await _hold(ask, ClustersWanted, cases)
    assert {one.kind for one in await ask(ClustersWanted())} == set(FailureKind)


async def test_runs_are_found_by_branch_conclusion_time_and_pull_request(conn, world):
    since = await _since(conn, world, 12)

    async def ask(wanted):
        return (await list_runs(conn, world.repo_id, wanted, None, MOST_ROWS)).items

    cases = [
        ({"branch": "main"}, lambda one: one.branch == "main"),
        ({"branch": "main", "pull": 9}, lambda one: one.pull_number == 9),
        ({"pull": 5}, lambda one: one.pull_number == 5),
        ({"pull": 2**53}, lambda _: False),
        ({"conclusion": "success"}, lambda one: one.conclusion == "success"),
        ({"conclusion": "failure", "branch": "main"}, lambda one: (one.conclusion, one.branch) == ("failure", "main")),
        ({"days": 12}, lambda one: one.started_at >= since),
    ]  # fmt: skip
    await _hold(ask, RunsWanted, cases)


async def test_a_run_is_listed_once_as_its_latest_attempt_left_it(conn, world):
    listed = (await list_runs(conn, world.repo_id, RunsWanted(), None, MOST_ROWS)).items
    assert len({one.run_id for one in listed}) == len(listed) == 12
    assert {one.attempts for one in listed} == {1, 2}
    for one in listed:
        shown = await get_run(conn, world.repo_id, one.run_id)
        first, latest = shown.attempts[0], shown.attempts[-1]
        assert [attempt.run_attempt for attempt in shown.attempts] == list(range(1, one.attempts + 1))
        assert (one.first_started_at, one.started_at) == (first.started_at, latest.started_at)
        assert (one.conclusion, one.tests, one.failures) == (latest.conclusion, latest.tests, latest.failures)
        assert one.turned_green == (first.conclusion == "failure" and latest.conclusion == "success")


async def test_decisions_are_found_by_state_test_and_whether_they_are_open(conn, world):
    async def ask(wanted):
        return (await list_decisions(conn, world.repo_id, wanted, None, MOST_ROWS)).items

    cases = [
        *(({"state": state}, lambda one, state=state: one.state is state) for state in DecisionState),
        ({"is_open": True}, lambda one: one.ended_at is None),
        ({"is_open": False}, lambda one: one.ended_at is not None),
        ({"test": world.tests["adds"]}, lambda one: one.test_id == world.tests["adds"]),
        ({"test": world.others["SECRET_adds"]}, lambda _: False),
    ]  # fmt: skip
    await _hold(ask, DecisionsWanted, cases)


async def test_deeds_are_found_by_who_did_what_to_which_test(conn, world):
    async def ask(wanted):
        return (await list_audit(conn, world.repo_id, wanted, None, MOST_ROWS)).items

    cases = [
        ({"actor": "mona"}, lambda one: one.actor == "mona"),
        ({"action": "merge", "actor": "mona"}, lambda one: one.action == "merge"),
        ({"test": world.tests["adds"]}, lambda one: one.test_id == world.tests["adds"]),
        ({"actor": "\x00"}, lambda _: False),
    ]  # fmt: skip
    await _hold(ask, AuditWanted, cases)


@pytest.mark.parametrize(
    ("kind", "query"),
    [
        (TestsWanted, {"q": "a", "file": "b", "team": "@c", "standing": "flaky", "branch": "d", "days": "7", "order": "name"}),
        (HistoryWanted, {"branch": "a", "variant": "b", "outcome": "failed", "days": "7"}),
        (ClustersWanted, {"q": "a", "kind": "systemic", "days": "7"}),
        (RunsWanted, {"branch": "a", "conclusion": "success", "days": "7", "pull": "3"}),
        (DecisionsWanted, {"state": "ACTIVE", "is_open": "true", "test": "5"}),
        (AuditWanted, {"actor": "a", "action": "b", "test": "5"}),
    ],
)  # fmt: skip
def test_a_filter_is_read_from_a_query_string_and_described_to_those_who_ask(kind, query):
    msgspec.convert(query, kind, strict=False)
    for wrong in ({"days": "0"}, {"q": "x" * 301}, {"pull": "0"}, {"test": str(2**60)}, {"standing": "odd"}):
        if wrong.keys() <= query.keys():
            with pytest.raises(msgspec.ValidationError):
                msgspec.convert(wrong, kind, strict=False)
    told = msgspec.json.schema(kind)["$defs"][kind.__name__]
    assert set(told["properties"]) == set(query)
    assert all("description" in one for one in told["properties"].values())
