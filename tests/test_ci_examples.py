"""The examples in docs/ci are run, as far as they speak to us: each sends what the API takes."""

import asyncio
import re
import shutil
import textwrap
from pathlib import Path

import msgspec
import pytest
import yaml
from aiohttp import web
from aiohttp.test_utils import TestServer

from app.web.api.receiving import receive
from app.web.api.uploads import OfBuild

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the examples send reports with curl")
EXAMPLES = Path(__file__).parents[1] / "docs" / "ci"
SHA = "c0ffee" * 6 + "c0ff"
GIVEN = {
    "Jenkinsfile": {
        "GIT_COMMIT": SHA, "GIT_BRANCH": "origin/fix it", "JOB_NAME": "web/fix it", "BUILD_NUMBER": "7",
        "BUILD_URL": "https://ci.example/7", "CONCLUSION": "failure", "CHANGE_ID": "12",
    },
    "buildkite.yml": {
        "BUILDKITE_COMMIT": SHA, "BUILDKITE_BRANCH": "fix it", "BUILDKITE_BUILD_NUMBER": "7", "BUILDKITE_STEP_KEY": "unit",
        "BUILDKITE_RETRY_COUNT": "1", "BUILDKITE_BUILD_URL": "https://ci.example/7", "BUILDKITE_PULL_REQUEST": "12",
        "status": "1",
    },
    "circleci.yml": {
        "CIRCLE_SHA1": SHA, "CIRCLE_BRANCH": "fix it", "CIRCLE_WORKFLOW_ID": "7", "CIRCLE_JOB": "unit", "CONCLUSION": "failure",
        "CIRCLE_BUILD_URL": "https://ci.example/7", "CIRCLE_PULL_REQUEST": "https://github.com/acme/web/pull/12",
    },
    "gitlab-ci.yml": {
        "CI_COMMIT_SHA": SHA, "CI_COMMIT_REF_NAME": "fix it", "CI_PIPELINE_ID": "7", "CI_JOB_NAME": "unit",
        "CI_JOB_STATUS": "failed", "CI_PIPELINE_URL": "https://ci.example/7", "CI_EXTERNAL_PULL_REQUEST_IID": "12",
    },
}  # fmt: skip
"""What each CI system tells a job, by its own documentation."""


def script_of(name):
    """The lines of an example that a shell runs to send reports."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    if name != "Jenkinsfile":
        assert yaml.safe_load(text)
    # Buildkite takes a single $ for its own, before the agent has the variables.
    text = text.replace("$$", "$")
    lines = re.search(r"(?m)^ *curl (?:.*\\\n)*.*$", text)[0]
    return textwrap.dedent(lines)


@pytest.fixture
async def server():
    """A server that takes reports, and keeps what came with them."""
    taken = []

    async def take(request):
        assert request.headers["Authorization"] == "Bearer fgt_x"
        taken.append(await receive(request))
        return web.json_response({}, status=202)

    app = web.Application()
    app.router.add_post("/api/v1/reports", take)
    async with TestServer(app) as running:
        yield str(running.make_url("")).rstrip("/"), taken


def test_each_example_is_tried():
    assert {one.name for one in EXAMPLES.iterdir()} - {"README.md"} == set(GIVEN)


@pytest.mark.parametrize("name", GIVEN)
@pytest.mark.parametrize("is_pull", [True, False])
async def test_an_example_sends_what_the_api_takes(name, is_pull, server, tmp_path):
    address, taken = server
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "junit.xml").write_text("<testsuite/>", encoding="utf-8")
    given = dict(GIVEN[name])
    if not is_pull:
        pull = next(key for key, value in given.items() if value.endswith("12"))
        given[pull] = "false" if name == "buildkite.yml" else ""
    env = {"PATH": "/usr/bin:/bin", "FLAKEGUARD_TOKEN": "fgt_x", "FLAKEGUARD_URL": address, **given}
    ran = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script_of(name), cwd=tmp_path, env=env,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await ran.communicate()
    assert ran.returncode == 0, said.decode()
    [received] = taken
    read = msgspec.convert(received.fields, OfBuild, strict=False)
    assert (read.commit, read.branch, read.job, read.conclusion) == (SHA, "fix it", "unit", "failure")
    assert (read.pull, read.url) == (12 if is_pull else None, "https://ci.example/7")
    assert read.attempt == (2 if name == "buildkite.yml" else 1)


@pytest.mark.parametrize("name", GIVEN)
async def test_a_build_goes_on_where_we_cannot_be_reached(name, tmp_path):
    env = {"PATH": "/usr/bin:/bin", "FLAKEGUARD_TOKEN": "x", "FLAKEGUARD_URL": "http://127.0.0.1:9", **GIVEN[name]}
    ran = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script_of(name), cwd=tmp_path, env=env, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await ran.communicate()
    assert (ran.returncode, said.decode().strip()) == (0, "FlakeGuard cannot be reached")


def test_the_page_names_every_field():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    table = "\n".join(line for line in page.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`(?=[^|]*\| )", table)) >= {one.name for one in msgspec.structs.fields(OfBuild)}
