"""jest leaves out the tests that the list names, and no other but those whose names differ by the case of letters."""

import json
import os
import shutil
import subprocess

import pytest

from app.core.skiplists import Format, quarantine_for
from tests.skiplists_run.proof import (
    HOSTILE,
    Project,
    assert_a_long_list_is_read,
    assert_halves,
    changing,
    keys,
    names,
    quarantined,
)

pytestmark = [pytest.mark.long, pytest.mark.skipif(shutil.which("npm") is None, reason="there is no npm")]

TESTS = """
const names = require('./names.json');
for (const name of names) test(name, () => {});
describe('deep  (er)', () => { describe('est', () => { for (const name of names) it(name, () => {}); }); });
describe('deep', () => { test('(er) est bcd', () => {}); test('(er) es b', () => {}); });
"""
INSTEAD = ("npx jest", "npx jest --json --outputFile=report.json")


@pytest.fixture(scope="module")
def modules(tmp_path_factory):
    """Where jest is: FLAKEGUARD_JEST names a folder that has it in its node_modules; else it is installed."""
    if known := os.environ.get("FLAKEGUARD_JEST"):
        return f"{known}/node_modules"
    folder = tmp_path_factory.mktemp("jest")
    (folder / "package.json").write_text("{}")
    done = subprocess.run(
        ["npm", "install", "--no-audit", "--no-fund", "jest@30"], check=False, cwd=folder, timeout=300
    )
    if done.returncode:
        pytest.skip("jest cannot be installed")
    return folder / "node_modules"


@pytest.fixture
def project(tmp_path, modules):
    (tmp_path / "node_modules").symlink_to(modules)
    (tmp_path / "package.json").write_text('{"jest": {"watchman": false, "haste": {"enableSymlinks": false}}}')
    (tmp_path / "a.test.js").write_text(TESTS)
    return Project(tmp_path, Format.JEST, "report.json")


def set_names(project, given):
    (project.folder / "names.json").write_text(json.dumps(given))


def test_jest_skips_exactly_the_named_tests(project):
    set_names(project, [name for name in HOSTILE if name != "A b"])
    every = project.run(INSTEAD[1])
    assert len(every) > 2 * (len(HOSTILE) - 3)
    assert_halves(project, every, instead=INSTEAD)
    assert len(quarantine_for(Format.JEST, quarantined(every)).refused) == 6


def test_jest_skips_what_differs_by_the_case_of_letters_alone(project):
    set_names(project, ["A b", "a b", "a bc"])
    every = project.run(INSTEAD[1])
    named = [test for test in quarantined(every) if test.name == "A b"]
    ran = project.run_without(named, instead=INSTEAD)
    assert {name for _, name in keys(ran)} == {"a bc", "(er) es b", "(er) est bcd"}


def test_jest_skips_a_test_whose_name_changes_from_run_to_run(project):
    set_names(project, [*changing(1), "port 80", "localhost:1"])
    every = project.run(INSTEAD[1])
    changed = [test for test in quarantined(every) if "<" in test.name]
    assert len(changed) == 6
    set_names(project, [*changing(2), "port 80", "localhost:1"])
    assert keys(project.run_without(changed, instead=INSTEAD)) == keys(every) - names(Format.JEST, changed)


def test_jest_reads_a_list_as_long_as_an_argument_may_be(project):
    set_names(project, ["a", "ab", "b"])
    assert_a_long_list_is_read(project, project.run(INSTEAD[1]), instead=INSTEAD)
