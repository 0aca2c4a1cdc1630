"""What counts as a pass that leads out of quarantine or closes an issue."""

from datetime import timedelta

import pytest

from app.core.model import CaseName
from app.db.cases import ensure_cases
from app.db.decisions import count_passes_since
from tests.db.stored_runs import START, Stored, add_repository, store

BEFORE = START - timedelta(days=1)


@pytest.fixture
async def repo_id(conn):
    return await add_repository(conn)


async def passes(conn, repo_id):
    name = CaseName(suite="", class_name="tests", name="a")
    [test] = (await ensure_cases(conn, repo_id, {name: None}, START)).values()
    return (await count_passes_since(conn, repo_id, {test: BEFORE}))[test]


async def test_a_run_in_which_it_passed_is_one_pass_however_often_and_in_how_many_attempts(conn, repo_id):
    for run in range(1, 4):
        await store(conn, repo_id, Stored(run=run, tests={"a": "PP"}))
        await store(conn, repo_id, Stored(run=run, number=2, tests={"a": "P"}))
    assert await passes(conn, repo_id) == 3


async def test_passes_begin_anew_with_each_failure_and_skips_are_none(conn, repo_id):
    for run, marks in enumerate(("P", "P", "F", "P", "S", "P"), 1):
        await store(conn, repo_id, Stored(run=run, tests={"a": marks}))
    assert await passes(conn, repo_id) == 2


async def test_what_a_log_only_implies_is_no_pass_since_it_may_have_been_skipped(conn, repo_id):
    for run in (1, 2):
        await store(conn, repo_id, Stored(run=run, tests={"a": "P"}))
    await conn.execute("UPDATE fg_occurrence SET source = 'implied' WHERE created_at > $1", Stored(run=1, tests={}).at)
    assert await passes(conn, repo_id) == 1


@pytest.mark.parametrize(
    ("event", "home", "counts"),
    [
        ("pull_request", "stranger/web", 0),
        ("pull_request_target", "stranger/web", 0),
        ("pull_request", None, 0),
        ("pull_request", "acme/web", 1),
        ("pull_request", "acme/old", 1),
        ("push", None, 1),
    ],
)
async def test_what_ran_in_a_fork_leads_out_of_nothing(conn, repo_id, event, home, counts):
    former = {"acme/old": (START + timedelta(days=9)).isoformat()}
    await conn.execute("UPDATE fg_repository SET former_names = $1", former)
    await store(conn, repo_id, Stored(run=1, tests={"a": "P"}, fields={"event": event, "head_repository": home}))
    assert await passes(conn, repo_id) == counts


async def test_of_a_branch_that_may_never_be_merged_five_runs_count(conn, repo_id):
    """Who tries a fix on a pull request, sixty times over, has proven nothing of the default branch."""
    pull = {"event": "pull_request", "head_repository": "acme/web"}
    for run in range(1, 21):
        branch = f"fix-{run % 2}"
        fields = {"event": "push", "head_branch": branch} if run % 3 else pull | {"head_branch": branch}
        await store(conn, repo_id, Stored(run=run, tests={"a": "P"}, fields=fields))
    assert await passes(conn, repo_id) == 10
    for run in range(21, 41):
        await store(conn, repo_id, Stored(run=run, tests={"a": "P"}))
    assert await passes(conn, repo_id) == 30


async def test_all_count_that_ran_on_a_former_default_branch_while_it_was_that(conn, repo_id):
    until = Stored(run=10, tests={}).at + timedelta(seconds=1)
    await conn.execute("UPDATE fg_repository SET former_branches = $1", {"trunk": until.isoformat()})
    for run in range(1, 21):
        await store(conn, repo_id, Stored(run=run, tests={"a": "P"}, fields={"head_branch": "trunk"}))
    assert await passes(conn, repo_id) == 15


async def test_a_pull_request_from_a_branch_that_is_called_as_the_default_one_is_no_run_of_it(conn, repo_id):
    fields = {"event": "pull_request", "head_repository": "acme/web", "head_branch": "main"}
    for run in range(1, 21):
        await store(conn, repo_id, Stored(run=run, tests={"a": "P"}, fields=fields))
    assert await passes(conn, repo_id) == 5
