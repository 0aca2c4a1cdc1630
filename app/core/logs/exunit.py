"""Reads what Elixir's ExUnit prints: a block for each failure, in trace mode a line for each test, and the counts."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

# Numbers of more digits have fewer spaces before them.
_TITLE = re.compile(r" {0,2}\d{1,6}\) (\S.{0,1000}) \(([\w.:\"]{1,300})\)")
_MODULE = re.compile(r" {0,2}\d{1,6}\) ([\w.:\"]{1,300}): failure on setup_all callback, .{1,80}")
_PLACE = re.compile(r"     (\S{1,500}\.exs?):\d{1,7}(?::.{0,500})?")
_TRACED = re.compile(r"  \* (\S.{0,1000}?) \((?:(\d{1,9}\.\d{1,3})ms|skipped|excluded)\)(?: \[L#\d{1,7}\])?")
_SUITE = re.compile(r"([A-Z][\w.]{0,300}) \[(\S{1,500}\.exs)\]")
_COUNTS = re.compile(
    r"(?:\d{1,9} [\w ]{1,40}, ){0,9}(\d{1,9}) failures?(?:, \d{1,9} (?:excluded|invalid|skipped)){0,3}"
)
_SEEDS = ("Running ExUnit with seed", "Randomized with seed")
_BROKEN = re.compile(r"== Compilation error in file (\S{1,500}_test\.exs) ==")
_STOPPED = "--max-failures reached"


class ExunitReader:
    """Reads the ExUnit sessions of one step; an umbrella project has one for each of its applications."""

    marks: ClassVar[tuple[bytes, ...]] = (b".exs:", b"Running ExUnit", b"Randomized with seed", b"_test.exs ==")

    def __init__(self) -> None:
        self._telling = Telling("exunit")
        self._start()

    def _start(self) -> None:
        self._title: tuple[str, str, Line] | None = None
        self._block: Block | None = None
        self._traced: tuple[str, str] = ("", "")
        self._has_begun = self._has_finished = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._title is not None:
            self._read_place(text)
        elif text.startswith("  *") or (") " in text[:10] and text[:3].lstrip()[:1].isdigit()):
            self._read_head(line)
        elif text.startswith(_SEEDS):
            self._has_begun = True
        elif text.startswith("Finished in "):
            self._has_finished, self._block = True, None
        elif "failure" in text and self._has_finished and (counts := _COUNTS.fullmatch(text)):
            self._close(int(counts[1]))
        elif text.startswith("== Comp") and (broken := _BROKEN.fullmatch(text)):
            self._block = Block("", line.number)
            self._add(
                Told(name=broken[1], outcome=Outcome.ERROR, number=line.number, file=broken[1], block=self._block)
            )
        elif "]" in text and (suite := _SUITE.fullmatch(text)):
            self._traced = (suite[1], suite[2])
        elif _STOPPED in text:
            self._telling.stopped = "exunit stopped at --max-failures"
        elif self._block is not None:
            self._keep(self._block, text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._start()
        return self._telling.take()

    def _close(self, failures: int) -> None:
        if self._telling.tests or self._has_begun:
            self._telling.close(is_complete=True, failures=failures)
        self._start()

    def _add(self, told: Told) -> None:
        self._telling.add(told)
        self._has_begun = True

    def _keep(self, block: Block, text: str) -> None:
        if text.startswith(("..", "==>")):
            self._block = None
        elif not text or text.startswith("    "):
            block.add(text.removeprefix("     "))

    def _read_head(self, line: Line) -> None:
        module = _MODULE.fullmatch(line.text) if "setup_all" in line.text else None
        title = _TITLE.fullmatch(line.text) if module is None and line.text.endswith(")") else None
        traced = _TRACED.fullmatch(line.text) if title is None and not self._has_finished else None
        if module is not None:
            self._block = Block("", line.number)
            name = module[1]
            self._add(_told(name, name, Outcome.ERROR, line.number, self._block))
        elif title is not None:
            self._title = (title[1], title[2], line)
        elif traced is not None and self._traced[0]:
            self._read_traced(traced, line)
        elif self._block is not None:
            self._keep(self._block, line.text)

    def _read_traced(self, traced: re.Match[str], line: Line) -> None:
        outcome = Outcome.PASSED if traced[2] else Outcome.SKIPPED
        told = _told(self._traced[0], traced[1], outcome, line.number, None)
        told.file = self._traced[1]
        told.duration_ms = round(float(traced[2])) if traced[2] else None
        self._block = None
        self._add(told)

    def _read_place(self, text: str) -> None:
        """Read the line below a title: only where it names a file of Elixir's is this a failure of ExUnit's."""
        place = _PLACE.fullmatch(text)
        named, self._title = self._title, None
        if place is None or named is None:
            return
        name, module, line = named
        self._block = Block("", line.number)
        told = _told(module, name, Outcome.FAILED, line.number, self._block)
        told.file = place[1]
        last = self._telling.tests[-1] if self._telling.tests else None
        # In trace mode a test that failed has its line before its failure, like one that passed.
        if last is not None and (last.name, last.class_name, last.outcome) == (name, told.class_name, Outcome.PASSED):
            told.duration_ms = last.duration_ms
            self._telling.tests.pop()
        self._add(told)


def _told(module: str, name: str, outcome: Outcome, number: int, block: Block | None) -> Told:
    """Name a test as junit_formatter does: by the atom of its module, which begins with `Elixir.`."""
    suite = module if module.startswith(":") else f"Elixir.{module}"
    return Told(suite=suite, class_name=suite, name=name, outcome=outcome, number=number, block=block)
