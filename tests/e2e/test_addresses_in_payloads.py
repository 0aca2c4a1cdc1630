"""A payload's addresses are never asked: what we need of GitHub we ask where GitHub was configured to be."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.e2e.leavings import finish_run


@pytest.fixture
async def evil():
    """A server that remembers whether anybody came."""
    asked = []

    async def answer(request):
        asked.append(request.path)
        return web.json_response({})

    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", answer)
    async with TestServer(app) as server:
        server.asked = asked
        yield server


def turned(node, address):
    """Return a payload in which every address is another one."""
    if isinstance(node, dict):
        return {key: turned(value, address) for key, value in node.items()}
    if isinstance(node, list):
        return [turned(one, address) for one in node]
    return address if isinstance(node, str) and node.startswith("http") else node


@pytest.mark.attack("links")
async def test_whatever_addresses_a_payload_holds_nobody_else_is_asked(github, repo, bot, conn, evil):
    github.hold_webhooks()
    sha = await repo.push(branch="main", files={"a.py": "1"}, message="m", author="dana")
    await finish_run(repo, sha, failed=("test_3",))
    pull = await repo.open_pull(author="dana", branch="f", files={"b.py": "1"}, title="F")
    await finish_run(repo, pull.head_sha, failed=("test_3",))
    await repo.comment(pull.number, "dana", "/flakeguard status")
    address = str(evil.make_url("/x"))
    for delivery in github.deliveries:
        delivery.payload = turned(delivery.payload, address)
    assert address in str(github.deliveries[-1].payload)
    await github.release_webhooks()
    await bot.settle()
    assert await conn.fetchval("SELECT count(*) FROM fg_occurrence") > 0
    assert [one for one in pull.comments if one.author == "flakeguard[bot]"]
    assert evil.asked == []
    assert address not in str([one.request_body for one in github.requests])
