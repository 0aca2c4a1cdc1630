"""What an attempt left behind is read in processes that may die, and by the repository's own words."""

import asyncio
import subprocess
import sys
from os import _exit as die

import pytest

from app.cli.parsers import Parsers
from app.handlers.bot import Bot
from app.handlers.ingest.read import DOWNLOADS_AT_ONCE, _Reader
from app.metrics import PARSE_FAILURES
from app.sandbox.github import ArtifactSpec, JobSpec
from tests.core.log_story import job as job_log
from tests.core.log_story import step

SLOWLY = [sys.executable, "-c", "import time; time.sleep(0.5); print('read')"]
POLICY = "infra: [{pattern: 'licence server .{0,40}busy', name: the licence server was busy}]\n"


@pytest.fixture
def reader(tmp_path):
    with Parsers(2) as parsers:
        bot = Bot(pool=None, github=None, app_id=1, clock=lambda: None, processes=parsers)
        yield _Reader(bot, None, tmp_path)


async def test_a_file_that_kills_its_process_is_told_and_those_beside_it_are_read(reader):
    beside = [reader._parse(f"file {number}", subprocess.check_output, SLOWLY) for number in (1, 2)]
    killed, *read = await asyncio.gather(reader._parse("file 0", die, 3), *beside)
    assert (killed, read) == (None, [b"read\n", b"read\n"])
    assert reader.notes == ["file 0 could not be read (BrokenProcessPool)"]


async def test_a_file_that_needs_too_much_memory_is_told_at_once(reader):
    assert await reader._parse("a file", bytes, 5 << 30) is None
    assert reader.notes == ["a file could not be read (MemoryError)"]


async def jobs_after(repo, bot, *jobs, artifacts=()):
    """The jobs of a run as they were stored: the infrastructure failure of each by its name."""
    sha = await repo.push(branch="main", files={".github/flakeguard.yml": POLICY}, message="policy", author="dana")
    await bot.settle()
    run = await repo.start_run(workflow="CI", head=sha, jobs=jobs, artifacts=artifacts)
    await run.complete()
    await bot.settle()
    async with bot.pool.acquire() as conn:
        rows = await conn.fetch(
            "SELECT job.name, job.infra FROM fg_job AS job JOIN fg_workflow_run AS run ON run.id = job.workflow_run "
            "WHERE run.head_sha = $1",
            sha,
        )
    return dict(rows)


async def test_a_failure_that_the_policy_knows_is_named_where_the_job_failed_and_nowhere_else(repo, bot):
    said = "error: licence server ls-3 is busy"
    failed = JobSpec(name="test", conclusion="failure", log=job_log(step("make test", said, code=1)))
    fine = JobSpec(name="docs", conclusion="success", log=job_log(step("make docs", said, code=1)))
    assert await jobs_after(repo, bot, failed, fine) == {"test": "the licence server was busy", "docs": None}


async def test_reports_that_cannot_be_read_are_counted_by_their_format(repo, bot):
    counted = PARSE_FAILURES.labels(format="junit")
    before = counted._value.get()
    broken = ArtifactSpec(
        name="junit", files={"a.xml": "<testsuite><testcase na", "b.xml": "<testsuites><testsu"}, job="test"
    )
    await jobs_after(repo, bot, JobSpec(name="test", conclusion="success"), artifacts=[broken])
    assert counted._value.get() == before + 2


@pytest.mark.attack("archives")
async def test_of_a_run_that_says_more_than_has_room_the_rest_is_left_out_and_named(repo, bot, conn, monkeypatch):
    monkeypatch.setattr("app.handlers.ingest.read.MOST_OF_RUN", 1)
    report = "<testsuite><testcase classname='a' name='b'/></testsuite>"
    many = [ArtifactSpec(name=f"report-{number}", files={"r.xml": report}, job="test") for number in range(9)]
    await jobs_after(repo, bot, JobSpec(name="test", conclusion="success"), artifacts=many)
    note = await conn.fetchval("SELECT ingest_note FROM fg_workflow_run WHERE ingest_note IS NOT NULL")
    assert 9 - DOWNLOADS_AT_ONCE <= note.count("is left out: the run's others say more than") < 9


async def test_a_run_with_many_artifacts_is_read_a_few_at_a_time(repo, bot, processes, monkeypatch):
    submit, at_once, most = processes.submit, 0, []

    def counted(*call):
        nonlocal at_once
        at_once += 1
        most.append(at_once)
        future = submit(*call)
        future.add_done_callback(done)
        return future

    def done(_future):
        nonlocal at_once
        at_once -= 1

    monkeypatch.setattr(processes, "submit", counted)
    report = "<testsuite><testcase classname='a' name='b'/></testsuite>"
    many = [ArtifactSpec(name=f"report-{number}", files={"r.xml": report}) for number in range(24)]
    await jobs_after(repo, bot, JobSpec(name="test", conclusion="success"), artifacts=many)
    assert len(most) >= 24
    assert max(most) <= DOWNLOADS_AT_ONCE, "none of them is large enough to be shared between processes"
