"""A FlakeGuard that answers badly, late or not at all: a tool error in words, and nothing given away."""

import asyncio

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.mcp import asking as ours
from tests.mcp.conftest import asking, text_of

TOKEN = "fgt_secret"
PROBLEM = {"content_type": "application/problem+json", "text": '{"status": 1, "detail": "It is \\u001b[2J away."}'}


async def refused(handler, **more):
    """Ask a server that answers so; returns what the agent is told, which never holds the token."""
    app = web.Application()
    app.router.add_get("/api/v1/repos", handler)
    async with TestServer(app, **more) as server, asking(str(server.make_url("")).rstrip("/"), TOKEN) as client:
        result = await client.call_tool("list_repositories", {})
    assert result.is_error
    assert TOKEN not in text_of(result)
    return text_of(result)


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (401, "The token is missing, wrong, revoked or over"),
        (404, "There is nothing there, or nothing that this token may see"),
        (429, "It is away. Ask again in a minute."),
        (503, "It is away. Ask again in a minute."),
        (500, "FlakeGuard refuses to answer (500). It is away."),
    ],
)
async def test_a_refusal_is_told_with_what_can_be_done(status, said):
    async def answer(_request):
        return web.Response(status=status, **PROBLEM)

    assert said in await refused(answer)


async def test_a_redirect_is_not_followed():
    led = []

    async def lead(request):
        led.append(request.query.get("again"))
        return web.Response(status=302, headers={"Location": "/api/v1/repos?again=1"})

    assert "(302)" in await refused(lead)
    assert led == [None]


@pytest.mark.parametrize(
    "body", ["<html>", '{"items": 7}', '{"items": [{"owner": 1}]}', "\udcff".encode(errors="replace")]
)
async def test_an_answer_in_another_form_is_told(body):
    async def answer(_request):
        return web.Response(body=body)

    assert "in a form that this version does not know" in await refused(answer)


async def test_an_answer_without_end_is_given_up(monkeypatch):
    monkeypatch.setattr(ours, "_LARGEST_ANSWER", 100_000)

    async def answer(request):
        stream = web.StreamResponse()
        await stream.prepare(request)
        for _ in range(100):
            await stream.write(b" " * 10_000)
        return stream

    assert "more than anybody reads" in await refused(answer)


async def test_one_that_does_not_answer_in_time_is_told(monkeypatch):
    monkeypatch.setattr(ours, "LONGEST_SECONDS", 0.2)

    async def answer(_request):
        await asyncio.sleep(5)

    assert "it does not answer in time" in await refused(answer, shutdown_timeout=0)
