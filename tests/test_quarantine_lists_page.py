"""docs/quarantine-lists.md shows each format once, with the command that tests/skiplists_run runs, and says the limits."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.core.model import TestId
from app.core.skiplists import Format, QuarantinedTest, quarantine_for
from app.core.skiplists.names import MOST_ARGUMENT_BYTES
from tests.plugin.pytests import REPOSITORY, answering, serving
from tests.skiplists_run.page import PAGE, command, file_name, section

RUN = Path(__file__).parent / "skiplists_run"
ROOT = Path(__file__).parents[1]
needs_curl_and_jq = pytest.mark.skipif(
    None in (shutil.which("curl"), shutil.which("jq")), reason="the page fetches with curl and jq"
)


def test_every_format_has_a_section_and_a_row_and_no_other_has():
    assert re.findall(r"^\| `(\w+)` \|", PAGE.partition("\n## ")[0], re.MULTILINE) == list(Format)
    assert re.findall(r"^## (\w+)$", PAGE, re.MULTILINE) == list(Format)


@pytest.mark.parametrize("known_as", Format)
def test_each_command_reads_the_file_that_the_list_is_saved_as(known_as):
    assert Path(file_name(known_as)).stem in command(known_as)


@pytest.mark.parametrize("known_as", Format)
def test_each_command_is_one_for_a_shell(known_as):
    subprocess.run(["bash", "-n", "-c", command(known_as)], check=True, timeout=30)


FETCHING = PAGE.partition("```sh\n")[2].partition("```")[0]
OIDC, LIST = "/oidc?api-version=2", f"/api/v1/repos/{REPOSITORY}/quarantine?format=json"


def fetch(folder, url, issuer=""):
    """Run what the page shows, as GitHub runs a step; returns the text of the file, None where there is none."""
    script = FETCHING.replace("FILE", "list.json").replace("FORMAT", "json")
    known = {
        "PATH": os.environ["PATH"],
        "NO_PROXY": "127.0.0.1",
        "FLAKEGUARD_URL": url,
        "GITHUB_REPOSITORY": REPOSITORY,
    }
    if issuer:
        known |= {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{issuer}{OIDC}", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job"}
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", f"{script}\necho and on"]
    done = subprocess.run(shell, cwd=folder, env=known, check=False, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "and on\n"), done.stderr
    file = folder / "list.json"
    return file.read_text(encoding="utf-8") if file.exists() else None


def of_both(handler):
    """Answer as GitHub's issuer of tokens, and as a FlakeGuard that believes its token and no other."""
    if handler.path.startswith(OIDC):
        answering({"count": 7, "value": "a.proof"})(handler)
    elif handler.headers["Authorization"] == "Bearer a.proof":
        answering('{"tests": [], "refused": []}')(handler)
    else:
        answering("{}", 401)(handler)


@needs_curl_and_jq
def test_how_a_list_is_fetched_leaves_the_list(tmp_path):
    with serving(of_both) as server:
        assert fetch(tmp_path, server.url, server.url) == '{"tests": [], "refused": []}'
    audience = server.url.replace(":", "%3A").replace("/", "%2F")
    assert [(path.lower(), token) for path, token in server.asked] == [
        (f"{OIDC}&audience={audience}".lower(), "Bearer of-the-job"),
        (LIST.lower(), "Bearer a.proof"),
    ]


NOWHERE = "http://127.0.0.1:1"


@needs_curl_and_jq
@pytest.mark.parametrize("away", ["no token", "the issuer", "FlakeGuard", "both"])
def test_where_no_list_can_be_had_no_file_is_left_and_the_step_goes_on(away, tmp_path):
    (tmp_path / "list.json").write_text("of yesterday")
    with serving(of_both) as server:
        url = NOWHERE if away in ("FlakeGuard", "both") else server.url
        issuer = {"no token": "", "FlakeGuard": server.url}.get(away, NOWHERE)
        assert fetch(tmp_path, url, issuer) is None


