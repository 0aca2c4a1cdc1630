"""The page about agents says what the tools are, and shows an answer as it is sent."""

import json
import re
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.cli import mcp as command
from app.mcp import server
from app.mcp.tools import TOOLS
from tests.mcp.conftest import asking, text_of

PAGE = (Path(__file__).parents[2] / "docs" / "mcp.md").read_text(encoding="utf-8")
NEW = {
    "test_id": 18, "suite": "", "class_name": "tests.test_api", "name": "test_5", "kind": "new", "is_excused": False,
    "standing": "healthy", "decision": None, "flake_rate": 0.0, "runs": 0, "file": "tests/test_api.py", "line": 7,
    "message": "ValueError: the answer is 41", "seen_since": None, "other_pulls": 0, "broken_since": None, "infra": None,
    "issue_url": None, "jobs": 1, "job_name": "test", "job_url": "https://github.com/acme/web/actions/runs/19283746/job/5566",
}  # fmt: skip
KNOWN = {
    **NEW, "test_id": 16, "name": "test_3", "kind": "known", "is_excused": True, "standing": "flaky", "flake_rate": 0.27,
    "message": "TimeoutError: connection to localhost:5432 timed out after 30 s",
}  # fmt: skip
PULL = {
    "head_sha": "4fcfb3cc36b0a5bf87525b23e7ab9caac873b3d5", "is_running": False, "runs": 1, "failed_tests": 2,
    "tests": [NEW, KNOWN], "jobs": [],
}  # fmt: skip


async def test_the_example_is_what_an_agent_is_told(monkeypatch):
    async def answer(_request):
        return web.json_response(PULL)

    monkeypatch.setattr(server.secrets, "token_hex", lambda _: "5e1f09c4")
    app = web.Application()
    app.router.add_get("/api/v1/repos/acme/web/pulls/42/failures", answer)
    async with TestServer(app) as there, asking(str(there.make_url("")).rstrip("/")) as client:
        told = text_of(await client.call_tool("pull_request_failures", {"repo": "acme/web", "number": 42}))
    assert f"```\n{told}\n```" in PAGE


def test_every_tool_and_every_option_is_told():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)[1:] == list(TOOLS)
    source = Path(command.__file__).read_text(encoding="utf-8")
    for option in re.findall(r'add_argument\(\s*"(--[\w-]+)"', source):
        assert option in PAGE


@pytest.mark.parametrize("text", re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL))
def test_the_configuration_is_json(text):
    assert json.loads(text)["mcpServers"]["flakeguard"]["args"] == ["mcp"]
