"""The examples in docs/ci are run, as far as they speak to us: each sends what the API takes."""

import asyncio
import re
import shutil
import subprocess
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
    """What a shell runs after the tests, or around them, to send reports."""
    text = (EXAMPLES / name).read_text(encoding="utf-8")
    if name == "Jenkinsfile":
        # In Groovy, too, a backslash at the end of a line joins it with the next.
        return text.rpartition("sh '''\n")[2].partition("'''")[0].replace("\\\n", "")
    read = yaml.safe_load(text)
    match name:
        case "buildkite.yml":
            # Buildkite takes a single $ for its own, before the agent has the variables.
            return read["steps"][0]["command"].replace("$$", "$")
        case "circleci.yml":
            return read["jobs"]["unit"]["steps"][-1]["run"]["command"]
        case _:
            return read["unit"]["after_script"][0]


async def run(name, folder, address, **more):
    """Run an example in a folder with what its CI system tells; returns its exit status and what it printed.

    The tests of Buildkite's, which are run by the same command, fail.
    """
    (folder / "bin").mkdir()
    (folder / "bin" / "pytest").write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    (folder / "bin" / "pytest").chmod(0o755)
    known = {"PATH": f"{folder}/bin:/usr/bin:/bin", "FLAKEGUARD_TOKEN": "fgt_x", "FLAKEGUARD_URL": address}
    shell = ("sh", "-e") if name == "Jenkinsfile" else ("bash", "-euo", "pipefail")
    ran = await asyncio.create_subprocess_exec(
        *shell, "-c", script_of(name), cwd=folder, env=known | GIVEN[name] | more, stdout=asyncio.subprocess.PIPE
    )
    said, _ = await ran.communicate()
    return ran.returncode, said.decode().strip()


def status_of(name):
    """How an example ends: Buildkite's as its tests did, the others are run after them."""
    return 1 if name == "buildkite.yml" else 0


def leave_a_report(folder):
    (folder / "build").mkdir()
    (folder / "build" / "junit.xml").write_text("<testsuite/>", encoding="utf-8")


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
    leave_a_report(tmp_path)
    given = {}
    if not is_pull:
        pull = next(key for key, value in GIVEN[name].items() if value.endswith("12"))
        given[pull] = "false" if name == "buildkite.yml" else ""
    assert await run(name, tmp_path, address, **given) == (status_of(name), "{}")
    [received] = taken
    read = msgspec.convert(received.fields, OfBuild, strict=False)
    assert (read.commit, read.branch, read.job, read.conclusion) == (SHA, "fix it", "unit", "failure")
    assert (read.pull, read.url) == (12 if is_pull else None, "https://ci.example/7")
    assert read.attempt == (2 if name == "buildkite.yml" else 1)


@pytest.mark.parametrize("name", GIVEN)
async def test_a_build_goes_on_where_we_cannot_be_reached(name, tmp_path):
    leave_a_report(tmp_path)
    said = await run(name, tmp_path, "http://127.0.0.1:9")
    assert said == (status_of(name), "FlakeGuard did not take the report")


@pytest.mark.parametrize("name", GIVEN)
async def test_a_build_that_left_no_report_says_so_and_asks_nobody(name, server, tmp_path):
    address, taken = server
    said = await run(name, tmp_path, address)
    assert said == (status_of(name), "No report for FlakeGuard: build/junit.xml is not there")
    assert taken == []


def git(folder, *arguments):
    who = ("-c", "user.name=dana", "-c", "user.email=dana@example.com")
    done = subprocess.run(["git", *who, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def commit(folder, name):
    (folder / name).write_text(name)
    git(folder, "add", name)
    git(folder, "commit", "-q", "-m", name)
    return git(folder, "rev-parse", "HEAD")


@pytest.mark.parametrize("is_behind", [True, False])
@pytest.mark.parametrize("was_pushed_since", [True, False])
async def test_jenkins_names_the_head_of_a_pull_request_and_not_its_merge(
    is_behind, was_pushed_since, server, tmp_path
):
    """As Jenkins checks it out: the head at origin/PR-12, the base merged into it, which is GIT_COMMIT."""
    address, taken = server
    git(tmp_path, "init", "-q", "-b", "main")
    commit(tmp_path, "a")
    git(tmp_path, "switch", "-q", "-c", "fix")
    commit(tmp_path, "b")
    git(tmp_path, "switch", "-q", "main")
    commit(tmp_path, "c")
    git(tmp_path, "switch", "-q", "fix")
    # The author's own merge has two parents, too.
    git(tmp_path, "merge", "-q", "--no-edit", "main")
    head = git(tmp_path, "rev-parse", "HEAD")
    git(tmp_path, "switch", "-q", "main")
    if is_behind:
        commit(tmp_path, "d")
    git(tmp_path, "switch", "-q", "--detach", head)
    git(tmp_path, "merge", "-q", "--no-edit", "main")
    built = git(tmp_path, "rev-parse", "HEAD")
    git(tmp_path, "switch", "-q", "fix")
    pushed = commit(tmp_path, "e") if was_pushed_since else head
    git(tmp_path, "update-ref", "refs/remotes/origin/PR-12", pushed)
    leave_a_report(tmp_path)
    given = {"GIT_COMMIT": built, "GIT_BRANCH": "PR-12", "BRANCH_NAME": "PR-12", "CHANGE_BRANCH": "fix"}
    assert (await run("Jenkinsfile", tmp_path, address, **given))[0] == 0
    assert (built != head) == is_behind
    read = msgspec.convert(taken[0].fields, OfBuild, strict=False)
    assert (read.commit, read.branch) == (head, "fix")


@pytest.mark.parametrize("is_away", [False, True])
async def test_what_the_page_shows_sends_each_report_and_stops_no_build(is_away, server, tmp_path):
    address, taken = server
    git(tmp_path, "init", "-q")
    head = commit(tmp_path, "a")
    leave_a_report(tmp_path)
    (tmp_path / "build" / "more.xml").write_text("<testsuite/>", encoding="utf-8")
    script = (EXAMPLES / "README.md").read_text(encoding="utf-8").partition("```sh\n")[2].partition("```")[0]
    known = {"PATH": "/usr/bin:/bin", "FLAKEGUARD_TOKEN": "fgt_x", "BUILD_NUMBER": "7"}
    known["FLAKEGUARD_URL"] = "http://127.0.0.1:9" if is_away else address
    ran = await asyncio.create_subprocess_exec("bash", "-euo", "pipefail", "-c", script, cwd=tmp_path, env=known)
    assert await ran.wait() == 0
    assert [msgspec.convert(one.fields, OfBuild, strict=False).commit for one in taken] == [head] * (not is_away)


def test_the_page_names_every_field():
    page = (EXAMPLES / "README.md").read_text(encoding="utf-8")
    table = "\n".join(line for line in page.splitlines() if line.startswith("| `"))
    assert set(re.findall(r"`(\w+)`(?=[^|]*\| )", table)) >= {one.name for one in msgspec.structs.fields(OfBuild)}
