"""Expressions that strangers' lines are held against: none of them can be held up, whatever the line."""

import importlib
import pkgutil
import re
import time
from random import Random

import pytest

from app import core
from app.cli import log_format
from app.core.commands import find_tests, parse, ticked
from app.core.logs import READERS, read_log
from app.core.logs.clean import LONGEST_LINE, read_lines
from app.core.model import CaseName
from app.core.patterns import UnsafePattern, compile_pattern, found_in
from app.core.redaction import without_secrets
from app.github import fields, routes, webhooks
from tests.attacks.almost import almost

pytestmark = pytest.mark.attack("expressions")

MOST_SECONDS = 0.05
LONGEST_COMMENT = 65_536
MEGABYTE = 1_000_000
OTHERS = (log_format, fields, routes, webhooks)


def patterns_in(value, depth=0):
    """Find the expressions in what a module holds, in its tables, too."""
    if isinstance(value, re.Pattern):
        yield value
    elif depth < 3 and isinstance(value, tuple | list | frozenset):
        for one in value:
            yield from patterns_in(one, depth + 1)
    elif depth < 3 and isinstance(value, dict):
        yield from patterns_in(tuple(value.values()), depth + 1)
    elif isinstance(getattr(value, "pattern", None), re.Pattern):
        yield value.pattern


def modules():
    for found in pkgutil.walk_packages(core.__path__, f"{core.__name__}."):
        yield importlib.import_module(found.name)
    yield from OTHERS


PATTERNS = {module.__name__: [*patterns_in(tuple(vars(module).values()))] for module in modules()}
PATTERNS = {name: found for name, found in PATTERNS.items() if found}


def seconds(call, *args):
    """Measure what a call costs this thread, however busy the machine is."""
    before = time.thread_time()
    call(*args)
    return time.thread_time() - before


@pytest.mark.parametrize("module", PATTERNS)
def test_no_expression_is_held_up_by_a_line_that_it_almost_matches(module):
    slow = {
        (pattern.pattern, text[:80])
        for pattern in PATTERNS[module]
        for text in almost(pattern, LONGEST_LINE)
        for match in (pattern.match, pattern.fullmatch)
        if seconds(match, text) > MOST_SECONDS
    }
    assert slow == set()


def test_one_that_could_be_held_up_would_be_found():
    slow = re.compile(r"\s*>?\s*\d+ \|")
    assert max(seconds(slow.match, text) for text in almost(slow, LONGEST_LINE)) > MOST_SECONDS


