"""Runs of ten thousand known tests, stored as the worker stores them, beside a bare COPY of the same rows."""

import gc
import time
from datetime import timedelta

from app.core.events import RepositoryRef
from app.core.harvest import Harvest, Numbered
from app.core.model import CaseName, Fingerprint, Outcome, Source
from app.core.policy import DEFAULT
from app.core.reading import Found
from app.db.locks import lock_run
from app.db.occurrences import _COLUMNS
from app.db.repositories import get_repository, save_repository
from app.github.actions import JobInfo, RunInfo
from app.handlers.bot import Bot, Repo
from app.handlers.ingest.read import AttemptToRead, Leavings
from app.handlers.ingest.store import store_attempt
from tests.benchmarks.years import MONTHS

LARGE = 10_000
AT = MONTHS[-1] + timedelta(days=20)
FLAKY_ONE_IN = 100


class Ingesting:
    """A repository whose runs are stored, one a minute."""

    def __init__(self, pool, repo, since):
        self.repo = repo
        self.pool = pool
        self.bot = Bot(pool=pool, github=None, app_id=1, clock=lambda: since, processes=None)
        self.since = since
        self.number = 0

    @classmethod
    async def begin(cls, pool):
        """Begin with a new repository, and with the table that rows are copied into for comparison."""
        async with pool.acquire() as conn:
            ref = RepositoryRef(
                id=9_000, owner="large", name="ingested", default_branch="main", is_private=False, is_archived=False
            )
            repo_id = await save_repository(conn, ref, None, AT)
            await conn.execute("CREATE TABLE bare (LIKE fg_occurrence)")
        return await cls.into(pool, repo_id, AT)

    @classmethod
    async def into(cls, pool, repo_id, since):
        async with pool.acquire() as conn:
            row = await get_repository(conn, repo_id)
        return cls(pool, Repo(id=repo_id, row=row, policy=DEFAULT, client=None, web_url=""), since)

    @property
    def at(self):
        return self.since + timedelta(minutes=self.number)

    async def store(self):
        """Store one more run; returns its seconds."""
        self.number += 1
        attempt = AttemptToRead(run=_run(1_000_000 + self.number, self.at), until=None, pull=None, base_sha=None)
        leavings = _leavings(self.number, self.at)
        async with lock_run(self.pool, self.repo.id, attempt.run.id) as lock:
            gc.collect()
            began = time.perf_counter()
            await store_attempt(self.bot, self.repo, lock, attempt, leavings)
            return time.perf_counter() - began

    async def copy(self):
        """Copy the rows of the last run into a table without an index; returns its seconds."""
        async with self.pool.acquire() as conn:
            rows = await conn.fetch(
                f"SELECT {', '.join(_COLUMNS)} FROM fg_occurrence WHERE repo_id = $1 AND created_at = $2",
                self.repo.id,
                self.at,
            )
            records = [tuple(row) for row in rows]
            assert len(records) == LARGE
            gc.collect()
            began = time.perf_counter()
            await conn.copy_records_to_table("bare", records=records, columns=_COLUMNS)
            return time.perf_counter() - began

    async def last_attempt(self, conn):
        return await conn.fetchval(
            "SELECT id FROM fg_workflow_run WHERE repo_id = $1 ORDER BY run_started_at DESC LIMIT 1", self.repo.id
        )


def _run(number, at):
    return RunInfo(
        id=number, run_attempt=1, workflow_id=1, name="CI", event="push", head_branch="main",
        head_sha=f"{number:040x}", tree_sha=None, head_repository="large/ingested", head_repository_id=1,
        head_owner="large", pulls=(), status="completed", conclusion="failure", created_at=at, run_started_at=at,
        updated_at=at, html_url="",
    )  # fmt: skip


def _leavings(number, at):
    harvest = Harvest(
        executions=tuple(_execution(test, number) for test in range(1, LARGE + 1)), source="report", tests=LARGE,
        failures=LARGE // 1_000, is_complete=True, note=None, infra=None,
    )  # fmt: skip
    job = JobInfo(
        id=10_000_000 + number, run_attempt=1, name="test (3.12)", status="completed", conclusion="failure", started_at=at,
        completed_at=at, html_url="", labels=(), steps=(),
    )  # fmt: skip
    return Leavings(jobs=(job,), harvests={job.id: harvest}, unassigned={}, notes=())


def _execution(test, number):
    """One test of a hundred is flaky; each of those fails in one run of ten."""
    is_bad = test % FLAKY_ONE_IN == 8 and test // FLAKY_ONE_IN % 10 == number % 10
    mark = f"{test:032x}"
    found = Found(
        case=CaseName(suite="unit", class_name=f"tests.area_{test % 7}.test_{test // 20}", name=f"test_number_{test}"),
        outcome=Outcome.FAILED if is_bad else Outcome.PASSED,
        file=f"tests/area_{test % 7}/test_{test // 20}.py",
        line=12 if is_bad else None,
        duration_ms=test % 977,
        message=f"AssertionError: expected {test} jobs, but 3 of 17 were left" if is_bad else None,
        stack_trace=None,
        fingerprint=Fingerprint(strict=mark, loose=mark, stack=None) if is_bad else None,
    )
    return Numbered(found=found, ordinal=1, source=Source.REPORT)
