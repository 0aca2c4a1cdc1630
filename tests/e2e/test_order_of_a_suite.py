"""The order of a suite is kept where it may tell why something failed."""

from tests.e2e.leavings import run_ci


async def positions(conn):
    """Of each run, the places of its executions in the order of their tests' names in the report."""
    rows = await conn.fetch(
        "SELECT run.run_id, o.position FROM fg_occurrence AS o"
        " JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run"
        " ORDER BY run.run_id, o.position"
    )
    found = {}
    for row in rows:
        found.setdefault(row["run_id"], []).append(row["position"])
    return found


async def push(repo, bot, **spec):
    sha = await repo.push(branch="main", files={"a.py": str(spec)}, message="change", author="dana")
    return await run_ci(repo, bot, sha, **spec)


async def test_every_job_with_a_failure_keeps_its_order(repo, bot, conn):
    for _ in range(2):
        await push(repo, bot, failed=("test_3",))
    assert list((await positions(conn)).values()) == [list(range(1, 13))] * 2


async def test_of_the_others_one_run_of_four_does(repo, bot, conn):
    for _ in range(4):
        await push(repo, bot)
    kept = await positions(conn)
    assert sorted(one[0] is not None for one in kept.values()) == [False, False, False, True]
    assert [run_id % 4 for run_id, one in kept.items() if one[0] is not None] == [0]
