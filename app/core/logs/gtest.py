"""Reads what GoogleTest prints, alone and behind the numbers that `ctest -V` puts before each line."""

import re
from dataclasses import dataclass, field
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_RUN = "[ RUN      ] "
_BANNER = "[==========] "
_OUTCOMES = {
    "[       OK ] ": Outcome.PASSED,
    "[  FAILED  ] ": Outcome.FAILED,
    "[  SKIPPED ] ": Outcome.SKIPPED,
    "[ DISABLED ] ": Outcome.SKIPPED,
}
_PREFIX = re.compile(r"\d{1,9}: ")
_END = re.compile(r" \((\d+|\?) ms\)$")
_TAIL = (", where ", " (")
_RUNNING = re.compile(r"Running \d+ tests? from \d+ test (?:suite|case)s?\.")
_RAN = re.compile(r"\d+ tests? from \d+ test (?:suite|case)s? ran\.")
_LISTED_BELOW = re.compile(r"(\d{1,9}) tests?, listed below:")
_PLACE = re.compile(
    r"(\S[^:(]{0,300}?)(?::[\d#]+|\(\d+\)): (?:Failure|error: ?|Skipped|Fatal failure|Non-fatal failure)"
)
_FIXTURE = ": SetUpTest"
_CRASH = re.compile(
    r"Segmentation fault|core dumped|Aborted|SIG(?:SEGV|ABRT|BUS|ILL|FPE|KILL|TRAP)\b|AddressSanitizer|ThreadSanitizer"
    r"|terminate called|libc\+\+abi|Assertion .{1,300} failed|Process completed with exit code 1[2-4]\d"
    r"|unknown file: error|Stack dump:|Subprocess aborted"
)
_ANY_END = re.compile(rf"{_CRASH.pattern}|^Process completed with exit code [1-9]")
_MOST_PROGRAMS = 1_000
_MOST_RUNNING = 500
_LAST_WORDS = 200
_DIED = "the test program ended while it ran a test"


@dataclass(slots=True)
class _Program:
    """What speaks behind one number, or without one; shards may write over each other, so that tests end in any order."""

    running: dict[str, Block] = field(default_factory=dict)
    last: Block | None = None
    is_listing: bool = False
    begun: int = 0
    ended: int = 0
    begun_at: int = 0
    failures: int = 0
    bad: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)
    unannounced: dict[str, Told] = field(default_factory=dict)


