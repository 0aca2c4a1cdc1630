"""What a program is told of a pull request's failures: what the comment on it says."""

import json

import pytest

from app.core.check import NAME
from tests.e2e.leavings import rerun_ci, run_ci

ROOT = "/api/v1/repos/acme/web"
NEWS = "ValueError: the answer is 41"


@pytest.fixture
async def pull(repo, bot):
    return await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")


@pytest.fixture
async def dana(browse, repo):
    browser = browse()
    await browser.sign_in("dana")
    return browser


async def told(dana, number):
    seen = await dana.get(f"{ROOT}/pulls/{number}/failures")
    assert seen.status == 200
    return json.loads(seen.text)


async def test_a_known_flake_and_a_new_failure_are_told_apart_as_in_the_comment(dana, repo, bot):
    policy = {".github/flakeguard.yml": "version: 1\nmin_runs: 2\n"}
    sha = await repo.push(branch="main", files=policy, message="policy", author="dana")
    await rerun_ci(await run_ci(repo, bot, sha, failed=("test_3",)), bot)
    pull = await repo.open_pull(author="dana", branch="feature", files={"feature.py": "1"}, title="Feature")
    await run_ci(repo, bot, pull.head_sha, failed=("test_3", "test_5"))
    found = await told(dana, pull.number)
    assert (found["head_sha"], found["is_running"], found["failed_tests"]) == (pull.head_sha, False, 2)
    new, known = found["tests"]
    assert (new["name"], new["kind"], new["is_excused"]) == ("test_5", "new", False)
    assert (known["name"], known["kind"], known["is_excused"], known["standing"]) == ("test_3", "known", True, "flaky")
    assert (known["job_name"], known["run_attempt"]) == ("test", 1)
    assert known["message"].startswith("TimeoutError")
    [comment] = pull.comments
    assert "Known flake" in comment.body
    assert "New failure" in comment.body
    [check] = [one for one in repo.check_runs(pull.head_sha) if one.name == NAME]
    assert found["check_run_id"] == check.id


async def test_the_latest_attempt_of_the_latest_commit_counts(dana, repo, bot, pull):
    run = await run_ci(repo, bot, pull.head_sha, failed=("test_5",), message=NEWS)
    assert (await told(dana, pull.number))["failed_tests"] == 1
    await rerun_ci(run, bot)
    assert (await told(dana, pull.number))["tests"] == []


async def test_of_a_pull_request_that_never_ran_nothing_is_told(dana, repo):
    found = await told(dana, 999)
    assert (found["head_sha"], found["runs"], found["tests"], found["jobs"]) == (None, 0, [], [])


async def test_a_job_that_failed_without_a_failed_test_is_told_with_the_reason(dana, repo, bot, pull):
    await run_ci(repo, bot, pull.head_sha, conclusion="failure")
    found = await told(dana, pull.number)
    [job] = found["jobs"]
    assert (job["job_name"], job["reason"]) == ("test", "no failed test")
    assert "no test of it failed" in job["why"]
