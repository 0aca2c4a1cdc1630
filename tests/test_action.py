"""action.yml: its script is run by bash as GitHub runs it, against a FlakeGuard that misbehaves if told to."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.core.model import TestId
from app.core.skiplists import Format, QuarantinedTest, quarantine_for
from app.core.skiplists.jest import EVERY_TEST as EVERY_OF_JEST
from app.core.skiplists.nextest import EVERY_TEST as EVERY_OF_NEXTEST
from tests.plugin.pytests import REPOSITORY, TOKEN, answering, dripping, serving
from tests.skiplists_run.page import file_name

ROOT = Path(__file__).parents[1]
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
[STEP] = ACTION["runs"]["steps"]
OIDC = "/oidc?api-version=2"


class Done:
    """What a run of the action left behind."""

    def __init__(self, process, temp) -> None:
        self.status = process.returncode
        self.out = process.stdout + process.stderr
        self.outputs = dict(line.split("=", 1) for line in (temp / "output").read_text().splitlines())
        self.environ = dict(line.split("=", 1) for line in (temp / "env").read_text().splitlines())

    @property
    def text(self):
        return Path(self.outputs["path"]).read_text(encoding="utf-8")

    @property
    def warnings(self):
        return re.findall("^::warning title=FlakeGuard::(.*)$", self.out, re.MULTILINE)


@pytest.fixture
def act(tmp_path):
    """Run the action with these inputs; `environ` is more of what the runner sets."""

    def act(url, environ=None, **inputs):
        given = {name: one.get("default", "") for name, one in ACTION["inputs"].items()}
        given |= {"url": url, "repository": REPOSITORY, "token": TOKEN, **inputs}
        known = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        known |= {name: given[re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", one)[1]] for name, one in STEP["env"].items()}
        known |= {
            "RUNNER_TEMP": str(tmp_path),
            "RUNNER_OS": "Linux",
            "GITHUB_ACTION_PATH": str(ROOT),
            "NO_PROXY": "127.0.0.1",
        }
        known |= {"GITHUB_OUTPUT": str(tmp_path / "output"), "GITHUB_ENV": str(tmp_path / "env"), **(environ or {})}
        for name in ("output", "env"):
            (tmp_path / name).write_text("")
        (tmp_path / "script").write_text(STEP["run"])
        shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", tmp_path / "script"]
        (tmp_path / "here").mkdir(exist_ok=True)
        process = subprocess.run(
            shell, cwd=tmp_path / "here", env=known, check=False, capture_output=True, text=True, timeout=60
        )
        assert not list(tmp_path.rglob("pwned*"))
        return Done(process, tmp_path)

    return act


def listing(*names):
    """Answer with the list of these tests in the format that is asked for."""
    tests = [
        QuarantinedTest(test_id=TestId(n), name=name, classname="test_a", suite="test_a", reason='"classname":')
        for n, name in enumerate(names, 1)
    ]

    def answer(handler):
        answering(quarantine_for(Format(handler.path.rpartition("=")[2]), tests).text)(handler)

    return answer


def test_inputs_reach_the_script_by_the_environment_alone():
    assert "${{" not in STEP["run"]
    assert {re.fullmatch(r"\$\{\{ inputs\.(\w+) \}\}", one)[1] for one in STEP["env"].values()} == ACTION[
        "inputs"
    ].keys()
    assert all(f"steps.{STEP['id']}.outputs.{name} " in one["value"] for name, one in ACTION["outputs"].items())


@pytest.mark.parametrize("known_as", Format)
def test_the_list_is_written_as_it_was_sent(act, known_as):
    names = ('say "classname": ', "x,\\", "adds")
    with serving(listing(*names)) as server:
        done = act(f"{server.url}/", format=str(known_as))
    assert (done.status, done.out) == (0, "")
    assert (done.outputs["found"], done.outputs["count"]) == ("true", "3")
    assert Path(done.outputs["path"]).name == file_name(known_as)
    text = []
    listing(*names)(_Heard(f"?format={known_as}", text))
    assert done.text == b"".join(text).decode()
    assert server.asked[-1] == (f"/api/v1/repos/{REPOSITORY}/quarantine?format={known_as}", f"Bearer {TOKEN}")


class _Heard:
    """Takes the place of a connection to hear what would be answered."""

    def __init__(self, path, text) -> None:
        self.path = path
        self.wfile = self
        self.write = text.append

    def send_response(self, *_):
        pass

    send_header = end_headers = send_response


NOTHING = {
    Format.JEST: lambda text: text.strip() == EVERY_OF_JEST,
    Format.NEXTEST: lambda text: text.strip() == EVERY_OF_NEXTEST,
    Format.JSON: lambda text: json.loads(text) == json.loads(quarantine_for(Format.JSON, []).text),
    Format.GRADLE: lambda text: text.startswith("// ") and text.count("\n") == 1,
}


@pytest.mark.parametrize("known_as", Format)
def test_without_a_list_one_is_written_that_skips_nothing(act, known_as):
    done = act("http://127.0.0.1:1", format=str(known_as))
    assert done.status == 0
    assert done.warnings == [
        "No list of quarantined tests, so every failure counts: there is no answer (curl ended with 7)"
    ]
    assert (done.outputs["found"], done.outputs["count"]) == ("false", "0")
    is_nothing = NOTHING.get(known_as, lambda text: text.startswith("# ") and text.count("\n") == 1)
    assert is_nothing(done.text)


WRONG = {
    "error": (answering("{}", 500), "the answer has the status 500"),
    "refused": (answering("{}", 401), "the answer has the status 401"),
    "elsewhere": (answering("", 302, Location="http://127.0.0.1:1/"), "the answer has the status 302"),
    "portal": (answering("<html>Sign in</html>"), "what came is no list"),
    "other JSON": (answering({"error": 1}), "what came is no list"),
    "nothing": (answering(""), "what came is no list"),
    "huge": (answering(b"{" + b" " * 5_000_000), "there is no answer (curl ended with 63)"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_a_wrong_answer_is_no_list_and_fails_nothing(act, wrong):
    answer, why = WRONG[wrong]
    with serving(answer) as server:
        done = act(server.url, pytest="true")
    assert (done.status, done.outputs["found"]) == (0, "false")
    assert done.warnings == [f"No list of quarantined tests, so every failure counts: {why}"]
    assert done.environ == {}


@pytest.mark.long
def test_who_drips_costs_ten_seconds(act):
    with serving(dripping) as server:
        done = act(server.url)
    assert done.warnings == [
        "No list of quarantined tests, so every failure counts: there is no answer (curl ended with 28)"
    ]


HOSTILE = (
    "$(touch pwned)",
    "`touch pwned`",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "a/b\n::set-output name=found::true",
    "",
)


@pytest.mark.parametrize("name", ["repository", "token", "url", "format", "path"])
def test_nothing_of_an_input_is_run_or_printed(act, name):
    with serving(listing("adds")) as server:
        for text in HOSTILE:
            done = act(**{"url": server.url, name: text})
            assert (done.status, len(done.outputs)) == (0, 3)
            assert (done.outputs["found"] == "true") == (name == "path" and "\n" not in text)
            assert [
                line for line in done.out.splitlines() if not line.startswith("::warning title=FlakeGuard::No list")
            ] == []
            assert not text or text not in done.out
    assert all(token == f"Bearer {TOKEN}" for _, token in server.asked)


@pytest.mark.parametrize("repository", ["../x", "a/..", "a/.", "./a", "a/b/c", "a/b?c", "a"])
def test_what_is_no_name_of_a_repository_is_not_asked_for(act, repository):
    with serving(listing("adds")) as server:
        [why] = act(server.url, repository=repository).warnings
    assert why.endswith("the repository is not OWNER/NAME")
    assert server.asked == []


def test_the_list_is_written_where_it_is_wanted(act, tmp_path):
    with serving(listing("adds")) as server:
        done = act(server.url, path="a folder/-list.json")
        assert json.loads((tmp_path / "here" / "a folder" / "-list.json").read_text())["tests"][0]["name"] == "adds"
        assert done.outputs["path"] == "a folder/-list.json"
        taken = act(server.url, path="/dev/null/list.json")
    assert (taken.status, taken.outputs["found"]) == (0, "false")
    assert taken.warnings[0].endswith("the file cannot be written")


def test_a_job_proves_by_githubs_token_which_repository_it_is(act):
    def answer(handler):
        (answering({"count": 7, "value": "a.proof"}) if handler.path.startswith(OIDC) else listing("adds"))(handler)

    with serving(answer) as server:
        proof = {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{server.url}{OIDC}", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of-the-job"}
        done = act(f"{server.url}/", proof, token="")
    audience = server.url.replace(":", "%3A").replace("/", "%2F")
    assert [(path.lower(), token) for path, token in server.asked] == [
        (f"{OIDC}&audience={audience}".lower(), "Bearer of-the-job"),
        (f"/api/v1/repos/{REPOSITORY}/quarantine?format=json", "Bearer a.proof"),
        (f"/api/v1/repos/{REPOSITORY}/quarantine?format=json", "Bearer a.proof"),
    ]
    assert (done.outputs["found"], done.out) == ("true", "::add-mask::a.proof\n")


def test_a_job_without_the_permission_is_told_so(act):
    [why] = act("http://127.0.0.1:1", token="").warnings
    assert why.endswith("there is neither a token nor the permission id-token: write")


def test_later_steps_run_pytest_with_the_plug_in_and_no_installation(act, tmp_path):
    (tmp_path / "test_a.py").write_text("def test_bad(): assert 0\n")
    with serving(listing("test_bad")) as server:
        done = act(server.url, {"PYTHONPATH": "/other"}, pytest="true")
    assert done.environ["PYTHONPATH"].endswith(":/other")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_a.py"]
    for environ, status in ((done.environ, 0), ({"FLAKEGUARD": "1"}, 1)):
        ran = subprocess.run(
            command,
            cwd=tmp_path,
            env={"PATH": os.environ["PATH"], **environ},
            check=False,
            capture_output=True,
            text=True,
        )
        assert ran.returncode == status, ran.stdout + ran.stderr
