"""Streams of subunit's first version, which is text (its README names the commands); the second is binary.

A test is named by its dotted id, as stestr names it: what stands before the last dot is the class.
"""

import re
from collections.abc import Iterator
from datetime import datetime

from app.core.model import Outcome, Report
from app.core.reports.document import Document
from app.core.reports.event_streams import check_open, head_text, read_stream
from app.core.reports.executions import NO_END, Executions, bounded_ms, first_line

FORMAT = "subunit"

_OUTCOMES = {
    "success": Outcome.PASSED,
    "successful": Outcome.PASSED,
    "failure": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skip": Outcome.SKIPPED,
    "xfail": Outcome.SKIPPED,
    "uxsuccess": Outcome.FAILED,
}
_WORDS = "success(?:ful)?|failure|error|skip|xfail|uxsuccess"
_COMMAND = re.compile(rf"(test|testing|{_WORDS}):? (\S.{{0,4000}}?)( \[(?: multipart)?)?")
_START = re.compile(r"^(?:test|testing):? (\S[^\n]{0,4000}?)\r?$", re.MULTILINE)
_END = re.compile(rf"^(?:{_WORDS}):? (\S[^\n]{{0,4000}}?)(?: \[(?: multipart)?)?\r?$", re.MULTILINE)
_TIME = re.compile(r"time: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?)Z")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,7})(?:\n|$)")
_PART = re.compile(rb"Content-Type: [^\n]*+\n[^\n]*+(?:\n|$)")
_MOST_LINES = 1_000


def read(document: Document) -> Report | None:
    """Read a stream of subunit's commands; None where its beginning does not begin a test and end the same one."""
    head = head_text(document)
    begun = set(_START.findall(head)) if "test" in head else set()
    if not begun.intersection(_END.findall(head)):
        return None
    return read_stream(document, _Stream(), FORMAT)


class _Details:
    """What stands in brackets behind an outcome: lines as they are, or parts of which each is written in counted chunks."""

    __slots__ = ("is_multipart", "last", "lines", "name", "outcome")

    def __init__(self, name: str, outcome: Outcome, *, is_multipart: bool) -> None:
        self.name = name
        self.outcome = outcome
        self.is_multipart = is_multipart
        self.lines: list[str] = []
        self.last = "0"

    def is_end(self, line: str) -> bool:
        """Say whether a bracket closes: among lines as they are it is written with a space, after parts it follows a zero."""
        return line == "]" and (not self.is_multipart or self.last.endswith("0"))

    def add(self, line: str) -> None:
        self.last = line
        if len(self.lines) < _MOST_LINES:
            self.lines.append(line)

    @property
    def text(self) -> str:
        text = "\n".join(self.lines)
        return "\n".join(_parts(text.encode())) if self.is_multipart else text


class _Stream:
    def __init__(self) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._running: dict[str, datetime | None] = {}
        self._now: datetime | None = None
        self._details: _Details | None = None

    def read(self, line: str) -> None:
        if self._details is not None:
            self._read_detail(self._details, line)
        elif time := _TIME.fullmatch(line):
            self._now = _moment(time[1])
        elif command := _COMMAND.fullmatch(line):
            self._read_command(command[1], command[2], command[3])

    def _read_command(self, word: str, name: str, bracket: str | None) -> None:
        if word in ("test", "testing"):
            self._running[name] = self._now
            check_open(len(self._running))
        elif name not in self._running:
            # Only what was begun can end: other words of a console begin with `error:`, too.
            return
        elif bracket is None:
            self._end(name, _OUTCOMES[word])
        else:
            self._details = _Details(name, _OUTCOMES[word], is_multipart=bracket != " [")

    def _read_detail(self, details: _Details, line: str) -> None:
        if details.is_end(line):
            self._details = None
            self._end(details.name, details.outcome, details.text)
        else:
            details.add(line)

    def _end(self, name: str, outcome: Outcome, said: str = "", message: str | None = None) -> None:
        began = self._running.pop(name)
        took = (self._now - began).total_seconds() * 1000 if began is not None and self._now is not None else None
        plain = re.split(r"[(\[]", name, maxsplit=1)[0]
        class_name, _, test = plain.rpartition(".")
        said = said.strip() if outcome.is_bad else ""
        self.executions.add(
            "",
            class_name,
            test + name[len(plain) :],
            outcome,
            duration_ms=None if took is None else bounded_ms(took),
            message=message or _message(said),
            stack_trace=said,
        )

    def end(self) -> None:
        """End the tests of a stream that was cut off."""
        self.is_cut = bool(self._running)
        if self._details is not None:
            self._end(self._details.name, self._details.outcome, self._details.text)
        for name in tuple(self._running):
            self._end(name, Outcome.ERROR, message=NO_END)
        if self.is_cut:
            self.warnings.append("The stream ends before its tests did.")


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(f"{text}+00:00")
    except ValueError:
        return None


def _parts(data: bytes) -> Iterator[str]:
    """Yield the text of each part: a line with its type, one with its name, then chunks with their sizes before them."""
    part = _PART.match(data)
    while part is not None:
        text, position = b"", part.end()
        while (chunk := _CHUNK.match(data, position)) is not None:
            size = int(chunk[1], 16)
            text += data[chunk.end() : chunk.end() + size]
            position = chunk.end() + size
            if not size:
                break
        yield text.decode("utf-8", "replace")
        # Each part ends behind the one before, so this comes to an end.
        part = _PART.match(data, position)


def _message(said: str) -> str | None:
    """Return the last line of a traceback, which names what was raised, or the first of any other words."""
    if "Traceback (most recent call last)" in said:
        return said.rpartition("\n")[2].strip()
    return first_line(said)