LINES = {
    "blanks": " ",
    "dots": "a.",
    "digits": "1",
    "brackets": "[(",
    "colons": "a:1:",
    "arrows": " > ",
    "quotes": "\"'`",
    "dashes": "- ",
    "escapes": "\x1b[3",
    "carriage returns": "x\r",
    "stamps": "2026-01-01T00:00:00.0000000Z ",
    "bytes that are no text": "\udcff",
}


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
def test_no_reader_of_logs_is_held_up_by_a_long_line(reader):
    marks = b" ".join(reader.marks)
    lines = [(piece * (LONGEST_LINE // len(piece) + 9)).encode("utf-8", "surrogateescape") for piece in LINES.values()]
    log = b"\n".join([marks, *lines, *(line + marks for line in lines), *(marks + b" " + line for line in lines)])
    assert seconds(read_log, log) < MOST_SECONDS * len(lines)


@pytest.mark.parametrize("piece", LINES.values(), ids=LINES)
def test_of_a_line_of_a_megabyte_the_beginning_is_read(piece):
    line = (piece * (MEGABYTE // len(piece))).encode("utf-8", "surrogateescape")
    assert seconds(list, read_lines(b"=== FAILURES ===\n" + line)) < MOST_SECONDS


COMMENTS = {
    "a tag without end": "</" + "a" * LONGEST_COMMENT,
    "tags": "<a" * (LONGEST_COMMENT // 2),
    "attributes": "<a " + "a='" * (LONGEST_COMMENT // 3),
    "quotes": '/flakeguard quarantine "' + 'a" ' * (LONGEST_COMMENT // 3),
    "backticks": "/flakeguard quarantine `" + "`a" * (LONGEST_COMMENT // 2),
    "more and more backticks": " ".join("`" * number for number in range(360)),
    "blanks": "/flakeguard quarantine x" + " " * LONGEST_COMMENT + "y",
    "words": "/flakeguard quarantine x " + "for because " * (LONGEST_COMMENT // 12),
    "lists": "- " * (LONGEST_COMMENT // 2),
    "numbered lists": "1. " * (LONGEST_COMMENT // 3),
    "lines of lists": "- - - -\n" * (LONGEST_COMMENT // 8),
    "quotes of quotes": "> " * (LONGEST_COMMENT // 2),
    "fences": "```\n" * (LONGEST_COMMENT // 4),
    "rules": "- - - " * (LONGEST_COMMENT // 6) + "x",
    "headings": "#" * LONGEST_COMMENT,
    "underlines": "=" * LONGEST_COMMENT + "x",
    "comments that do not end": "<!--" * (LONGEST_COMMENT // 4),
    "comments": "<!---->" * (LONGEST_COMMENT // 7),
    "backslashes": "\\" * (LONGEST_COMMENT - 1) + "`",
    "escaped backticks": "\\`" * (LONGEST_COMMENT // 2),
    "tabs": "\t" * LONGEST_COMMENT,
    "line ends": "\r\n" * (LONGEST_COMMENT // 2),
    "boxes": "- [x] <!-- flakeguard:decision 1 -->" * (LONGEST_COMMENT // 36),
    "a box with blanks": "- [x] <!-- flakeguard:decision 1 -->" + " " * LONGEST_COMMENT + "x",
    "commands": "/flakeguard x\n" * (LONGEST_COMMENT // 14),
}


@pytest.mark.parametrize("comment", COMMENTS.values(), ids=COMMENTS)
def test_no_comment_holds_up_who_looks_for_commands_in_it(comment):
    assert seconds(parse, comment) < 1
    assert seconds(ticked, comment) < 1


OWN = (
    *(
        "(a+)+$",
        "(a|a)*b",
        "(?:a*)*b",
        "((a*)b*)*c",
        "(.*a){20}",
        "(?=a+)+b",
        r"(\w+\s?)+$",
        "a*a*a*a*b",
        "(a?){30}a{30}",
    ),
    *(".*.*=.*", "[a-z]+[a-z]+[a-z]+!", "x{0,300}x{0,300}x{0,300}y", "(?P<x>a)(?P=x)", r"(a)\1", "(?i)a", "a" * 201),
)


@pytest.mark.parametrize("pattern", OWN)
def test_an_expression_of_a_policy_that_could_take_for_ever_is_refused_or_takes_no_time(pattern):
    try:
        compiled = compile_pattern(pattern)
    except UnsafePattern:
        return
    assert max(seconds(found_in, compiled, text) for text in almost(compiled, LONGEST_LINE)) < MOST_SECONDS


def test_no_name_that_is_nearly_a_tests_holds_up_who_looks_for_it():
    """The author of a pull request may ask about a test, and calls those of its own reports as they like."""
    chance = Random(7)

    def name(length):
        return "".join(chance.choices("ab", k=length))

    cases = [CaseName(suite=name(5), class_name=name(5), name=name(180)) for _ in range(2_000)]
    assert seconds(find_tests, f"{name(185)}z", cases) < 2
    assert seconds(find_tests, f"{name(2_400)}z", cases) < 2
    assert seconds(find_tests, "*a" * 1_000 + "z", cases) < 2


SECRETS = {
    "beginnings of tokens": "eyJ",
    "schemes": "://",
    "colons": "://a" + ":" * 5_000,
    "at signs": "://a:" + "@" * 5_000,
    "keys that begin": "-----BEGIN ",
    "keys that do not end": "-----BEGIN PRIVATE KEY-----",
    "a key of many words": "-----BEGIN " + "A " * 5_000,
    "quotes": 'sig="',
    "quotes of both kinds": "sig=\"'",
    "parameters": "token=",
    "bearers": "bearer ",
    "beginnings of installation tokens": "ghs_",
    "beginnings of sessions": "gAAAA",
    "sessions that are too short": "gAAAAx ",
    "dots": "eyJaaaaaaaaaaaa.",
    "blanks": " ",
}


@pytest.mark.parametrize("piece", SECRETS.values(), ids=SECRETS)
def test_no_text_holds_up_who_looks_for_secrets_in_it(piece):
    assert seconds(without_secrets, piece * (MEGABYTE // 4 // len(piece))) < 2
