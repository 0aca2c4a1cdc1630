import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import asyncpg
import pytest

from app.core.events import RepositoryRef
from app.core.model import CaseName, Outcome, Source
from app.core.names import Names
from app.db.cases import ensure_cases, get_cases, list_known_cases
from app.db.connection import connect
from app.db.histories import read_histories
from app.db.jobs import NewJob, list_jobs, save_jobs, trailing_test_counts
from app.db.occurrences import NewOccurrence, add_occurrences, list_last_failures, list_tests_to_score
from app.db.outages import find_outages
from app.db.partitions import ensure_month
from app.db.repositories import get_repository, save_repository
from app.db.runs import (
    NewAttempt,
    find_attempt,
    get_attempt,
    list_attempts_of_head,
    mark_infra,
    mark_ingested,
    save_attempt,
)

NAMES = Names(full_name="acme/web", default_branch="main")

AT = datetime(2026, 1, 31, 23, 59, tzinfo=UTC)
CASE = CaseName(suite="", class_name="tests.test_cart", name="test_total")


@pytest.fixture
async def repo_id(conn):
    ref = RepositoryRef(id=7, owner="acme", name="web", default_branch="main", is_private=False, is_archived=False)
    return await save_repository(conn, ref, None, AT)


def attempt(number=1, *, at=AT, conclusion="failure", branch="main"):
    return NewAttempt(
        run_id=100, run_attempt=number, workflow_id=1, workflow_name="CI", event="push", head_branch=branch,
        head_sha="a" * 40, base_sha=None, tree_sha="b" * 40, head_repository="acme/web", pull_number=None,
        status="completed", conclusion=conclusion, run_started_at=at, completed_at=at, html_url="https://example.com",
    )  # fmt: skip


def job(job_id=1, *, tests=1, source="report", complete=True):
    return NewJob(
        job_id=job_id, name="test (3.12)", variant="test (3.12)", status="completed", conclusion="failure",
        failed_step="pytest", started_at=AT, completed_at=AT, source=source, tests=tests, failures=1,
        is_complete=complete, note=None, infra=None, html_url=None,
    )  # fmt: skip


def occurrence(job, test_id, ordinal, outcome):
    bad = outcome.is_bad
    return NewOccurrence(
        job=job, test_id=test_id, ordinal=ordinal, duration_ms=12, line=None, position=ordinal, outcome=outcome, source=Source.REPORT,
        message="boom" if bad else None, stack_trace=None, signature="s" if bad else None,
        loose_signature="l" if bad else None, stack_digest=None,
    )  # fmt: skip


async def store(conn, repo_id, outcomes, *, number=1, at=AT, is_first=True):
    """Store one job of one attempt with those executions of one test; returns the attempt's and the job's id."""
    await ensure_month(conn, at)
    async with conn.transaction():
        attempt_id = await save_attempt(conn, repo_id, attempt(number, at=at))
        job_id = (await save_jobs(conn, repo_id, attempt_id, [job(number)]))[number]
        test_id = (await ensure_cases(conn, repo_id, {CASE: "tests/test_cart.py"}, at))[CASE]
        rows = [occurrence(job_id, test_id, n, outcome) for n, outcome in enumerate(outcomes, 1)]
        await add_occurrences(conn, repo_id, attempt_id, at, rows, is_first=is_first)
        await mark_ingested(conn, repo_id, attempt_id, at=at, note=None, tests=1, failures=1)
    return attempt_id, job_id


async def count(conn):
    return await conn.fetchval("SELECT count(*) FROM fg_occurrence")


async def test_retries_within_a_job_are_occurrences_of_their_own(conn, repo_id):
    await store(conn, repo_id, [Outcome.FAILED, Outcome.PASSED])
    assert [tuple(row) for row in await conn.fetch("SELECT ordinal, outcome FROM fg_occurrence ORDER BY 1")] == [
        (1, Outcome.FAILED),
        (2, Outcome.PASSED),
    ]


