"""CODEOWNERS as GitHub reads it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.codeowners import fitting, parse

FILE = """
# the whole repository
*           @acme/all
*.js        @js-owner   # an inline comment
*.txt       @acme/writers
/build/logs/  @doctor
docs/*      docs@example.com
apps/       @octo
/scripts/   @doctor @octo
**/logs     @logger
/apps/github
a\\ b/       @spaces
"""


@pytest.mark.parametrize(
    ("path", "owner"),
    [
        ("main.go", "@acme/all"),
        ("src/deep/x.js", "@js-owner"),
        ("notes/today.txt", "@acme/writers"),
        ("build/logs/a.go", "@logger"),
        ("sub/build/other/a.go", "@acme/all"),
        ("docs/start.md", "docs@example.com"),
        ("docs/deep/start.md", "@acme/all"),
        ("sub/docs/start.md", "@acme/all"),
        ("apps/x.go", "@octo"),
        ("sub/apps/deep/x.go", "@octo"),
        ("scripts/a.sh", "@doctor @octo"),
        ("sub/scripts/a.sh", "@acme/all"),
        ("deeply/logs/x", "@logger"),
        ("logs", "@logger"),
        ("apps/github", None),
        ("apps/github/x.go", None),
        ("a b/c.go", "@spaces"),
    ],
)
def test_the_last_rule_that_matches_names_the_owner(path, owner):
    assert parse(FILE).owner_of(path) == owner


@pytest.mark.parametrize("line", ["!x.py @a", "[ab].py @a", "\\#x.py @a", "# x.py @a", "", "   "])
def test_a_line_that_github_does_not_understand_is_left_out(line):
    assert parse(line).rules == ()


def test_a_word_that_is_no_owner_is_none():
    assert parse("*.py nobody @acme/py").owner_of("x.py") == "@acme/py"


@pytest.mark.parametrize(
    ("owners", "fit"),
    [
        ("@acme/api @acme/web", "@acme/api @acme/web"),
        ("@acme/api @acme/web1", "@acme/api"),
        ("@acme/a-team-with-a-long-name @a", None),
        ("", None),
    ],
)
def test_owners_that_are_too_many_are_left_out_whole(owners, fit):
    assert fitting(owners, 19) == fit


def test_without_a_file_nobody_owns_anything():
    assert parse("").owner_of("x.py") is None


@given(st.text(max_size=300), st.text(max_size=50))
def test_any_text_is_read_and_any_path_is_answered(text, path):
    owner = parse(text).owner_of(path)
    assert owner is None or "@" in owner


@pytest.mark.attack("policies")
@pytest.mark.parametrize("pattern", ["*a" * 60, "**/" * 60 + "x", "?" * 200, "/".join("*" * 60)])
def test_a_hostile_pattern_is_answered_at_once(pattern):
    rules = parse("\n".join([f"{pattern} @a"] * 20))
    assert rules.owner_of("a" * 300 + "/b" * 100) in (None, "@a")
    assert len(rules.rules) == 20