class GtestReader:
    """Reads the GoogleTest programs of one step: all of them are one session."""

    marks: ClassVar[tuple[bytes, ...]] = (b"[ RUN      ]", b"[  FAILED  ]", b"[==========]")

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._telling = Telling("gtest")
        self._programs: dict[str, _Program] = {}
        self._failures = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        at = text.find("] ") - 11
        # Only what is ten characters wide between brackets is GoogleTest's own.
        mark = text[at : at + 13] if at >= 0 else ""
        if mark in _OUTCOMES:
            self._end(mark, text, at, line.number)
        elif mark == _RUN:
            self._run(text, at, line.number)
        elif mark == _BANNER:
            self._banner(line, at)
        elif self._programs:
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the session of the step that ends here, and forget it."""
        programs = list(self._programs.values())
        for program in programs:
            self._blame(program)
        ends = sum(one.ended for one in programs)
        failures = self._failures + sum(one.failures for one in programs)
        is_complete = ends > 0 and all(one.ended >= one.begun for one in programs)
        telling = self._telling
        self._start()
        if ends or telling.tests:
            telling.close(is_complete=is_complete, failures=failures)
        return telling.take()

    def _program(self, prefix: str) -> _Program:
        if prefix not in self._programs and len(self._programs) >= _MOST_PROGRAMS:
            self._blame(self._programs.pop(next(iter(self._programs))))
        return self._programs.setdefault(prefix, _Program())

    def _banner(self, line: Line, at: int) -> None:
        program = self._program(_prefix(line.text, at))
        said = line.text[at + len(_BANNER) :]
        if _RUNNING.match(said):
            program.is_listing = False
            self._failures, program.failures = self._failures + program.failures, 0
            program.begun, program.begun_at = program.begun + 1, line.number
            program.bad.clear()
            program.listed.clear()
            program.unannounced.clear()
        elif _RAN.match(said):
            program.is_listing = True
            program.ended, program.last = program.ended + 1, None

    def _run(self, text: str, at: int, number: int) -> None:
        program = self._program(_prefix(text, at))
        name = text[at + len(_RUN) :].strip()
        if len(program.running) >= _MOST_RUNNING:
            program.running.pop(next(iter(program.running)))
        # A death test of the threadsafe style runs the program again: it prints the same start twice.
        program.last = program.running.setdefault(name, Block(name, number))
        program.is_listing = False

    def _end(self, mark: str, text: str, at: int, number: int) -> None:
        prefix = _prefix(text, at)
        program = self._program(prefix)
        said = text[at + len(mark) :]
        took = _END.search(said)
        name = _name(said[: took.start()] if took else said)
        # Of failures alone, as with --gtest_brief, no start is shown; what a test printed last may stand before its end.
        if name in program.running or (took and "." in name and at == len(prefix)):
            is_announced = name in program.running
            told = self._tell(program, name, _OUTCOMES[mark], number, took[1] if took else None)
            if told.outcome.is_bad and not is_announced and len(program.unannounced) < _MOST_RUNNING:
                program.unannounced[name] = told
        elif below := _LISTED_BELOW.fullmatch(said):
            program.is_listing = True
            # A script that shows the end of a log once more repeats the list.
            program.failures = max(program.failures, int(below[1]) if _OUTCOMES[mark].is_bad else 0)
        elif program.is_listing and _OUTCOMES[mark].is_bad:
            self._listed(program, name, number)

    def _listed(self, program: _Program, name: str, number: int) -> None:
        """Read the closing list: what it adds are fixtures that could not be set up and tests that were not shown."""
        program.listed.add(name)
        if len(program.listed) == program.failures and program.unannounced:
            self._drop_quoted(program)
        suite, is_fixture, _ = name.partition(_FIXTURE)
        if is_fixture:
            title = f"{suite}.{name.removeprefix(f'{suite}: ')}"
            self._tell(program, title, Outcome.ERROR, number, None)
        elif name not in program.bad and "." in name and " " not in name:
            self._tell(program, name, Outcome.FAILED, number, None)

    def _drop_quoted(self, program: _Program) -> None:
        """Drop the ends that a test printed: neither was their start shown, nor does the full list know them."""
        quoted = {id(told) for name, told in program.unannounced.items() if name not in program.listed}
        self._telling.tests = [told for told in self._telling.tests if id(told) not in quoted]
        program.unannounced.clear()

    def _tell(self, program: _Program, name: str, outcome: Outcome, number: int, took: str | None) -> Told:
        block = program.running.pop(name, None)
        program.last = None if program.last is block else program.last
        suite, is_of_suite, test = name.partition(".")
        suite, test = (suite, test) if is_of_suite else ("", name)
        told = Told(suite=suite, class_name=suite, name=test, outcome=outcome, number=number)
        told.duration_ms = int(took) if took and took.isdigit() else None
        if outcome.is_bad:
            program.bad.add(name)
        if outcome.is_bad and block is not None:
            told.block, told.message = block, _message(block)
            told.file = next((match[1] for match in map(_PLACE.match, block.lines) if match), None)
        self._telling.add(told)
        return told

    def _blame(self, program: _Program) -> None:
        """Tell of the tests that never ended, where their program was followed by another or left signs of a crash."""
        for name, block in list(program.running.items()):
            is_followed = block.number < program.begun_at and program.ended < program.begun
            signs = _CRASH if program.ended >= program.begun else _ANY_END
            if is_followed or any(map(signs.search, block.lines[-_LAST_WORDS:])):
                self._telling.stopped = _DIED
                self._tell(program, name, Outcome.ERROR, block.number, None)

    def _keep(self, text: str) -> None:
        prefix = _PREFIX.match(text) if text[:1].isdigit() else None
        program = self._programs.get(prefix[0]) if prefix else None
        if prefix is not None and program is not None:
            text = text[prefix.end() :]
        program = program or self._programs.get("")
        if program is not None and program.last is not None:
            program.last.add(text)


def _prefix(text: str, at: int) -> str:
    """Return the number that ctest put before the line; what else stands before the mark was printed without an end."""
    match = _PREFIX.match(text) if at and text[:1].isdigit() else None
    return match[0] if match else ""


def _name(said: str) -> str:
    """Return a test's name without its parameter, which GoogleTest tells of failures only."""
    for tail in _TAIL:
        said = said.partition(tail)[0]
    return said.strip()


def _message(block: Block) -> str | None:
    """Return the first failure without its place, up to the stack trace."""
    start = next((index for index, line in enumerate(block.lines) if _PLACE.match(line)), None)
    if start is None:
        return cut(block.lines, LONGEST_MESSAGE)
    rest = block.lines[start + 1 :]
    end = next((index for index, line in enumerate(rest) if not line or line.startswith("Stack trace:")), len(rest))
    head = block.lines[start].partition("error: ")[2]
    return cut([head, *rest[:end]], LONGEST_MESSAGE)
