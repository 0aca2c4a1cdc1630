"""go leaves out the tests that the list names, and no other; a test takes its subtests along."""

import json
import shutil
import subprocess
from dataclasses import replace

import pytest

from app.core.model import TestId
from app.core.skiplists import Format, quarantine_for
from tests.skiplists_run.proof import HOSTILE, Project, changing, keys, names, quarantined


def _minor() -> int:
    if shutil.which("go") is None:
        return 0
    said = subprocess.run(["go", "version"], check=False, capture_output=True, text=True).stdout
    return int(said.partition("go1.")[2].partition(".")[0].split()[0] or 0)


pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(_minor() < 20, reason="there is no go 1.20 or later, which has -skip"),
]

TESTS = """package %(package)s
import ("encoding/json"; "os"; "testing")
func all(t *testing.T) {
	raw, _ := os.ReadFile("../names.json"); var names []string; json.Unmarshal(raw, &names)
	for _, name := range names { t.Run(name, func(t *testing.T) {}) }
}
func TestA(t *testing.T) { all(t) }
func TestAb(t *testing.T) { t.Run("deep", all) }
func TestB(t *testing.T) {}
func TestBc(t *testing.T) {}
"""
# Where go writes a space as `_`, no word is before it; and a path parts levels.
CHANGING = ("localhost:{port}", "{uuid}.{time}")
INSTEAD = ("go test", "go test -json >> report.json")
PLAIN = "for package in $(go list ./...); do go test -json $package >> report.json; done"


@pytest.fixture
def project(tmp_path):
    (tmp_path / "go.mod").write_text("module example.com/it\n\ngo 1.20\n")
    for package in ("one", "two"):
        (tmp_path / package).mkdir()
        (tmp_path / package / "a_test.go").write_text(TESTS % {"package": package})
    return Project(tmp_path, Format.GO, "report.json")


def set_names(project, given):
    (project.folder / "names.json").write_text(json.dumps(given))


def within(case, parents):
    class_name, name = case
    levels = name.split("/")
    return any((class_name, "/".join(levels[:end])) in parents for end in range(1, len(levels) + 1))


def assert_left_out(project, every, tests):
    """Exactly the named tests do not run, nor do subtests of them."""
    left_out = names(Format.GO, tests)
    assert keys(project.run_without(tests, instead=INSTEAD)) == {
        case for case in keys(every) if not within(case, left_out)
    }


def test_go_skips_exactly_the_named_subtests(project):
    set_names(project, HOSTILE)
    every = project.run(PLAIN)
    assert len(every) > 4 * len(HOSTILE)
    leaves = [test for test in quarantined(every) if "/" in test.name and test.name != "TestAb/deep"]
    for half in (leaves[::2], leaves[1::2]):
        assert_left_out(project, every, half)
    assert_left_out(project, every, [])
    # Of tests with names of 70,000 characters, go's events do not tell.
    assert quarantine_for(Format.GO, leaves).refused == ()


def test_go_skips_a_test_with_its_subtests_whatever_else_is_named(project):
    set_names(project, ["a", "a/b", "ab"])
    every = project.run(PLAIN)
    tests = quarantined(every)
    for some in (
        [t for t in tests if t.name in wanted] for wanted in ({"TestA", "TestAb/deep/a"}, {"TestB"}, {"TestAb/deep"})
    ):
        assert_left_out(project, every, some)
    everything_of_one = [test for test in tests if test.suite.endswith("one")]
    assert_left_out(project, every, everything_of_one)


def test_go_skips_a_subtest_whose_name_changes_from_run_to_run(project):
    set_names(project, [*changing(1, CHANGING), "port 80"])
    every = project.run(PLAIN)
    changed = [test for test in quarantined(every) if "<" in test.name]
    assert len(changed) == 8
    set_names(project, [*changing(2, CHANGING), "port 80"])
    assert_left_out(project, every, changed)


def test_go_reads_a_list_as_long_as_an_argument_may_be(project):
    set_names(project, ["a", "ab", "b"])
    every = project.run(PLAIN)
    leaf = next(test for test in quarantined(every) if test.name == "TestA/a")
    gone = [replace(leaf, test_id=TestId(10_000 + n), name=f"TestA/a_{n}_[(*\\é") for n in range(6_000)]
    assert quarantine_for(Format.GO, [leaf, *gone]).refused
    assert_left_out(project, every, [leaf, *gone])
