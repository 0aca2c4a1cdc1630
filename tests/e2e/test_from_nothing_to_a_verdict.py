"""`flakeguard serve` without credentials, a browser, and a GitHub: an App is made and installed, and judges its first run."""

import asyncio
import re
from datetime import UTC, datetime

import aiohttp
import pytest

from app.sandbox.github import Repository, SandboxGitHub
from tests.e2e.leavings import finish_run
from tests.e2e.processes import Processes
from tests.web.setup.conftest import Browser, titles

NAMES = ("APP_ID", "PRIVATE_KEY", "WEBHOOK_SECRET")


@pytest.fixture
async def github():
    async with SandboxGitHub(app_id=1, webhook_secret="of another App") as sandbox:
        sandbox.now = datetime.now(UTC)  # noqa: TID251 - the process that is served has the world's clock
        made = sandbox.repository("acme/web")
        made.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
        yield sandbox


@pytest.fixture
async def processes(github, database_url, tmp_path):
    """Processes that have no App, one GitHub, one database and one folder for their data."""
    data = tmp_path / "data"
    environ = {
        "FLAKEGUARD_DATA_DIR": str(data),
        "FLAKEGUARD_GITHUB_URL": github.web_url,
        "FLAKEGUARD_CLOCK_OFFSET": "0",
        **{f"FLAKEGUARD_{name}": "" for name in NAMES},
    }
    async with Processes(github, database_url, tmp_path, **environ) as started:
        yield started


@pytest.fixture
async def browser():
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:
        yield Browser(session)


async def until(is_so, seconds=60):
    async with asyncio.timeout(seconds):
        while not await is_so():  # noqa: ASYNC110 - another process's doing has no event
            await asyncio.sleep(0.1)


async def make_app(browser, served):
    """Go from the code in the log to the App; returns the page on which it is to be installed."""
    [code] = re.findall(r"/setup with the code (\S+)", served.log.read_text(encoding="utf-8"))
    asked = await browser.get(f"{served.address}/")
    choice = await browser.press(asked, code=code)
    button = await browser.press(choice, owner="organization", organization="acme")
    return await browser.press(await browser.press(button))


async def install(browser, github, page):
    [there] = re.findall(r'href="([^"]*/installations/new)"', page.text)
    shown = await browser.get(there)
    assert "Install on acme" in shown.text
    return await browser.post(f"{there.removesuffix('/new')}", {"target": "acme", "state": ""})


async def test_an_app_is_made_installed_and_judges_its_first_run_without_a_restart(github, processes, browser):
    served = await processes.serve("all")
    made = await make_app(browser, served)
    assert (made.url, titles(made.text)) == (f"{served.address}/setup/first-run", ["The App is made"])
    assert "Install it on the repositories" in made.text
    installed = await install(browser, github, made)
    assert installed.url == f"{served.address}/setup/first-run"

    async def is_installed():
        return "Installed, with 1 repository" in (await browser.get(f"{served.address}/setup/first-run")).text

    await until(is_installed)
    repo = Repository(github.stage, github.world.repositories["acme/web"])
    sha = await repo.push(branch="main", files={"a.py": "1"}, message="a", author="dana")
    await finish_run(repo, sha, failed=("test_3",))

    async def is_received():
        return "First run received:" in (await browser.get(f"{served.address}/setup/first-run")).text

    await until(is_received)

    async def is_judged():
        return [one.conclusion for one in repo.check_runs(sha) if one.name == "FlakeGuard"] == ["failure"]

    await until(is_judged)
    async with browser.session.get(f"{served.address}/setup") as answer:
        assert answer.status == 404
    log = await served.end()
    for secret in (github.client_secret, github.webhooks.secret, github.private_key_pem.splitlines()[2]):
        assert secret not in log


async def test_what_was_made_is_known_to_a_worker_that_waits_for_it_and_after_a_restart(github, processes, browser):
    worker, first = await processes.serve("worker"), await processes.serve("web")
    await make_app(browser, first)

    async def is_known():
        return "app_known" in worker.log.read_text(encoding="utf-8")

    await until(is_known)
    await first.end()
    again = await processes.serve("web")
    async with browser.session.post(f"{again.address}/webhooks/github", data=b"{}") as answer:
        assert answer.status == 401
    assert "app_of_set_up" in again.log.read_text(encoding="utf-8")


async def test_who_has_set_it_up_signs_in_at_once(github, processes, browser):
    github.world.repositories["acme/web"].roles["dana"] = "admin"
    github.world.account("dana")
    served = await processes.serve("web")
    await install(browser, github, await make_app(browser, served))
    async with browser.session.get(f"{served.address}/login", allow_redirects=False) as answer:
        there = answer.headers["Location"]
    signed_in = await browser.get(f"{there}&as=dana")
    assert (signed_in.url, signed_in.status) == (f"{served.address}/", 200)
    assert "dana" in signed_in.text


async def test_nobody_but_the_browser_that_did_it_sees_how_far_it_is(github, processes, browser):
    served = await processes.serve("web")
    await make_app(browser, served)
    async with aiohttp.ClientSession() as stranger:
        for path in ("/setup", "/setup/first-run", "/setup/progress"):
            async with stranger.get(f"{served.address}{path}") as answer:
                assert answer.status == 404
        async with stranger.get(f"{served.address}/setup/installed", allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/")
    async with browser.session.get(f"{served.address}/setup/progress") as answer:
        assert await answer.json() == {"installations": 0, "repositories": 0, "run": None}
