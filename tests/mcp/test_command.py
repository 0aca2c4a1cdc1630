"""`flakeguard mcp` as agents start it, and as an operator serves it over HTTP."""

import asyncio
import os
import subprocess
import sys
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client

from app.settings import Settings
from tests.cli.in_main import run
from tests.e2e.processes import free_port
from tests.mcp.conftest import text_of

ROOT = Path(__file__).parents[2]
REPO = {"repo": "acme/web"}


def environ(**ours):
    kept = {name: text for name, text in os.environ.items() if not name.startswith("FLAKEGUARD_")}
    return kept | {"PYTHONPATH": str(ROOT)} | {f"FLAKEGUARD_{name}": text for name, text in ours.items()}


def started(*arguments, **ours):
    return StdioServerParameters(
        command=sys.executable, args=["-m", "app", "mcp", *arguments], env=environ(**ours), cwd=ROOT
    )


async def test_an_agent_starts_it_and_asks_a_server_with_a_token(bot, token, tmp_path):
    file = tmp_path / "token"
    file.write_text(token + "\n")
    # What the command is told counts more than the environment. A client of before 2026 begins with a handshake.
    async with Client(started("--token-file", str(file), URL=bot.address, TOKEN="fgt_wrong"), mode="legacy") as client:
        assert len((await client.list_tools()).tools) == 8
        assert "tests.test_api.test_3" in text_of(await client.call_tool("flakiest_tests", REPO))
        assert not (await client.call_tool("test_history", {**REPO, "test": "test_3"})).is_error


async def test_who_has_the_database_needs_no_server_and_no_token(repo, bot, database_url):
    async with Client(started(DATABASE_URL=database_url)) as client:
        [found] = (await client.call_tool("list_repositories", {})).structured_content["items"]
        assert found["repo"] == "acme/web"
        assert not (await client.call_tool("test_evidence", {**REPO, "test": "test_3"})).is_error
        assert not (await client.call_tool("pull_request_failures", {**REPO, "number": 7})).is_error


@asynccontextmanager
async def serving(*arguments, **ours):
    """The command over HTTP, in a process of its own; yields its address."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "app", "mcp", "--http", str(port), *arguments, env=environ(**ours), cwd=ROOT,
        stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        async with asyncio.timeout(60):
            while b"listening" not in (line := await process.stderr.readline()):
                assert line, "it ended without listening"
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        await process.communicate()
    assert process.returncode == 0


@asynccontextmanager
async def agent(url, token):
    async with (
        httpx2.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30) as http,
        Client(streamable_http_client(url, http_client=http)) as client,
    ):
        yield client


@pytest.mark.attack("access")
async def test_over_http_everybody_sees_what_their_own_token_may(bot, token, strangers_token):
    async with serving("--url", bot.address, TOKEN=token) as url:
        async with agent(url, token) as client:
            assert "test_3" in text_of(await client.call_tool("flakiest_tests", REPO))
        for bad in (strangers_token, "fgt_wrong"):
            async with agent(url, bad) as client:
                refused = await client.call_tool("flakiest_tests", REPO)
                assert refused.is_error
                assert "test_3" not in text_of(refused)
        await check_refusals(url, token)


async def test_over_http_our_own_database_is_open_to_nobody_without_a_token(github, bot, token, database_url):
    # The token is good for a day of the sandbox's time.
    offset = int((github.now - Settings.from_env({}).clock()()).total_seconds())
    async with serving(DATABASE_URL=database_url, CLOCK_OFFSET=str(offset)) as url:
        async with agent(url, token) as client:
            assert "test_3" in text_of(await client.call_tool("flakiest_tests", REPO))
        async with agent(url, "fgt_wrong") as client:
            assert (await client.call_tool("list_repositories", {})).is_error
        await check_refusals(url, token)


async def check_refusals(url, token):
    """Nobody is answered without a token, nor a page that a browser was led here with under another name."""
    asked = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accept = {"Accept": "application/json, text/event-stream", "Authorization": f"Bearer {token}"}
    cases = [
        ({"Authorization": ""}, 401),
        ({"Authorization": "Basic ZGFuYTp4"}, 401),
        ({"Authorization": "Bearer "}, 401),
        ({"Host": "evil.example"}, 421),
        ({"Origin": "https://evil.example"}, 403),
    ]
    async with aiohttp.ClientSession() as session:
        for headers, status in cases:
            async with session.post(url, json=asked, headers=accept | headers) as answer:
                assert answer.status == status, headers
                if status == 401:
                    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
                assert "flakiest_tests" not in await answer.text()


def test_what_is_missing_or_makes_no_sense_is_one_line(monkeypatch, capsys, tmp_path):
    assert run(monkeypatch, "mcp", URL="ftp://x") == 2
    assert "FLAKEGUARD_URL" in capsys.readouterr().err
    assert run(monkeypatch, "mcp", "--url", "http://127.0.0.1:1", "--token-file", str(tmp_path / "none")) == 2
    assert "FLAKEGUARD_TOKEN_FILE cannot be read" in capsys.readouterr().err
    for place in ("x", "1:2:x", "70000"):
        with pytest.raises(SystemExit):
            run(monkeypatch, "mcp", "--http", place)
    monkeypatch.setitem(sys.modules, "app.mcp.server", None)
    assert run(monkeypatch, "mcp") == 2
    assert "pip install 'flakeguard-app[mcp]'" in capsys.readouterr().err


def test_without_the_extra_all_other_commands_start():
    code = "import sys; sys.modules['mcp'] = None; from app.__main__ import main; main(['--help'])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert "mcp" in done.stdout
