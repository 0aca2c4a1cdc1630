"""nextest leaves out the tests that the list names, and no other.

Rust's own tests have names of letters; a binary with a harness of its own may call them anything.
"""

import shutil

import pytest

from app.core.skiplists import Format
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

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        shutil.which("cargo") is None or shutil.which("cargo-nextest") is None, reason="there is no cargo-nextest"
    ),
]

MANIFEST = """[package]
name = "it"
version = "0.1.0"
edition = "2021"
[[test]]
name = "named"
harness = false
[[test]]
name = "named-2"
path = "tests/named.rs"
harness = false
"""
# A line of names.txt is a name; nextest asks for the list, then runs each test alone.
HARNESS = """fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let names = std::fs::read_to_string("names.txt").unwrap();
    if arguments.iter().any(|one| one == "--list") {
        if arguments.iter().any(|one| one == "--ignored") { return; }
        for name in names.lines() { println!("{name}: test"); }
    }
}
"""
LIBRARY = """#[cfg(test)] mod a { #[test] fn b() {} #[test] fn bc() {} mod b { #[test] fn c() {} } }
#[cfg(test)] mod ab { #[test] fn b() {} }
"""
CONFIG = """[profile.default]
retries = 0
[profile.default.junit]
path = "junit.xml"
"""
# The parser of nextest's own list splits at the last `: `, and it refuses empty names.
NAMES = [name for name in HOSTILE if len(name) < 1_000 and name.strip() == name]


@pytest.fixture
def project(tmp_path):
    for folder in ("src", "tests", ".config"):
        (tmp_path / folder).mkdir()
    (tmp_path / "Cargo.toml").write_text(MANIFEST)
    (tmp_path / "src" / "lib.rs").write_text(LIBRARY)
    (tmp_path / "tests" / "named.rs").write_text(HARNESS)
    (tmp_path / ".config" / "nextest.toml").write_text(CONFIG)
    return Project(tmp_path, Format.NEXTEST, "target/nextest/default/junit.xml")


def set_names(project, given):
    (project.folder / "names.txt").write_text("\n".join(given))


def test_nextest_skips_exactly_the_named_tests(project):
    set_names(project, NAMES)
    every = project.run("cargo nextest run --offline")
    assert len(every) > 2 * len(NAMES)
    assert_halves(project, every)


def test_nextest_skips_a_test_whose_name_changes_from_run_to_run(project):
    set_names(project, [*changing(1), "port 80", "localhost:1"])
    every = project.run("cargo nextest run --offline")
    changed = [test for test in quarantined(every) if "<" in test.name]
    assert len(changed) == 6
    set_names(project, [*changing(2), "port 80", "localhost:1"])
    assert keys(project.run_without(changed)) == keys(every) - names(Format.NEXTEST, changed)


def test_nextest_reads_a_list_as_long_as_an_argument_may_be(project):
    set_names(project, ["a", "ab", "b"])
    assert_a_long_list_is_read(project, project.run("cargo nextest run --offline"))