async def test_storing_the_same_attempt_again_changes_nothing(conn, repo_id):
    await store(conn, repo_id, [Outcome.FAILED, Outcome.PASSED])
    await store(conn, repo_id, [Outcome.FAILED, Outcome.PASSED], is_first=False)
    assert await count(conn) == 2


async def test_a_later_reading_adds_what_was_missing_and_removes_nothing(conn, repo_id):
    await store(conn, repo_id, [Outcome.FAILED])
    await store(conn, repo_id, [Outcome.FAILED, Outcome.PASSED], is_first=False)
    await store(conn, repo_id, [Outcome.FAILED], is_first=False)
    assert await count(conn) == 2


async def test_a_poorer_reading_of_a_job_keeps_the_better_ones_results(conn, repo_id):
    attempt_id, _ = await store(conn, repo_id, [Outcome.FAILED])
    await save_jobs(conn, repo_id, attempt_id, [job(tests=0, source="none", complete=False)])
    [stored] = await list_jobs(conn, repo_id, [attempt_id])
    assert (stored.source, stored.tests, stored.is_complete) == ("report", 1, True)


async def everything(conn):
    """All rows of all tables that storing a run writes to."""
    tables = ("fg_workflow_run", "fg_job", "fg_test_case", "fg_occurrence")
    return {table: await conn.fetch(f"SELECT * FROM {table} ORDER BY 1, 2, 3, 4") for table in tables}


async def test_a_redelivery_leaves_every_row_as_it_was(conn, repo_id):
    await store(conn, repo_id, [Outcome.FAILED, Outcome.PASSED])
    before = await everything(conn)
    await store(conn, repo_id, [Outcome.FAILED, Outcome.PASSED], is_first=False)
    assert await everything(conn) == before


POORER = {
    "the artifact has expired and only the log is left": job(tests=0, source="log", complete=False),
    "the artifact has expired and the log is gone": job(tests=0, source="none", complete=False),
    "the same tests were read in a log": job(tests=1, source="log"),
    "the same tests were read, but not whole": job(tests=1, complete=False),
}


@pytest.mark.parametrize("poorer", POORER.values(), ids=POORER.keys())
async def test_a_later_poorer_reading_changes_no_row(conn, repo_id, poorer):
    attempt_id, _ = await store(conn, repo_id, [Outcome.FAILED])
    before = await everything(conn)
    await save_attempt(conn, repo_id, attempt(conclusion=None))
    await save_jobs(conn, repo_id, attempt_id, [replace(poorer, status="in_progress", conclusion=None, note="gone")])
    await ensure_cases(conn, repo_id, {CASE: None}, AT)
    later = AT + timedelta(days=90)
    await mark_ingested(conn, repo_id, attempt_id, at=later, note="gone", tests=0, failures=0)
    assert await everything(conn) == before


async def test_a_later_richer_reading_of_a_job_replaces_the_poorer_one(conn, repo_id):
    attempt_id, _ = await store(conn, repo_id, [Outcome.FAILED])
    await save_jobs(conn, repo_id, attempt_id, [replace(job(tests=5), note="one file was mended")])
    [stored] = await list_jobs(conn, repo_id, [attempt_id])
    assert (stored.tests, stored.note) == (5, "one file was mended")


async def test_when_a_test_was_first_and_last_seen_does_not_depend_on_the_order_of_reading(conn, repo_id):
    for days in (0, 90, -90):
        await ensure_cases(conn, repo_id, {CASE: None}, AT + timedelta(days=days))
    seen = await conn.fetchrow("SELECT first_seen_at, last_seen_at FROM fg_test_case")
    assert tuple(seen) == (AT - timedelta(days=90), AT + timedelta(days=90))


async def test_a_test_that_moved_is_known_by_its_new_file(conn, repo_id):
    ids = await ensure_cases(conn, repo_id, {CASE: "tests/old.py"}, AT)
    await ensure_cases(conn, repo_id, {CASE: "tests/new.py"}, AT)
    assert (await get_cases(conn, repo_id, list(ids.values())))[ids[CASE]].file == "tests/new.py"


