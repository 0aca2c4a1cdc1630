import json
import sys
from pathlib import Path

import pytest

from app.core.skiplists import Format, quarantine_for
from tests.skiplists_run.proof import HOSTILE, Project, assert_halves, changing, keys, names, quarantined

pytestmark = pytest.mark.long

TESTS = """
import json, pathlib, pytest
NAMES = json.loads(pathlib.Path(__file__).parents[1].joinpath("names.json").read_text())

@pytest.mark.parametrize("name", NAMES, ids=NAMES)
def test_a(name): pass

@pytest.mark.parametrize("a", ["x", "xy"])
def test_ab(a): pass

def test_abc(): pass

class TestA:
    def test_abc(self): pass
    class TestB:
        def test_abc(self): pass
        def test_abcd(self): pass
"""


@pytest.fixture
def project(tmp_path):
    for folder in ("tests", "other"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "test_a.py").write_text(TESTS)
        (tmp_path / folder / "__init__.py").touch()
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = -p no:cacheprovider --junitxml=report.xml\n")
    return Project(tmp_path, Format.PYTEST, "report.xml", str(Path(sys.executable).parent))


def set_names(project, given):
    (project.folder / "names.json").write_text(json.dumps(given))


def test_pytest_skips_exactly_the_named_tests(project):
    set_names(project, HOSTILE)
    every = project.run("pytest")
    assert len(every) > 2 * len(HOSTILE)
    assert_halves(project, every)
    assert len(quarantine_for(Format.PYTEST, quarantined(every)).refused) == 4


def test_pytest_skips_a_test_whose_name_changes_from_run_to_run(project):
    set_names(project, [*changing(1), "port 80", "localhost:1"])
    every = project.run("pytest")
    changed = [test for test in quarantined(every) if "<" in test.name]
    assert len(changed) == 6
    set_names(project, [*changing(2), "port 80", "localhost:1"])
    assert keys(project.run_without(changed)) == keys(every) - names(Format.PYTEST, changed)
