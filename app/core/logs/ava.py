"""Reads what ava prints: a line for each test, the errors of those that failed, the counts."""

import re
from dataclasses import dataclass
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, MOST_TESTS, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_TEST = re.compile(
    r"  ([✔✖✘√×-]) (?:\[(fail|skip|todo|expected fail|unexpected pass)\]: |\[(skip|todo)\] |\[(expected fail)\] )?(\S.*?)(?: \((\d[\d.]{0,12}(?:ms|s|m)(?: \d{1,3}s)?)\))?"
)
_THROWN = re.compile(
    r" (?:Error thrown in test|Rejected promise returned by test"
    r"|Test was expected to fail, but succeeded, you should stop marking the test as failing)$"
)
_ROWS = ("  ✔ ", "  ✖ ", "  ✘ ", "  √ ", "  × ", "  - [")
_COUNT = re.compile(
    r"  (\d{1,7}) (tests?|hooks?|known failures?|uncaught exceptions?|unhandled rejections?)"
    r"(?: (passed|failed|skipped|todo|remaining.{0,60}))?"
)
_NO_TEST = re.compile(
    r"\d{1,7} tests? remaining in .*|\S.{0,300} exited (?:with a non-zero exit code|due to) ?.*|No tests found in .*|Timed out .*"
)
_BROKEN = re.compile(r"  (?:Uncaught exception in|✘|✖) (\S.{0,300}?)(?: exited with a non-zero exit code: \d{1,5})?")
_FRAME = re.compile(r"\s{0,40}(?:› |at \S)")
# The place of an assertion and the lines around it stand before what it says.
_EXCERPT = re.compile(r"(?:\S{1,400}\.[cm]?[jt]sx?:\d{1,7}| {0,8}\d{1,7}:(?: .*)?)")
_PARTS = re.compile(r"(\d{1,9}(?:\.\d{1,6})?)(ms|s|m)")
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000}


@dataclass(slots=True)
class _Row:
    """A line of a test: of a failure its title, and behind it the message."""

    said: str
    outcome: Outcome
    number: int
    is_sure: bool
    duration_ms: int | None


class AvaReader:
    """Reads the ava sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"[fail]: ",
        b" tests passed",
        b" test passed",
        b" tests failed",
        b" test failed",
    )

    def __init__(self) -> None:
        self._telling = Telling("ava")
        self._start()

    def _start(self) -> None:
        self._rows: list[_Row] = []
        self._blocks: dict[str, list[Block]] = {}
        self._kept = 0
        self._block: Block | None = None
        self._is_after_blank = False
        self._counts: dict[str, int] = {}
        self._broken: dict[str, Block] = {}

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith(_ROWS):
            self._read_row(line)
        elif text.startswith("  Uncaught exception in ") and (broken := _BROKEN.fullmatch(text)):
            self._block = self._broken.setdefault(broken[1], Block(broken[1], line.number))
        elif text.startswith("  ") and text[2:3].isdigit() and (count := _COUNT.fullmatch(text)):
            self._read_count(count)
        elif (
            text.startswith("  ")
            and text[2:3] not in ("", " ")
            and self._is_after_blank
            and self._open(text[2:], line.number)
        ):
            pass
        elif self._block is not None:
            self._block.add(text.removeprefix("  "))
        self._is_after_blank = not text or text == "  ─"

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _read_row(self, line: Line) -> None:
        row = _TEST.fullmatch(line.text)
        if row is None or _NO_TEST.fullmatch(row[5]):
            return
        if self._counts:
            self._close()
        word = row[2] or row[3] or row[4]
        if row[1] == "-" and word not in ("skip", "todo"):
            return
        self._block = None
        outcome = Outcome.SKIPPED if word in ("skip", "todo") else Outcome.PASSED if row[1] in "✔√" else Outcome.FAILED
        if len(self._rows) < MOST_TESTS:
            self._rows.append(_Row(row[5], outcome, line.number, word is not None, _milliseconds(row[6])))

    def _read_count(self, count: re.Match[str]) -> None:
        number, what, how = count.groups()
        if how is not None and how.startswith("remaining"):
            self._telling.stopped = f"ava stopped with {number} {what} {how}"[:200]
        else:
            self._counts[f"{what.removesuffix('s')} {how or ''}".strip()] = int(number)
        self._block = None

    def _open(self, title: str, number: int) -> bool:
        """Open the error of a failed test: a title that begins the line of a failure."""
        if not any(row.outcome.is_bad and _is_of(row.said, title) for row in self._rows):
            return False
        self._block = Block(title, number)
        if self._kept < MOST_FAILURES:
            self._kept += 1
            self._blocks.setdefault(title, []).append(self._block)
        return True

    def _close(self) -> None:
        """End the session: ava's are lines with a word in brackets, or lines that its counts bear out."""
        failed = self._counts.get("test failed", 0) + self._counts.get("hook failed", 0)
        has_words = any(row.is_sure and row.outcome.is_bad for row in self._rows)
        rows = [row for row in self._rows if row.is_sure or (self._counts and not (has_words and row.outcome.is_bad))]
        bad = [row for row in rows if row.outcome.is_bad]
        is_known = any(row.is_sure for row in rows) or (bool(self._counts) and failed == len(bad))
        if is_known and (rows or self._counts):
            for row in rows:
                self._telling.add(self._told(row))
            for file, block in self._broken.items():
                self._telling.add(
                    Told(name=file, outcome=Outcome.ERROR, number=block.number, class_name=file, file=file, block=block)
                )
            passes = self._counts.get("test passed", 0)
            self._telling.close(is_complete=bool(self._counts), passes=passes, failures=failed)
        self._telling.stopped = None
        self._start()

    def _told(self, row: _Row) -> Told:
        titles = [title for title in self._blocks if row.outcome.is_bad and _is_of(row.said, title)]
        title = max(titles, key=len, default=_THROWN.sub("", row.said) if row.outcome.is_bad else row.said)
        blocks = self._blocks.get(title)
        block = blocks.pop(0) if blocks and row.outcome.is_bad else None
        return Told(
            name=title,
            outcome=row.outcome,
            number=row.number,
            duration_ms=row.duration_ms,
            block=block,
            message=_message(block) if block else None,
        )


def _is_of(said: str, title: str) -> bool:
    return said == title or said.startswith(f"{title} ")


def _message(block: Block) -> str | None:
    lines = [line for line in block.lines if not _EXCERPT.fullmatch(line)]
    end = next((at for at, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    return cut(lines[:end], LONGEST_MESSAGE)


def _milliseconds(time: str | None) -> int | None:
    return round(sum(float(number) * _MILLISECONDS[unit] for number, unit in _PARTS.findall(time))) if time else None
