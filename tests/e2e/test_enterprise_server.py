"""The whole bot against an Enterprise Server: its API below a path, its storage on the host itself, no limits, no digests."""

import re

import pytest

from app.sandbox.github import ENTERPRISE_SERVER, SandboxGitHub
from tests.e2e.conftest import START
from tests.e2e.leavings import run_ci
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
