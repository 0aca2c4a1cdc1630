"""Runs of a repository, stored as ingest stores them, without GitHub: each test's outcomes in a job as letters."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from app.core.events import RepositoryRef
from app.core.model import CaseName, Outcome, Source
from app.db.cases import ensure_cases
from app.db.jobs import NewJob, save_jobs
from app.db.occurrences import NewOccurrence, add_occurrences
from app.db.partitions import ensure_month, hold_month
from app.db.repositories import save_repository
from app.db.runs import NewAttempt, mark_ingested, save_attempt

START = datetime(2026, 3, 2, tzinfo=UTC)
OUTCOMES = {"P": Outcome.PASSED, "F": Outcome.FAILED, "S": Outcome.SKIPPED}


@dataclass(frozen=True, kw_only=True)
class Stored:
    """One attempt: what each test did in its job, such as {"test_a": "FP"}: it failed, and passed when it was retried."""

    run: int
    tests: dict
    number: int = 1
    job: str = "test"
    fields: dict = field(default_factory=dict)
    files: dict = field(default_factory=dict)
    message: str | None = None
    """What all failures say; None: each test in words of its own."""
    words: dict = field(default_factory=dict)
    """What the failures of some tests say otherwise."""

    @property
    def at(self):
        return START + timedelta(hours=self.run, minutes=10 * (self.number - 1))

    def says(self, name):
        return self.message or self.words.get(name, f"{name} went wrong")

    @property
    def failures(self):
        return sum(marks.endswith("F") for marks in self.tests.values())


async def add_repository(conn, name="web"):
    ref = RepositoryRef(id=7, owner="acme", name=name, default_branch="main", is_private=False, is_archived=False)
    return await save_repository(conn, ref, None, START)


async def store(conn, repo_id, one):
    """Store an attempt; returns our id of it."""
    await ensure_month(conn, one.at)
    async with conn.transaction():
        await hold_month(conn, one.at)
        attempt_id = await save_attempt(conn, repo_id, _attempt(one))
        jobs = await save_jobs(conn, repo_id, attempt_id, [_job(one)])
        cases = {
            CaseName(suite="", class_name="tests", name=name): one.files.get(name, "tests.py") for name in one.tests
        }
        ids = {case.name: test for case, test in (await ensure_cases(conn, repo_id, cases, one.at)).items()}
        [job_id] = jobs.values()
        rows = [
            _occurrence(job_id, ids[name], ordinal, mark, one.says(name), position)
            for position, (name, marks) in enumerate(one.tests.items(), 1)
            for ordinal, mark in enumerate(marks, 1)
        ]
        await add_occurrences(conn, repo_id, attempt_id, one.at, rows, is_first=True)
        await mark_ingested(
            conn, repo_id, attempt_id, at=one.at, note=None, tests=len(one.tests), failures=one.failures
        )
    return attempt_id


def _attempt(one):
    known = {
        "run_id": one.run, "run_attempt": one.number, "workflow_id": 1, "workflow_name": "CI", "event": "push",
        "head_branch": "main", "head_sha": f"{one.run:040x}", "base_sha": None, "tree_sha": None,
        "head_repository": "acme/web", "pull_number": None, "status": "completed", "conclusion": "success",
        "run_started_at": one.at, "completed_at": one.at, "html_url": "",
    }  # fmt: skip
    return NewAttempt(**(known | one.fields))


def _job(one):
    return NewJob(
        job_id=one.run * 100 + one.number, name=one.job, variant=one.job, status="completed", conclusion="success",
        failed_step=None, started_at=one.at, completed_at=one.at, source="report", tests=len(one.tests),
        failures=one.failures, is_complete=True, note=None, infra=None, html_url=None,
    )  # fmt: skip


def _occurrence(job, test_id, ordinal, mark, message, position):
    outcome = OUTCOMES[mark]
    signature = message if outcome.is_bad else None
    return NewOccurrence(
        job=job, test_id=test_id, ordinal=ordinal, duration_ms=5, line=None, position=position, outcome=outcome, source=Source.REPORT,
        message=signature, stack_trace=None, signature=signature, loose_signature=signature, stack_digest=None,
    )  # fmt: skip
