"""Names come from whoever wrote a test: exactly the named ones are in quarantine."""

import json
import shutil
import subprocess
import sys
import zipfile

import pytest

from app.core.identity import case_name
from app.core.model import TestId
from app.core.skiplists import Format, QuarantinedTest, quarantine_for
from tests.plugin.pytests import PLUGIN, REPOSITORY, TOKEN, answering, run, serving
from tests.skiplists_run.proof import HOSTILE

TESTS = """
import json, pathlib, pytest
NAMES = json.loads(pathlib.Path(__file__).with_name("names.json").read_text())

@pytest.mark.parametrize("name", NAMES, ids=NAMES)
def test_a(name): assert 0
@pytest.mark.parametrize("a", ["x", "xy"])
def test_ab(a): assert 0
def test_abc(): assert 0
class TestA:
    def test_abc(self): assert 0
    class TestB:
        def test_abc(self): assert 0
        def test_abcd(self): assert 0
"""


@pytest.fixture
def project(tmp_path):
    for folder in ("", "other"):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / "test_a.py").write_text(TESTS)
        (tmp_path / folder / "__init__.py").touch()
        (tmp_path / folder / "names.json").write_text(json.dumps(HOSTILE))
    return tmp_path


def cases(ran, outcome="failed"):
    """Return the tests whose last execution ended so."""
    last = {case_name(one): one.outcome for one in ran.executions}
    return {case for case, ended in last.items() if ended == outcome}


def list_of(named):
    return quarantine_for(
        Format.JSON,
        [
            QuarantinedTest(
                test_id=TestId(n),
                name=one.name,
                classname=one.class_name,
                suite=one.suite,
                reason='it\'s "flaky"\u202e \\',
            )
            for n, one in enumerate(named, 1)
        ],
    )


@pytest.mark.long
@pytest.mark.parametrize("how", ["alone", "by workers"])
def test_exactly_the_named_tests_are_in_quarantine(project, how):
    options = () if how == "alone" else ("-p", "xdist", "-n", "2")
    every = sorted(cases(run(project, *options)))
    assert len(every) > 2 * len(HOSTILE)
    for half in (every[::2], every[1::2]):
        listed = list_of(half)
        refused = {one.test_id for one in listed.refused}
        named = {one for n, one in enumerate(half, 1) if n not in refused}
        with serving(answering(listed.text)) as server:
            ran = run(project, "--flakeguard", *options, url=server.url)
        assert cases(ran, "skipped") == named
        assert cases(ran) == {*every} - named
        assert not list(project.rglob("pwned"))


@pytest.mark.long
def test_the_distribution_holds_the_plug_in_under_one_name(tmp_path):
    source = tmp_path / "source"
    shutil.copytree(PLUGIN, source)
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path / "dist"]
    subprocess.run(build, cwd=source, check=True, capture_output=True, timeout=120)
    [wheel] = (tmp_path / "dist").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "installed")
    (tmp_path / "test_a.py").write_text("def test_a(): pass\n")
    # Installed, and named by the environment once more.
    here = {"PYTHONPATH": str(tmp_path / "installed"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": None}
    with serving(answering(list_of([]).text)) as server:
        for plugins in (None, "pytest_flakeguard"):
            ran = run(tmp_path, "--flakeguard", "test_a.py", url=server.url, PYTEST_PLUGINS=plugins, **here)
            assert (ran.status, ran.told) == (0, "0 tests in quarantine"), ran.out
        assert [asked for _, asked in server.asked] == [f"Bearer {TOKEN}"] * 2
        assert all(REPOSITORY in path for path, _ in server.asked)
