"""The sandbox as an Enterprise Server: the same operations elsewhere, and less of this and that."""

from urllib.parse import urlsplit

import aiohttp
import pytest

from app.sandbox.github import ENTERPRISE_SERVER, SandboxGitHub
from tests.sandbox.conftest import START, Asker, sign


@pytest.fixture
async def github():
    sandbox = SandboxGitHub(app_id=1, webhook_secret="secret", edition=ENTERPRISE_SERVER)
    sandbox.now = START
    async with sandbox:
        yield sandbox


@pytest.fixture
async def session(github):
    async with aiohttp.ClientSession(f"{github.api_url}/") as opened:
        yield opened


@pytest.fixture
async def ask(github, session, repo):
    """Ask as the installation on the repository; paths are told without a slash in front."""
    app = Asker(session, f"Bearer {sign(github)}")
    token = await app("POST", f"app/installations/{repo.data.installation_id}/access_tokens")
    return Asker(session, f"token {token.body['token']}")


async def test_the_api_stands_below_a_path_and_names_the_server_but_no_limits(ask, github):
    said = await ask("GET", "repos/acme/web")
    assert said.body["url"] == f"{github.web_url}/api/v3/repos/acme/web"
    assert said.body["html_url"] == f"{github.web_url}/acme/web"
    assert said.headers["x-github-enterprise-version"] == "3.19.0"
    assert not [name for name in said.headers if name.startswith("x-ratelimit")]


async def test_a_repository_that_was_renamed_is_found_below_that_path_too(ask, github, repo):
    await github.rename(repo, "shop")
    moved = await ask("GET", "repos/acme/web/pulls?state=open")
    there = f"{github.api_url}/repositories/{repo.data.id}/pulls?state=open"
    assert (moved.status, moved.headers["location"]) == (301, there)


@pytest.mark.parametrize(("asked", "status"), [("2022-11-28", 200), ("2026-03-10", 400)])
async def test_versions_of_the_api_that_it_does_not_know_are_refused(ask, asked, status):
    said = await ask("GET", "repos/acme/web", **{"X-GitHub-Api-Version": asked})
    assert said.status == status
    assert status == 200 or '"2026-03-10", is not a supported version' in said.body["message"]


async def test_artifacts_have_no_digest_and_lie_on_the_host_itself(ask, start, github, session):
    run = await start()
    await run.complete()
    [found] = (await ask("GET", f"repos/acme/web/actions/runs/{run.id}/artifacts")).body["artifacts"]
    assert "digest" not in found
    location = (await ask("GET", f"repos/acme/web/actions/artifacts/{found['id']}/zip")).headers["location"]
    assert urlsplit(location).netloc == urlsplit(github.web_url).netloc
    async with session.get(location, headers=ask.headers) as refused, session.get(location) as given:
        assert (refused.status, given.status) == (403, 200)


async def test_webhooks_name_the_server(github, repo, receiver):
    await repo.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
    named = {(one["X-GitHub-Enterprise-Host"], one["X-GitHub-Enterprise-Version"]) for one, _ in receiver.taken}
    assert named == {(urlsplit(github.web_url).netloc, "3.19.0")}


@pytest.mark.parametrize(("days", "status"), [(6, 202), (8, 404)])
async def test_deliveries_are_kept_for_a_week(github, repo, session, days, status):
    github.webhook_url = "http://127.0.0.1:1/nobody"
    await repo.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
    github.advance(days=days)
    said = await Asker(session, f"Bearer {sign(github)}")("POST", "app/hook/deliveries/1/attempts")
    assert said.status == status
