"""Names that would lead a request, a link or a file elsewhere; each stays one part of a path, or is refused."""

from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

import pytest

from app.core.identity import repository_path
from app.core.text import code_link
from app.github.routes import route

pytestmark = pytest.mark.attack("paths")

NAMES = {
    "a way up": "..",
    "a way nowhere": ".",
    "a way up in front": "../x",
    "a way up within": "a/../../x",
    "a way up, quoted": "%2e%2e",
    "a way up, quoted twice": "%252e%252e%252f",
    "a way up by backslashes": "..\\..\\x",
    "a way up in wide letters": "．．／x",
    "a way up in bytes that are too many": "\u00c0\u00ae",
    "a slash": "/",
    "two slashes": "//evil.example/x",
    "an address": "https://evil.example/",
    "a query": "x?admin=1",
    "a fragment": "x#y",
    "a parameter": "x;y=1",
    "an ampersand": "x&y",
    "a plus and a blank": "a+b c",
    "a line end": "x\r\nX-Evil: 1",
    "a request": "x HTTP/1.1\r\nHost: evil\r\n\r\n",
    "NUL": "x\0y",
    "half of a quoted byte": "%",
    "braces": "{owner}",
    "a format": "{0.__class__}",
    "bidi": "\u202egnp",
    "emoji": "😀",
    "nothing": "",
    "a user": "evil@github.com",
    "a megabyte": "x" * 1_000_000,
}
TEMPLATE = "/repos/{owner}/{repo}/labels/{name}"
FIELDS = ("owner", "repo", "name")


@pytest.mark.parametrize("field", FIELDS)
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_is_one_part_of_a_path_or_is_refused(field, name):
    parts = dict.fromkeys(FIELDS, "x") | {field: name}
    try:
        made = route(TEMPLATE, **parts)
    except ValueError:
        assert name in ("", ".", "..")
        return
    segments = made.path.split("/")
    assert [unquote(one) for one in segments] == ["", "repos", parts["owner"], parts["repo"], "labels", parts["name"]]
    assert made.path.isascii()
    assert not set(made.path) & set("?#;\\ \r\n\0{}")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_file_stays_below_its_folder(name):
    try:
        made = route("/contents/{path}", path=name)
    except ValueError:
        return
    path = urlsplit(made.path).path
    assert made.path == path
    assert ".." not in PurePosixPath(path).parts
    assert "//" not in path


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_branch_or_a_person_in_a_query_is_one_value(name):
    made = route("/pulls", {"head": f"ann:{name}", "state": "open"})
    assert made.path.count("&") == 1
    assert made.path.count("?") == 1
    assert not set(made.path) & set("# \r\n\0")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_the_file_of_a_test_is_one_of_the_repository_or_none(name):
    path = repository_path(name)
    if path is not None:
        assert not path.startswith(("/", "\\"))
        assert ".." not in path.replace("\\", "/").split("/")
        shown = code_link(path, f"https://github.com/o/r/blob/{'a' * 40}/{path}")
        assert "](https://github.com/o/r/blob/" in shown
