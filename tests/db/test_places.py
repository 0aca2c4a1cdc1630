"""What people can look at of a piece of evidence."""

from app.core.model import Place
from app.core.seen import SeenAt
from app.db.cases import list_known_cases
from app.db.places import find_places
from tests.db.stored_runs import Stored, add_repository, store

FAILED, PASSED, GONE = (Place(run_id=run, run_attempt=1, job="test", ordinal=1) for run in (1, 2, 9))


async def stored(conn):
    repo_id = await add_repository(conn)
    for run, marks in ((1, "F"), (2, "P")):
        await store(conn, repo_id, Stored(run=run, tests={"test_a": marks, "test_b": "F"}))
    [test] = [case.id for case in await list_known_cases(conn, repo_id, []) if case.case.name == "test_a"]
    await conn.execute("UPDATE fg_job SET html_url = 'https://github.com/acme/web/actions/runs/1/job/' || job_id")
    return repo_id, test


async def test_a_place_is_seen_on_the_page_of_its_job_and_at_the_line_of_its_log(conn):
    repo_id, test = await stored(conn)
    await conn.execute(
        "UPDATE fg_occurrence SET source = 'log', line = 120 WHERE test_id = $1 AND outcome = 'failed'", test
    )
    assert await find_places(conn, repo_id, test, [FAILED, PASSED, GONE]) == {
        FAILED: SeenAt(job_url="https://github.com/acme/web/actions/runs/1/job/101", log_line=120),
        PASSED: SeenAt(job_url="https://github.com/acme/web/actions/runs/1/job/201"),
    }


async def test_a_line_of_a_report_is_no_line_of_a_log(conn):
    repo_id, test = await stored(conn)
    await conn.execute("UPDATE fg_occurrence SET line = 7")
    assert (await find_places(conn, repo_id, test, [FAILED]))[FAILED].log_line is None


async def test_a_pass_that_was_rolled_up_is_still_seen_on_the_page_of_its_job(conn):
    repo_id, test = await stored(conn)
    await conn.execute("DELETE FROM fg_occurrence WHERE test_id = $1 AND outcome = 'passed'", test)
    assert set(await find_places(conn, repo_id, test, [PASSED])) == {PASSED}


async def test_nothing_asked_is_nothing_found(conn):
    repo_id, test = await stored(conn)
    assert await find_places(conn, repo_id, test, []) == {}
