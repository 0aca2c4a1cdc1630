"""What the check says of jobs that ended in all the ways that jobs end."""

import asyncio

import pytest

from app.sandbox.github import ArtifactSpec, JobSpec
from tests.e2e.leavings import finish_run, job_and_artifact, job_log, junit, names_of, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky

PYTEST_LOG = """\
##[group]Run pytest
##[endgroup]
============================= test session starts ==============================
collected 2 items
tests/test_a.py F.                                                       [100%]
=================================== FAILURES ===================================
___________________________________ test_one ___________________________________
    def test_one():
>       assert 1 == 2
E       assert 1 == 2
tests/test_a.py:2: AssertionError
=========================== short test summary info ============================
FAILED tests/test_a.py::test_one - assert 1 == 2
========================= 1 failed, 1 passed in 0.10s =========================
##[error]Process completed with exit code 1.
"""


def ours(repo, sha):
    [check] = [one for one in repo.check_runs(sha) if one.name == "FlakeGuard"]
    return check


async def push(repo, text="x"):
    return await repo.push(branch="main", files={"code.py": text}, message=text, author="dana")


async def run_jobs(repo, bot, head, jobs, artifacts=(), conclusion=None):
    run = await repo.start_run(workflow="CI", head=head, jobs=jobs, artifacts=list(artifacts))
    await run.complete(conclusion)
    await bot.settle()
    return run


@pytest.mark.parametrize(
    ("conclusion", "expected"),
    [
        ("success", "success"),
        ("skipped", "success"),
        ("failure", "failure"),
        ("cancelled", "failure"),
        ("timed_out", "failure"),
    ],
)
async def test_a_job_without_a_failed_test_is_judged_by_how_it_ended(repo, bot, conclusion, expected):
    sha = await push(repo)
    await run_jobs(repo, bot, sha, [JobSpec(name="build", conclusion=conclusion, log="hello\n", uploads=False)])
    assert ours(repo, sha).conclusion == expected


async def test_a_green_run_is_green_and_says_nothing_on_the_pull_request(repo, bot):
    pull = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    await run_ci(repo, bot, pull)
    assert ours(repo, pull.head_sha).conclusion == "success"
    assert pull.comments == []
    assert repo.issues == []


async def test_while_a_run_is_running_the_check_is_in_progress(repo, bot):
    sha = await push(repo)
    job, artifact = job_and_artifact()
    run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
    await bot.settle()
    assert (ours(repo, sha).status, ours(repo, sha).conclusion) == ("in_progress", None)
    await run.complete()
    await bot.settle()
    assert ours(repo, sha).conclusion == "success"


async def test_a_report_that_is_cut_short_explains_nothing(github, repo, bot):
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    # The known flake is in it, but half of the tests are not: what they would have said is unknown.
    report = junit(passed=names_of(5)[:3], failed=("test_3",))
    job = JobSpec(name="test", conclusion="failure", log=job_log(failed=True))
    await run_jobs(repo, bot, pull, [job], [ArtifactSpec(name="junit-test", files={"junit.xml": report}, job="test")])
    check = ours(repo, pull.head_sha)
    assert check.conclusion == "failure"
    assert "4 tests" in check.summary


async def test_an_outage_raises_no_score_and_is_called_by_no_tests_name(github, repo, bot, conn):
    for number in range(6):
        await finish_run(repo, await push(repo, str(number)), count=30)
        github.advance(hours=1)
    await bot.settle()
    sha = await push(repo, "outage")
    run = await run_ci(
        repo, bot, sha, count=30, failed=names_of(30)[:20], message="ConnectionRefusedError: db.internal:5432 refused"
    )
    job, artifact = job_and_artifact(count=30)
    await run.rerun_failed(jobs=[job], artifacts=[artifact])
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_flake_score") == 0
    assert await conn.fetchval("SELECT bool_or(is_infra) FROM fg_workflow_run")


async def test_a_retry_within_the_report_is_kept_as_an_execution_of_its_own_and_proves_the_flake(repo, bot, conn):
    await run_ci(repo, bot, await push(repo), flaky=("test_4",))
    rows = await conn.fetch(
        """
        SELECT o.ordinal, o.outcome::text FROM fg_occurrence AS o
        JOIN fg_test_case AS t ON t.repo_id = o.repo_id AND t.id = o.test_id
        WHERE t.name = 'test_4' ORDER BY o.ordinal
        """
    )
    assert [tuple(row) for row in rows] == [(1, "failed"), (2, "passed")]
    assert await conn.fetchval("SELECT e1 FROM fg_flake_score WHERE score > 0") == 1


