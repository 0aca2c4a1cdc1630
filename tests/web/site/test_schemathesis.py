"""Schemathesis asks the API whatever its description allows, and more: minutes, and a program of its own, so not every day."""

import asyncio
import json
import os
import shutil

import msgspec
import pytest

from app.web.api.routes import OPENAPI
from tests.web.site.test_who_may_see import make_token

SCHEMATHESIS = os.environ.get("FLAKEGUARD_TEST_SCHEMATHESIS") or shutil.which("schemathesis")


def of_one_repository(described):
    """Describe the API of one repository, where there is something to find, and its lists from their beginning.

    What a cursor may be no schema can tell: it is what an answer gave.
    """
    text = msgspec.json.encode(described).decode().replace("/repos/{owner}/{repo}", "/repos/acme/web")
    one = json.loads(text)
    for operations in one["paths"].values():
        for operation in operations.values():
            parameters = [p for p in operation.get("parameters", []) if p["name"] not in ("owner", "repo")]
            for parameter in parameters:
                if parameter["name"] == "after":
                    parameter["schema"] = {"enum": [""]}
            operation["parameters"] = parameters
    return one


@pytest.mark.long
@pytest.mark.skipif(not SCHEMATHESIS, reason="schemathesis is not installed: FLAKEGUARD_TEST_SCHEMATHESIS names none")
async def test_schemathesis_finds_nothing(bot, repo, github, tmp_path):
    token = await make_token(bot, github.stage.world.account("dana"), repo.data.id, scopes=("read", "decide"))
    described = tmp_path / "openapi.json"
    described.write_text(json.dumps(of_one_repository(OPENAPI)), encoding="utf-8")
    asked = await asyncio.create_subprocess_exec(
        *(SCHEMATHESIS, "run", str(described)),
        *("--url", f"{bot.address}/api/v1", "--header", f"Authorization: Bearer {token}"),
        *("--max-examples", os.environ.get("FLAKEGUARD_TEST_EXAMPLES", "100"), "--seed", "1", "--no-color"),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=tmp_path,
    )
    said, _ = await asked.communicate()
    assert asked.returncode == 0, said.decode()
