"""Every `flakeguard …` that the pages show is one that the command takes."""

import argparse
import itertools
import re
import shlex
from functools import cache
from importlib import import_module
from typing import NoReturn

import pytest

from app.__main__ import _COMMANDS
from tests.test_links import PAGES, ROOT

STANDS_FOR = {
    ("query", "NAME"): "find_flakiest_tests",
    ("jobs", "ID"): "7",
    ("clusters", "ID"): "7",
    ("clusters", "INTO"): "8",
    ("backfill", "N"): "100",
}
"""What a word in capitals may be, where not every word will do."""


class Unknown(Exception):
    """A line that the command does not take."""


class _Strict(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise Unknown(message)


@cache
def parser():
    made = _Strict(prog="flakeguard")
    commands = made.add_subparsers(required=True)
    for name in _COMMANDS:
        import_module(f"app.cli.{name}").add_parser(commands)
    return made


def spellings(line):
    """Yield a line without what is in brackets, and with it; each of `a|b` alone."""
    line = line.replace("\\|", "|").replace("…", "").replace("...", "")
    for kept in (r"", r"\1"):
        words = [word.split("|") for word in re.sub(r"\[([^\]]*)\]", kept, line).split()]
        yield from (" ".join(one) for one in itertools.product(*words))


def arguments(line):
    command, *words = shlex.split(line)
    filled = [STANDS_FOR.get((command, word), "2026-01-31" if word == "DATE" else word) for word in words]
    return [command, *filled]


def shown(page):
    """Yield lines to type, and whether one is whole: in a sentence a command is named without what it must have."""
    text = page.read_text(encoding="utf-8")
    for block in re.findall(r"(?ms)^ *```\w*\n(.*?)^ *```$", text):
        for line in block.replace("\\\n", " ").splitlines():
            for part in re.split(r"&&|\|\|?|[>#]|\$\(", line):
                if found := re.match(r"(?:.*-- |\s*(?:\$ )?(?:\.venv/bin/)?)flakeguard ([a-z].*)", part):
                    yield found[1].strip(), True
    for code in re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^ *```.*?^ *```$", "", text)):
        for part in re.split(r"&&| \| ", code):
            if found := re.match(r"\s*(?:\.venv/bin/)?flakeguard ([a-z].*)", part):
                yield found[1].strip(), False
            elif re.match(rf"(?:{'|'.join(_COMMANDS)}) --", part):
                yield part.strip(), False


LINES = sorted({(str(page.relative_to(ROOT)), *line) for page in PAGES for line in shown(page)})
OF_OTHERS = ("flakeguard = true",)
"""Settings of pytest, which look like a command."""


def wrong_with(line):
    """Say why the command does not take a line; nothing where it does."""
    try:
        parser().parse_args(arguments(line))
    except Unknown as error:
        return str(error)
    except SystemExit:  # after --help
        return ""
    return ""


MENTIONED = re.compile(r"$|the following arguments are required: |argument --[\w-]+: expected one argument")


@pytest.mark.parametrize(
    ("page", "line", "is_whole"), [one for one in LINES if f"flakeguard {one[1]}" not in OF_OTHERS]
)
def test_a_line_is_one_that_the_command_takes(page, line, is_whole):
    found = [wrong_with(one) for one in spellings(line)]
    assert [one for one in found if one and (is_whole or not MENTIONED.match(one))] == []


@pytest.mark.parametrize("line", ["recompute OWNER/REPO --all", "jobs again", "serve --role all --nothing", "undo"])
def test_a_line_that_the_command_does_not_take_is_found(line):
    assert not MENTIONED.match(wrong_with(line))


def test_every_command_is_shown_to_people_and_many_lines_are_tried():
    assert {line.split()[0] for _, line, _ in LINES} >= {*_COMMANDS}
    assert len(LINES) > 60