async def test_the_pull_request_of_a_fork_is_found_and_commented_on(github, repo, bot, conn):
    await prove_flaky(github, repo, bot, runs=6)
    fork = repo.fork("stranger")
    pull = await repo.open_pull(author="stranger", branch="main", files={"a.py": "1"}, title="F", from_fork=fork)
    await run_ci(repo, bot, pull, failed=("test_5",), message="AssertionError: no")
    assert ours(repo, pull.head_sha).conclusion == "failure"
    assert len(pull.comments) == 1
    assert await conn.fetchval("SELECT count(*) FROM fg_workflow_run WHERE pull_number = $1", pull.number) == 1


async def test_a_fork_alone_can_make_no_test_flaky(github, repo, bot, conn):
    for number in range(12):
        await finish_run(repo, await push(repo, str(number)))
        github.advance(hours=1)
    await bot.settle()
    fork = repo.fork("stranger")
    pull = await repo.open_pull(author="stranger", branch="main", files={"a.py": "1"}, title="F", from_fork=fork)
    for _ in range(4):
        run = await run_ci(repo, bot, pull, failed=("test_5",))
        job, artifact = job_and_artifact()
        await run.rerun_failed(jobs=[job], artifacts=[artifact])
        await bot.settle()
        github.advance(hours=1)
        await pull.push(files={"a.py": str(github.now)})
    assert await conn.fetchval("SELECT count(*) FROM fg_flake_score WHERE standing = 'flaky'") == 0
    assert repo.issues == []


async def test_the_jobs_log_is_read_where_there_is_no_report(repo, bot, conn):
    log = "".join(f"2026-03-02T09:00:02.0000000Z {line}\n" for line in PYTEST_LOG.splitlines())
    sha = await push(repo)
    bad = JobSpec(name="test", conclusion="failure", log=log, uploads=False)
    run = await run_jobs(repo, bot, sha, [bad])
    [row] = await conn.fetch(
        "SELECT o.source::text, t.name FROM fg_occurrence AS o JOIN fg_test_case AS t ON t.id = o.test_id"
    )
    assert tuple(row) == ("log", "test_one")
    assert "test_one" in ours(repo, sha).text
    # The re-run passes and names no test: the pass is implied, and with the failure it proves the flake.
    await run.rerun_failed(jobs=[JobSpec(name="test", log="all good\n", uploads=False)])
    await bot.settle()
    assert (
        await conn.fetchval("SELECT count(*) FROM fg_occurrence WHERE source = 'implied' AND outcome = 'passed'") == 1
    )
    assert await conn.fetchval("SELECT e2 FROM fg_flake_score") == 1


async def test_artifacts_and_logs_that_lag_are_waited_for(github, repo, bot, conn):
    sha = await push(repo)
    job, artifact = job_and_artifact(failed=("test_1",))
    run = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=[artifact])
    github.artifacts_lag(20)
    github.logs_lag(30)
    await run.complete()
    for _ in range(8):
        github.advance(seconds=5)
        await asyncio.sleep(0.2)
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") == 12
    assert await conn.fetchval("SELECT ingest_note FROM fg_workflow_run") is None


async def test_what_never_appears_is_said_and_holds_nothing_up(github, repo, bot, conn):
    sha = await push(repo)
    job = JobSpec(name="test", conclusion="failure", log=None)
    run = await repo.start_run(workflow="CI", head=sha, jobs=[job])
    await run.complete()
    github.advance(minutes=2)
    await bot.settle()
    assert "log" in await conn.fetchval("SELECT ingest_note FROM fg_workflow_run")
    assert ours(repo, sha).conclusion == "failure"


async def test_a_hostile_archive_is_a_note_and_not_our_end(repo, bot, conn):
    sha = await push(repo)
    job = JobSpec(name="test", conclusion="failure", log=job_log(failed=True))
    artifact = ArtifactSpec(name="junit", zip=b"PK\x03\x04 this is no zip", job="test")
    await run_jobs(repo, bot, sha, [job], [artifact])
    assert ours(repo, sha).conclusion == "failure"


async def test_names_of_tests_can_do_nothing_on_github(repo, bot):
    pull = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    evil = (
        "test_x`` @acme/everyone fixes #1 <img src=x> --> <!-- flakeguard:decision 1 -->\n- [x] all ![](http://evil/b)"
    )
    await run_ci(repo, bot, pull, failed=(evil,), message=f"AssertionError: {evil}")
    [comment] = pull.comments
    assert "@acme" not in comment.body
    assert "#1" not in comment.body
    assert (
        "flakeguard:decision" not in comment.body.replace("\u200b", "")
        or "<!-- flakeguard:decision" not in comment.body
    )
    assert not any(line.startswith("- [") for line in comment.body.splitlines())
