"""`flakeguard serve` with and without sign-in: what people find at its address."""

import pytest

from app.db.connection import DATABASE_AWAY, open_pool
from tests.e2e.processes import Processes
from tests.web.site.conftest import Browser


async def test_until_sign_in_is_set_up_the_pages_say_how_to_and_show_nothing(github, database_url, tmp_path):
    async with Processes(github, database_url, tmp_path) as bot:
        served = await bot.serve("web")
        browser = Browser(served.address)
        front = await browser.get("/")
        assert front.status == 200
        assert "FLAKEGUARD_CLIENT_ID" in front.text
        assert (await browser.get("/repos/acme/web")).status == 401
        assert (await browser.get("/api/v1/repos")).status == 401
        assert (await browser.get("/login")).status == 404
        await browser.session.close()


async def test_with_it_a_person_signs_in_at_a_process_that_has_no_key(github, database_url, tmp_path):
    repo = github.repository("acme/web")
    repo.data.is_private = True
    repo.commit(branch="main", files={"README.md": "web"}, message="first", author="dana")
    repo.grant("dana", "write")
    public = "http://flakeguard.test"
    github.callback_urls = [f"{public}/login/callback"]
    where = {
        "FLAKEGUARD_CLIENT_ID": github.client_id,
        "FLAKEGUARD_CLIENT_SECRET": github.client_secret,
        "FLAKEGUARD_PUBLIC_URL": public,
        "FLAKEGUARD_GITHUB_URL": github.web_url,
        "FLAKEGUARD_PRIVATE_KEY": "",
    }
    async with Processes(github, database_url, tmp_path, **where) as bot:
        served = await bot.serve("web")
        github.webhook_url = f"{served.address}/webhooks/github"
        await repo.push(branch="main", files={"a.py": "1"}, message="m", author="dana")
        browser = Browser(served.address)
        back = await browser.sign_in("dana")
        assert back.location == "/"
        front = await browser.get("/")
        assert "/repos/acme/web" in front.text
        assert (await browser.get("/repos/acme/web")).status == 200
        await browser.session.close()
        log = await served.end()
    assert "signed_in" in log
    assert "ghu_" not in log


async def test_a_question_that_takes_too_long_is_broken_off_and_gives_its_connection_back(database_url):
    pool = await open_pool(database_url, size=1, longest_seconds=1)
    async with pool:
        with pytest.raises(DATABASE_AWAY):
            await pool.fetchval("SELECT pg_sleep(30)")
        assert await pool.fetchval("SELECT 1") == 1
