"""Two workers that store and judge the same runs at once, in any order: the same rows, and none waits for ever."""

import asyncio
import random

import pytest

from app.core.events import RepositoryRef
from app.core.harvest import Harvest, Numbered
from app.core.model import AttemptId, CaseName, Fingerprint, Outcome, RepoId, Source
from app.core.policy import DEFAULT
from app.core.reading import Found
from app.db.connection import open_pool
from app.db.locks import RunLock
from app.db.occurrences import list_tests_to_score
from app.db.repositories import get_repository, save_repository
from app.db.runs import find_attempt
from app.github.actions import JobInfo, RunInfo
from app.handlers.bot import Bot, Repo
from app.handlers.ingest.read import AttemptToRead, Leavings
from app.handlers.ingest.store import store_attempt
from app.handlers.judge import rejudge
from tests.db.stored_runs import START

RUNS = {1: "PFP", 2: "FPS", 3: "PPPF", 4: "FFPP"}
"""What the tests of each run did, in the order of their numbers."""


def attempt(run_id):
    at = START.replace(day=20 + run_id)
    return AttemptToRead(
        run=RunInfo(
            id=run_id, run_attempt=1, workflow_id=1, name="CI", event="push", head_branch="main",
            head_sha="a" * 40, tree_sha=None, head_repository="acme/web", head_repository_id=1, head_owner="acme",
            pulls=(), status="completed", conclusion="failure", created_at=at, run_started_at=at, updated_at=at,
            html_url="",
        ),
        until=None, pull=None, base_sha=None,
    )  # fmt: skip


def leavings(run_id, chance):
    """What a run left behind, its tests in any order."""
    marks = list(enumerate(RUNS[run_id]))
    chance.shuffle(marks)
    executions = tuple(execution(test, mark) for test, mark in marks)
    harvest = Harvest(
        executions=executions, source="report", tests=len(marks), failures=RUNS[run_id].count("F"), is_complete=True,
        note=None, infra=None,
    )  # fmt: skip
    job = JobInfo(
        id=run_id, run_attempt=1, name="test", status="completed", conclusion="failure", started_at=START,
        completed_at=START, html_url="", labels=(), steps=(),
    )  # fmt: skip
    return Leavings(jobs=(job,), harvests={run_id: harvest}, unassigned={}, notes=())


def execution(test, mark):
    outcome = {"P": Outcome.PASSED, "F": Outcome.FAILED, "S": Outcome.SKIPPED}[mark]
    shared = Fingerprint(strict="same", loose="same", stack=None)
    found = Found(
        case=CaseName(suite="", class_name="tests", name=f"test_{test}"), outcome=outcome, file="tests.py", line=None,
        duration_ms=5, message="boom" if outcome.is_bad else None, stack_trace=None,
        fingerprint=shared if outcome.is_bad else None,
    )  # fmt: skip
    return Numbered(found=found, ordinal=1, source=Source.REPORT)


async def work(bot, repo, chance):
    """Store all runs in an order of one's own, each judged at once. The lock of a run is not taken: they shall meet."""
    order = list(RUNS)
    chance.shuffle(order)
    async with bot.pool.acquire() as conn:
        for run_id in order:
            lock = RunLock(conn, repo.id, run_id)
            await store_attempt(bot, repo, lock, attempt(run_id), leavings(run_id, chance), then=lambda _: ())
            stored = await find_attempt(conn, repo.id, run_id, 1)
            tests = await list_tests_to_score(conn, repo.id, AttemptId(stored.id), stored.run_started_at)
            async with conn.transaction():
                await rejudge(conn, repo, tests)


async def new_repository(pool, number):
    ref = RepositoryRef(
        id=number, owner="acme", name=f"web{number}", default_branch="main", is_private=False, is_archived=False
    )
    async with pool.acquire() as conn:
        repo_id = await save_repository(conn, ref, None, START)
        return Repo(
            id=RepoId(repo_id), row=await get_repository(conn, repo_id), policy=DEFAULT, client=None, web_url=""
        )


async def left(pool, repo):
    """All that is stored of a repository, by names instead of numbers."""
    asked = (
        (
            "SELECT run.run_id, job.job_id, test.name, o.ordinal, o.outcome, o.created_at FROM fg_occurrence AS o"
            " JOIN fg_workflow_run AS run ON run.repo_id = o.repo_id AND run.id = o.workflow_run"
            " JOIN fg_job AS job ON job.repo_id = o.repo_id AND job.id = o.job"
            " JOIN fg_test_case AS test ON test.repo_id = o.repo_id AND test.id = o.test_id WHERE o.repo_id = $1"
        ),
        (
            "SELECT test.name, s.score, s.standing, s.runs, s.failures FROM fg_flake_score AS s"
            " JOIN fg_test_case AS test ON test.repo_id = s.repo_id AND test.id = s.test_id WHERE s.repo_id = $1"
        ),
        "SELECT failure_msg_signature, occurrence_count, test_count FROM fg_failure_cluster WHERE repo_id = $1",
        "SELECT run_id, tests, failures FROM fg_workflow_run WHERE repo_id = $1",
    )
    async with pool.acquire() as conn:
        return [sorted(map(repr, await conn.fetch(sql, repo.id))) for sql in asked]


async def meet(database_url, tries):
    async with await open_pool(database_url, size=4) as pool:
        alone = await new_repository(pool, 1)
        bot = Bot(pool=pool, github=None, app_id=1, clock=lambda: START, processes=None)
        await work(bot, alone, random.Random(0))
        expected = await left(pool, alone)
        for number in range(tries):
            repo = await new_repository(pool, 100 + number)
            # Each with its own memory of known tests, as processes of their own have.
            workers = [Bot(pool=pool, github=None, app_id=1, clock=lambda: START, processes=None) for _ in range(2)]
            async with asyncio.timeout(30), asyncio.TaskGroup() as group:
                for who, one in enumerate(workers):
                    group.create_task(work(one, repo, random.Random(2 * number + who)))
            assert await left(pool, repo) == expected, f"try {number}"


async def test_two_workers_with_the_same_runs_leave_what_one_leaves(database_url):
    await meet(database_url, 15)


@pytest.mark.long
async def test_two_workers_never_wait_for_each_other_for_ever_in_a_thousand_tries(database_url):
    await meet(database_url, 1_000)
