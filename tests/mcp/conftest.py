"""Agents that ask a real bot's API, by the SDK's own client."""

from contextlib import asynccontextmanager

import aiohttp
import pytest
from mcp import Client

from app.mcp.asking import Api
from app.mcp.server import make_server
from tests.e2e.leavings import finish_run
from tests.web.site.conftest import bot, github, job_tokens, kept_seconds, opens_public, processes, repo
from tests.web.site.test_who_may_see import make_token

__all__ = ["bot", "github", "job_tokens", "kept_seconds", "opens_public", "processes", "repo"]


@asynccontextmanager
async def asking(url, token=None):
    """An agent whose server asks that FlakeGuard, in this process."""
    async with (
        aiohttp.ClientSession() as session,
        Client(make_server(Api(session=session, url=url, name=url, token=token))) as client,
    ):
        yield client


@pytest.fixture
async def token(github, repo, bot):
    return await make_token(bot, github.stage.world.account("dana"), repo.data.id)


@pytest.fixture
async def strangers_token(github, repo, bot):
    """A token of somebody who may see another repository of the same bot, and not acme/web."""
    other = github.repository("other/place")
    other.commit(branch="main", files={"README.md": "x"}, message="x", author="eve")
    other.grant("eve", "admin")
    await finish_run(other, await other.push(branch="main", files={"code.py": "1"}, message="1", author="eve"))
    await bot.settle()
    return await make_token(bot, github.stage.world.account("eve"), other.data.id)


def text_of(result):
    [content] = result.content
    return content.text
