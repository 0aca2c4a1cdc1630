"""We know what is ours by our own login, which others may change."""

from app.handlers.bot import Bot
from tests.github.conftest import connect, fake, github, opened, private_key, say

__all__ = ["connect", "fake", "github", "opened", "private_key", "say"]


async def test_an_app_that_was_renamed_is_soon_known_by_its_new_login_without_a_restart(fake, github, say, monkeypatch):
    app = {"id": 4711, "permissions": {}, "events": [], "html_url": "https://github.test/apps/x"}
    fake.says("GET", "/app", *(say(body=app | {"slug": slug, "name": slug}) for slug in ("flakes", "renamed")))
    bot = Bot(pool=None, github=github, app_id=4711, clock=lambda: None, processes=None)
    assert [await bot.login() for _ in range(3)] == ["flakes[bot]"] * 3
    assert len(fake.asked_for("/app")) == 1
    monkeypatch.setattr("app.handlers.bot.LOGIN_KEPT_SECONDS", 0.0)
    assert await bot.login() == "renamed[bot]"
