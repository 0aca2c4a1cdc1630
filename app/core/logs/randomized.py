"""Reads what randomizedtesting's `junit4` task for ant prints (Lucene, Solr, early Elasticsearch): a line for each test that failed.

It names a test by the class without its package, which the line of the suite above or the closing list tells.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, is_frame, milliseconds
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_TASK = re.compile(r" {0,20}\[junit4\](?: |$)")
_ENDED = re.compile(
    r"(?:\[[\d:.]{1,20}\] )?(FAILURE|ERROR) {1,6}(\d{1,9}\.\d{1,3}s) {0,4}(?:J\d{1,4} {0,4})?\| (\S.{0,1000}?) <<<(?: FAILURES!)?"
)
_SUITE = re.compile(r"(?:\[[\d:.]{1,20}\] )?Suite: ((?:\w{1,200}\.){0,40}([\w$]{1,200}))")
_LIST = re.compile(r"Tests with failures \[seed: \w{1,80}\](?: \(first \d{1,9} out of \d{1,9}\))?:")
_LISTED = re.compile(r"  - ((?:\w{1,200}\.){1,40}[A-Z][\w$]{0,200})(?:\.(\S.{0,1000}?)| \(suite\))")
_NAMED = re.compile(r"([\w$]{1,200})(?:\.(\S.{0,1000})| \(suite\))")
_TOTAL = re.compile(r"Tests summary: \d{1,9} suites?\b.{0,60}?, \d{1,9} tests?\b(.{0,200})")
_BAD = re.compile(r", (\d{1,9}) (?:suite-level )?(?:errors?|failures?)")
_SAID = "   > "


class RandomizedReader:
    """Reads the sessions of the `junit4` task in one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"[junit4]", b"Tests with failures [seed", b"Tests summary: ")

    def __init__(self) -> None:
        self._telling = Telling("randomizedtesting")
        self._start()

    def _start(self) -> None:
        self._failed: dict[tuple[str, str], Told] = {}
        self._suite = ("", "")
        self._told: Told | None = None
        self._is_listing = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        task = _TASK.match(text) if "[junit4]" in text[:29] else None
        text = text[task.end() :] if task else text
        if self._told is not None and text.startswith(_SAID):
            _keep(self._told, text.removeprefix(_SAID))
        elif " <<<" in text and (ended := _ENDED.fullmatch(text)):
            self._end(ended[3], milliseconds(ended[2]), line.number)
        elif self._is_listing and text.startswith("  - "):
            self._read_listed(text, line.number)
        elif text.startswith("Tests "):
            self._read_closing(text)
        elif text:
            self._told, self._is_listing = None, False
            if "Suite: " in text and (suite := _SUITE.fullmatch(text)):
                self._suite = (suite[2], suite[1])

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._start()
        return self._telling.take()

    def _end(self, label: str, took: int | None, number: int) -> None:
        self._told, self._is_listing = None, False
        named = _NAMED.fullmatch(label)
        if named is None:
            return
        full = self._suite[1] if named[1] == self._suite[0] else named[1]
        self._tell(full, named[2], took, number)

    def _tell(self, class_name: str, name: str | None, took: int | None, number: int) -> None:
        told = Told(
            suite=class_name,
            class_name=class_name,
            name=name or class_name,
            outcome=Outcome.FAILED if name else Outcome.ERROR,
            number=number,
            duration_ms=took,
        )
        if len(self._failed) < MOST_FAILURES:
            self._failed[class_name.rpartition(".")[2], name or ""] = told
            told.block, self._told = Block(told.name, number), told
        self._telling.add(told)

    def _read_listed(self, text: str, number: int) -> None:
        """Read a test of the closing list: it has the package of its class, and may be all that names the test."""
        listed = _LISTED.fullmatch(text)
        if listed is None:
            return
        told = self._failed.get((listed[1].rpartition(".")[2], listed[2] or ""))
        if told is None:
            self._tell(listed[1], listed[2], None, number)
        elif "." not in told.class_name:
            told.suite = told.class_name = listed[1]
            told.name = listed[2] or listed[1]

    def _read_closing(self, text: str) -> None:
        self._told = None
        total = _TOTAL.fullmatch(text)
        self._is_listing = total is None and _LIST.fullmatch(text) is not None
        if total is not None:
            bad = sum(map(int, _BAD.findall(total[1])))
            if self._telling.tests or bad:
                self._telling.close(is_complete=True, failures=bad)
            self._start()


def _keep(told: Told, text: str) -> None:
    """Keep a line of a failure; what stands before the first frame of its stack is its message."""
    if told.block is not None:
        if told.message is None and is_frame(text):
            told.message = above_stack(told)
        told.block.add(text)