async def test_attempts_of_one_run_stay_apart_and_are_all_found_by_their_head(conn, repo_id):
    await store(conn, repo_id, [Outcome.FAILED])
    await store(conn, repo_id, [Outcome.PASSED], number=2, at=AT + timedelta(hours=1))
    assert [a.run_attempt for a in await list_attempts_of_head(conn, repo_id, "a" * 40)] == [1, 2]
    second = await find_attempt(conn, repo_id, 100, 2)
    assert second == await get_attempt(conn, repo_id, second.id)
    assert await count(conn) == 2


async def test_a_history_spans_months_and_tells_each_executions_code_and_variant(conn, repo_id):
    first, _ = await store(conn, repo_id, [Outcome.FAILED])
    await store(conn, repo_id, [Outcome.PASSED], number=2, at=AT + timedelta(hours=1))
    [test] = await list_tests_to_score(conn, repo_id, first, AT)
    history = (await read_histories(conn, repo_id, [test], names=NAMES, runs_each=10))[test]
    assert [(e.attempt.run_attempt, e.outcome, e.loose_signature) for e in history] == [
        (2, Outcome.PASSED, None),
        (1, Outcome.FAILED, "l"),
    ]
    assert {(e.job, e.attempt.is_default_branch, e.attempt.tree_sha) for e in history} == {
        ("test (3.12)", True, "b" * 40)
    }


async def test_a_test_that_only_ever_passed_is_not_scored(conn, repo_id):
    attempt_id, _ = await store(conn, repo_id, [Outcome.PASSED])
    assert await list_tests_to_score(conn, repo_id, attempt_id, AT) == []


async def test_a_failure_that_a_retry_mended_is_no_last_failure(conn, repo_id):
    _, mended = await store(conn, repo_id, [Outcome.FAILED, Outcome.PASSED])
    later = AT + timedelta(hours=1)
    _, broken = await store(conn, repo_id, [Outcome.PASSED, Outcome.FAILED], number=2, at=later)
    failures = await list_last_failures(conn, repo_id, [mended, broken], [AT, later])
    assert [(f.job, f.ordinal, f.failure_message) for f in failures] == [(broken, 2, "boom")]


async def test_trailing_counts_look_at_earlier_attempts_only(conn, repo_id):
    await store(conn, repo_id, [Outcome.FAILED])
    after = AT + timedelta(minutes=1)
    assert await trailing_test_counts(conn, repo_id, "test (3.12)", NAMES, before=after) == [1]
    assert await trailing_test_counts(conn, repo_id, "test (3.12)", NAMES, before=AT) == []
    # A fork's branch may be called main, too, and whichever event runs it must not say how many tests are usual.
    for event in ("pull_request", "pull_request_target"):
        await conn.execute("UPDATE fg_workflow_run SET event = $1", event)
        assert await trailing_test_counts(conn, repo_id, "test (3.12)", NAMES, before=after) == []


async def test_an_attempt_that_failed_as_a_whole_is_an_outage_unless_that_is_usual(conn, repo_id):
    for number in range(1, 5):
        at = AT + timedelta(hours=number)
        attempt_id, _ = await store(conn, repo_id, [Outcome.FAILED], number=number, at=at)
        failures = 0 if number == 1 else 90
        await mark_ingested(conn, repo_id, attempt_id, at=at, note=None, tests=100, failures=failures)
    await conn.execute("UPDATE fg_workflow_run SET failures = 0 WHERE run_attempt = 1")
    outages = await find_outages(conn, repo_id, [(100, number) for number in range(1, 5)])
    assert outages.attempts == {(100, 2), (100, 3)}


async def test_the_tests_to_score_are_those_that_failed_and_those_of_the_attempt_that_have_a_score(conn, repo_id):
    first, _ = await store(conn, repo_id, [Outcome.FAILED])
    later = AT + timedelta(hours=1)
    second, _ = await store(conn, repo_id, [Outcome.PASSED], number=2, at=later)
    assert await list_tests_to_score(conn, repo_id, second, later) == []
    [test] = await list_tests_to_score(conn, repo_id, first, AT)
    await conn.execute(
        "INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures,"
        " scorer_version, last_updated_at) VALUES ($1, $2, 0, 0, 0, 1, 'healthy', 50, 1, 1, 1, $3)",
        repo_id,
        test,
        AT,
    )
    assert await list_tests_to_score(conn, repo_id, second, later) == [test]