@needs_curl_and_jq
def test_an_issuer_that_answers_without_a_token_leaves_no_file(tmp_path):
    for said in (answering({}), answering("<html>"), answering("<html>", 403)):

        def answer(handler, said=said):
            (said if handler.path.startswith(OIDC) else of_both)(handler)

        with serving(answer) as server:
            assert fetch(tmp_path, server.url, server.url) is None


def part(title):
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


WORKFLOW = part("A whole workflow").partition("```yaml\n")[2].partition("```")[0]


def test_the_whole_workflow_fetches_as_the_page_shows_and_runs_with_and_without_a_list():
    [job] = yaml.safe_load(WORKFLOW)["jobs"].values()
    steps = {step.get("name"): step.get("run") for step in job["steps"]}
    known_as = Format.PYTEST
    shown = FETCHING.replace("FILE", file_name(known_as)).replace("FORMAT", known_as)
    assert steps["Ask what is in quarantine"] == shown
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert command(known_as).strip() in steps["Test"]
    subprocess.run(["bash", "-n", "-c", steps["Test"]], check=True, timeout=30)


def test_the_whole_workflow_is_as_strict_as_our_own(tmp_path):
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (folder / "tests.yml").write_text(WORKFLOW, encoding="utf-8")
    zizmor = [Path(sys.executable).parent / "zizmor", "--offline", "--quiet", "--persona", "pedantic"]
    done = subprocess.run(
        [*zizmor, "--strict-collection", "."], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("known_as", [one for one in Format if one is not Format.JSON])
def test_the_real_runner_is_tried_for_each_format(known_as):
    assert f"Format.{known_as.upper()}" in (RUN / f"test_{known_as}_list.py").read_text(encoding="utf-8")


def test_the_fields_for_programs_are_all_there():
    told = quarantine_for(Format.JSON, [QuarantinedTest(test_id=TestId(1), name="a")])
    shown = section(Format.JSON).partition('"tests": [{')[2].partition("}")[0]
    assert re.findall(r'"(\w+)"', shown) == [*json.loads(told.text)["tests"][0]]
    assert '"tests": []' in quarantine_for(Format.JSON, []).text


@pytest.mark.parametrize("known_as", [Format.JEST, Format.GO, Format.NEXTEST])
def test_the_limit_of_an_argument_is_said(known_as):
    assert f"{MOST_ARGUMENT_BYTES:,} bytes" in section(known_as)


def test_the_inputs_and_outputs_of_the_action_are_all_told():
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    told = part("An action for GitHub")
    inputs, outputs = (
        table.partition("\n\n")[0] for table in (told.split("| input |")[1], told.split("| output |")[1])
    )
    assert re.findall(r"^\| `(\w+)` \|", inputs, re.MULTILINE) == [*action["inputs"]]
    assert re.findall(r"^\| `(\w+)` \|", outputs, re.MULTILINE) == [*action["outputs"]]
    shown = yaml.safe_load(told.partition("```yaml\n")[2].partition("```")[0])
    [ours] = [step for step in shown["steps"] if "flakeguard" in step.get("uses", "")]
    assert ours["with"].keys() <= action["inputs"].keys()
    assert {name for name, one in action["inputs"].items() if one.get("required")} <= ours["with"].keys()
    assert shown["permissions"]["id-token"] == "write"


def test_the_options_of_the_plug_in_are_all_told():
    source = (ROOT / "deploy" / "pytest-flakeguard" / "pytest_flakeguard.py").read_text(encoding="utf-8")
    options = {*re.findall(r'"(--flakeguard[\w-]*)"', source)}
    assert options == {*re.findall(r"(--flakeguard[\w-]*)", part("A plug-in for pytest"))}
    assert options == {*re.findall(r"(--flakeguard[\w-]*)", (ROOT / "deploy/pytest-flakeguard/README.md").read_text())}
