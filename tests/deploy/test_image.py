"""deploy/Dockerfile: what is in the image, how it got there, and as whom it runs."""

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from app import settings
from tests.deploy.on_machine import DEPLOY, ROOT, done, text, tool

PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
STAGES = [
    [tuple(line.split(maxsplit=1)) for line in re.sub(r"\\\n\s*", "", stage).splitlines() if line and line[0] != "#"]
    for stage in re.split(r"(?m)^(?=FROM )", re.sub(r"(?m)^#.*\n", "", text("Dockerfile")))
]
BUILD, FINAL = STAGES[1:]


def said(stage, word):
    return [rest for first, rest in stage if first == word]


def pins(file):
    """Return what a lock file pins: its version, marker and hashes, by name."""
    entries = re.findall(r"(?m)^([a-z0-9._-]+)==([^\\\n]+?) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", file)
    return {name: (version, frozenset(re.findall(r"sha256:\w+", hashes))) for name, version, hashes in entries}


ALL = pins((ROOT / "requirements.lock").read_text(encoding="utf-8"))


def test_the_linter_has_nothing_to_say():
    assert done(tool("hadolint"), "--failure-threshold", "style", DEPLOY / "Dockerfile") == ""


def test_both_stages_are_of_one_slim_base_with_an_exact_tag():
    (base,) = said(STAGES[0], "ARG")
    assert re.fullmatch(r"BASE=python:3\.\d+\.\d+-slim-\w+", base)
    assert [said(stage, "FROM") for stage in (BUILD, FINAL)] == [["${BASE} AS build"], ["${BASE}"]]


def test_the_base_is_a_python_that_the_project_takes():
    version = re.search(r"python:(3\.\d+)", text("Dockerfile"))[1]
    assert PYPROJECT["project"]["requires-python"] == f">={version}"


def test_every_package_comes_by_its_hash_and_is_never_compiled():
    steps = [step for command in said(BUILD, "RUN") for step in command.split("&&")]
    installs = [step for step in steps if re.search(r"/pip .*\b(install|wheel)\b", step)]
    fetching = [one for one in installs if "--no-index" not in one]
    assert len(fetching) == 2
    assert all("--require-hashes --no-deps --only-binary :all: -r deploy/" in one for one in fetching)
    assert len(installs) == 4


def test_nothing_is_installed_in_the_final_stage():
    assert not any(word in command for command in said(FINAL, "RUN") for word in ("pip", "apt", "curl", "gcc"))
    assert said(FINAL, "COPY") == ["--from=build /opt/flakeguard /opt/flakeguard"]


def test_it_runs_as_a_user_by_number_and_ends_in_order():
    (user,) = said(FINAL, "USER")
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", user)
    assert said(FINAL, "STOPSIGNAL") == ["SIGTERM"]
    assert said(FINAL, "ENTRYPOINT") == ['["flakeguard"]']
    assert said(FINAL, "CMD")[0].startswith("[")


def test_its_health_is_asked_for_where_no_database_is_asked():
    (health,) = said(FINAL, "HEALTHCHECK")
    assert "http://127.0.0.1:8080/livez" in health
    assert 'CMD ["python", "-c",' in health


def test_its_label_names_this_release():
    (labels,) = said(FINAL, "LABEL")
    assert f'org.opencontainers.image.version="{PYPROJECT["project"]["version"]}"' in labels


def test_its_variables_are_ours():
    named = set(re.findall(r"FLAKEGUARD_\w+", " ".join(said(FINAL, "ENV"))))
    assert named
    read = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "app" / "settings").glob("*.py"))
    assert all(f'"{name}"' in read for name in named)
    assert settings.Settings.from_env({"FLAKEGUARD_DATA_DIR": "/var/lib/flakeguard", "FLAKEGUARD_LOG_FORMAT": "json"})


@pytest.mark.parametrize("name", ["requirements.lock", "build.lock"])
def test_the_image_has_the_very_versions_that_the_tests_ran_with(name):
    assert [one for one, pin in pins(text(name)).items() if ALL.get(one) != pin] == []


def test_the_image_has_all_that_runs_and_no_tool():
    locked = pins(text("requirements.lock"))
    asked = {canonicalize_name(Requirement(one).name) for one in PYPROJECT["project"]["dependencies"]}
    assert sorted(asked - locked.keys()) == []
    tools = [one for one in PYPROJECT["dependency-groups"]["dev"] if isinstance(one, str)]
    assert sorted({canonicalize_name(Requirement(one).name) for one in tools} & locked.keys()) == []


def test_the_wheel_is_built_with_what_pyproject_says():
    assert PYPROJECT["dependency-groups"]["build"] == PYPROJECT["build-system"]["requires"]
    (backend,) = PYPROJECT["build-system"]["requires"]
    assert f"{backend} \\" in text("build.lock")


def test_everything_that_is_copied_and_nothing_else_reaches_the_builder():
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    let_in = {line[1:] for line in lines if line.startswith("!")}
    assert "*" in lines
    copied = [word for rest in said(BUILD, "COPY") for word in rest.split()[:-1]]
    assert sorted(copied) == sorted(let_in)
    assert all((ROOT / name).exists() for name in let_in)