async def test_an_attempt_can_be_marked_as_an_outage(conn, repo_id):
    attempt_id, _ = await store(conn, repo_id, [Outcome.FAILED])
    await mark_infra(conn, repo_id, attempt_id, is_infra=True)
    assert await conn.fetchval("SELECT is_infra FROM fg_workflow_run")


async def test_a_renamed_repository_keeps_its_rows(conn, repo_id):
    ref = RepositoryRef(id=7, owner="acme", name="site", default_branch="trunk", is_private=True, is_archived=True)
    assert await save_repository(conn, ref, None, AT) == repo_id
    stored = await get_repository(conn, repo_id)
    assert (stored.name, stored.default_branch, stored.is_private) == ("site", "trunk", True)


async def test_names_that_differ_only_in_where_they_are_split_are_different_tests(conn, repo_id):
    one = CaseName(suite="a b", class_name="c", name="d")
    two = CaseName(suite="a", class_name="b c", name="d")
    ids = await ensure_cases(conn, repo_id, {one: None, two: None}, AT)
    assert ids[one] != ids[two]
    assert {case.case for case in (await get_cases(conn, repo_id, list(ids.values()))).values()} == {one, two}
    assert len(await list_known_cases(conn, repo_id, [ids[two]])) == 2


async def test_a_month_is_made_once_however_often_it_is_asked_for(conn):
    await ensure_month(conn, datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC))
    await ensure_month(conn, datetime(2026, 12, 1, tzinfo=UTC))
    assert await conn.fetchval("SELECT count(*) FROM pg_inherits WHERE inhparent = 'fg_occurrence'::regclass") == 1


async def test_a_new_month_is_made_beside_a_run_that_is_being_stored_and_neither_waits(conn, database_url, repo_id):
    attempt_id, job_id = await store(conn, repo_id, [Outcome.FAILED])
    other = await connect(database_url)
    async with asyncio.timeout(10), conn.transaction():
        await save_jobs(conn, repo_id, attempt_id, [job(2)])
        [test_id] = await list_tests_to_score(conn, repo_id, attempt_id, AT)
        await add_occurrences(
            conn, repo_id, attempt_id, AT, [occurrence(job_id, test_id, 2, Outcome.PASSED)], is_first=True
        )
        await ensure_month(other, AT + timedelta(days=60))
        await add_occurrences(
            conn, repo_id, attempt_id, AT, [occurrence(job_id, test_id, 3, Outcome.PASSED)], is_first=True
        )
    await other.close()
    assert await count(conn) == 3


async def test_an_execution_of_a_job_that_is_not_there_is_refused(conn, repo_id):
    attempt_id, _ = await store(conn, repo_id, [Outcome.FAILED])
    with pytest.raises(asyncpg.ForeignKeyViolationError):
        await add_occurrences(conn, repo_id, attempt_id, AT, [occurrence(999, 1, 2, Outcome.PASSED)], is_first=True)
    assert await count(conn) == 1


async def test_a_job_that_is_deleted_takes_its_executions_with_it_and_waits_for_those_that_are_being_stored(
    conn, database_url, repo_id
):
    attempt_id, job_id = await store(conn, repo_id, [Outcome.FAILED])
    other = await connect(database_url)
    async with asyncio.timeout(10), asyncio.TaskGroup() as group, conn.transaction():
        rows = [occurrence(job_id, 1, 2, Outcome.PASSED)]
        await add_occurrences(conn, repo_id, attempt_id, AT, rows, is_first=True)
        deleting = group.create_task(other.execute("DELETE FROM fg_job WHERE id = $1", job_id))
        while not await conn.fetchval("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"):  # noqa: ASYNC110 - the server says it
            await asyncio.sleep(0.01)
        assert not deleting.done()
    await other.close()
    assert await count(conn) == 0
