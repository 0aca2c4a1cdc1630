"""The whole bot against an Enterprise Server: its API below a path, its storage on the host itself, no limits, no digests."""

import re

import pytest

from app.sandbox.github import ENTERPRISE_SERVER, ArtifactSpec, JobSpec, SandboxGitHub
from tests.e2e.conftest import START
from tests.e2e.leavings import job_log, junit, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky


@pytest.fixture
async def github():
    sandbox = SandboxGitHub(app_id=4242, app_slug="flakeguard", webhook_secret="secret", edition=ENTERPRISE_SERVER)
    sandbox.now = START
    async with sandbox:
        yield sandbox


def links(*texts):
    return {link for text in texts for link in re.findall(r"https?://[^\s)>\"]+", text)}


async def test_a_flake_is_proven_shown_and_quarantined_and_all_links_lead_to_the_server(github, repo, bot):
    await github.install(repo)
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await run_ci(repo, bot, pull, failed=("test_3",))
    [check] = repo.check_runs(pull.head_sha)
    [comment] = pull.comments
    [issue] = repo.issues
    assert (check.conclusion, "- [ ]" in comment.body) == ("neutral", True)

    await repo.comment(pull.number, "dana", "/flakeguard quarantine test_3 for 14d\n/flakeguard explain test_3")
    await bot.settle()
    [check] = repo.check_runs(pull.head_sha)
    assert check.conclusion == "success"
    answer = pull.comments[-1]
    assert answer.author == "flakeguard[bot]"
    said = links(check.summary, comment.body, issue.body, answer.body)
    assert {link for link in said if "/actions/runs/" in link}
    assert not {link for link in said if not link.startswith(f"{github.web_url}/acme/web/")}
    assert {one.headers["x-github-api-version"] for one in github.requests} == {"2022-11-28"}
    assert all(one.path.startswith("/api/v3/") for one in github.requests)


async def test_a_server_in_maintenance_is_waited_for(github, repo, bot):
    github.fail_next(503, times=10)
    sha = await repo.push(branch="main", files={"a.py": "2"}, message="a", author="dana")
    await run_ci(repo, bot, sha, failed=("test_1",))
    [check] = repo.check_runs(sha)
    assert check.conclusion == "failure"


GREEN, RED = junit(passed=("test_1", "test_3")), junit(passed=("test_1",), failed=("test_3",))


async def run_matrix(repo, bot, *artifacts):
    """A run of a job that succeeds and, three minutes longer, of one in which test_3 fails."""
    sha = await repo.push(branch="main", files={"a.py": "2"}, message="a", author="dana")
    legs = [
        JobSpec(name="test (3.11)", minutes=2),
        JobSpec(name="test (3.12)", minutes=5, conclusion="failure", log=job_log(("test_3",))),
    ]
    run = await repo.start_run(workflow="CI", head=sha, jobs=legs, artifacts=artifacts)
    await run.complete()
    await bot.settle()


async def stored(conn):
    """Which job each report's execution of test_3 is of, by the job's name, and its outcome; and how many proofs there are."""
    rows = await conn.fetch(
        """
        SELECT job.name, o.outcome
        FROM fg_occurrence AS o
        JOIN fg_job AS job ON job.id = o.job
        JOIN fg_test_case AS test ON test.id = o.test_id
        WHERE test.name = 'test_3'
        ORDER BY job.name, o.ordinal
        """
    )
    return [tuple(row) for row in rows], await conn.fetchval("SELECT count(*) FROM fg_evidence")


async def test_an_artifact_that_several_jobs_write_into_is_no_job_s_and_proves_no_flake(repo, bot, conn):
    files = {"py311/junit.xml": GREEN, "py312/junit.xml": RED}
    await run_matrix(repo, bot, ArtifactSpec(name="results", files=files, job="test (3.11)"))
    assert await stored(conn) == ([("results", "failed")], 0)


async def test_an_artifact_of_each_job_is_that_job_s(repo, bot, conn):
    of_each = [
        ArtifactSpec(name="first", files={"junit.xml": GREEN}, job="test (3.11)"),
        ArtifactSpec(name="second", files={"junit.xml": RED}, job="test (3.12)"),
    ]
    await run_matrix(repo, bot, *of_each)
    assert await stored(conn) == ([("test (3.11)", "passed"), ("test (3.12)", "failed")], 0)
