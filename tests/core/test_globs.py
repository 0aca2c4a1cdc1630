import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.globs import expression_of, name_matches, path_matches, why_no_path_glob


@pytest.mark.parametrize(
    ("path", "glob"),
    [
        ("a.py", "**"),
        ("a/b/c.py", "**"),
        ("a.py", "**/*.py"),
        ("a/b/c.py", "**/c.py"),
        ("a/b/c.py", "a/**"),
        ("a/b/c/b/d.py", "a/**/b/*.py"),
        ("a/x/b/x/c", "**/x/**/c"),
        ("app/[id].test.ts", "app/[id].test.ts"),
        ("a/b", "a/"),
        ("a/b/c", "a/"),
    ],
)
def test_a_path_matches(path, glob):
    assert path_matches(path, glob)
    assert why_no_path_glob(glob) is None


@pytest.mark.parametrize(
    ("path", "glob"),
    [("a/b.py", "*.py"), ("a/b.py", "a?b.py"), ("b.py", "a/**"), ("a/b/c", "a/*"), ("ab", "a/"), ("a/b", "a/b/*")],
)
def test_a_path_does_not_match(path, glob):
    assert not path_matches(path, glob)


def expression(glob):
    """The same, as an expression that goes back and so cannot be wrong, only slow."""
    text = re.escape(glob).replace(r"\*\*/", "(?:[^/]+/)*").replace(r"\*\*", ".*")
    return re.compile(text.replace(r"\*", "[^/]*").replace(r"\?", "[^/]"))


PARTS = st.sampled_from(["a", "b", "ab", "*", "a*", "?", "**"])
NAMES = st.lists(st.sampled_from(["a", "b", "ab", "aab"]), min_size=1, max_size=6).map("/".join)


@given(NAMES, st.lists(PARTS, min_size=1, max_size=6))
def test_paths_match_as_an_expression_would(path, parts):
    glob = "/".join(part for part, after in zip(parts, [*parts[1:], ""], strict=True) if (part, after) != ("**", "**"))
    if glob.endswith("/**"):
        assert path_matches(path, glob) == bool(
            expression(glob).fullmatch(path) or expression(glob[:-3]).fullmatch(path)
        )
    else:
        assert path_matches(path, glob) == bool(expression(glob).fullmatch(path))


def test_many_stars_take_no_time():
    assert not name_matches("a" * 1_000, "*a" * 100 + "b")
    assert not path_matches("a/" * 500 + "c", "**/a/" * 40 + "b")


@given(
    st.text("ab/.é[", min_size=1, max_size=12),
    st.lists(st.sampled_from(["**", "a", "*", "?b", "a*b", "[a", "a.b", ""]), min_size=1, max_size=5),
)
def test_the_expression_of_a_glob_finds_the_paths_that_match_it(path, parts):
    glob = "/".join(parts)
    assert bool(re.search(expression_of(glob), path)) == path_matches(path, glob), glob
