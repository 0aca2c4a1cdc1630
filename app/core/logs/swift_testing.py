"""Reads what Swift Testing prints, and xcbeautify of it: a line for each test that ended, each issue, and the run."""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_WORDS = {"passed": Outcome.PASSED, "failed": Outcome.FAILED}
# The symbol is one character, ASCII or a private one of Apple's fonts; two spaces may follow where it is wide.
_ENDED = re.compile(
    r"(?:\S{1,2} {1,2})Test (\"(?:[^\"\\]|\\.){1,1000}\"|\S{1,500}\(.{0,300}?\))(?: with \d{1,7} test cases?)? (passed|failed) after (\d{1,9}\.\d{1,9}) seconds(?: with .{1,200})?\."
)
_SKIPPED = re.compile(
    r"(?:\S{1,2} {1,2})Test (\"(?:[^\"\\]|\\.){1,1000}\"|\S{1,500}\(.{0,300}?\)) skipped(?:\.|: .{0,1000})"
)
_ISSUE = re.compile(
    r"(?:\S{1,2} {1,2})Test (\"(?:[^\"\\]|\\.){1,1000}\"|\S{1,500}\(.{0,300}?\)) recorded an issue(?: with .{1,1000}?)?(?: at (\S{1,300}):\d{1,7}:\d{1,5})?: (.*)"
)
# xcbeautify's lines, which GitHub's own tag may stand before; a suite's have other words.
_SHORT = re.compile(
    r"(?: {1,8}[✖✗] )?(\"(?:[^\"\\]|\\.){1,1000}\"|\w{1,300}(?:\([\w:]{0,300}\))?) \((\d{1,9}\.\d{1,9}) seconds\) \d{1,7} issue\(s\)"
)
_RUN = re.compile(
    r"(?:\S{1,2} {1,2})?Test run with \d{1,9} tests?(?: in \d{1,9} suites?)? (passed|failed) after .{1,200}"
)
_DETAIL = "↳ "


class SwiftTestingReader:
    """Reads the Swift Testing runs of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b" recorded an issue", b"Test run with ", b"Test run started.", b" issue(s)")

    def __init__(self) -> None:
        self._telling = Telling("swift-testing")
        self._issues: dict[str, Block] = {}
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if " after " in text and "Test " in text[:9]:
            self._read_end(line)
        elif " recorded an issue" in text and (issue := _ISSUE.fullmatch(text)):
            self._block = self._issues.get(issue[1]) or Block(issue[2] or "", line.number)
            if len(self._issues) < MOST_FAILURES:
                self._issues[issue[1]] = self._block
            self._block.add(issue[3])
        elif " skipped" in text and (skipped := _SKIPPED.fullmatch(text)):
            self._telling.add(Told(name=skipped[1].strip('"'), outcome=Outcome.SKIPPED, number=line.number))
        elif text.endswith(" issue(s)") and (short := _SHORT.fullmatch(text)):
            told = Told(name=short[1].strip('"'), outcome=Outcome.FAILED, number=line.number)
            told.duration_ms = seconds_ms(short[2])
            self._telling.add(told)
        elif self._block is not None and _DETAIL in text[:6]:
            self._block.add(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._tell_issues()
        self._block = None
        return self._telling.take()

    def _read_end(self, line: Line) -> None:
        ended = _ENDED.fullmatch(line.text)
        if ended is not None:
            block = self._issues.pop(ended[1], None)
            told = Told(name=ended[1].strip('"'), outcome=_WORDS[ended[2]], number=line.number, block=block)
            told.file = (block.title or None) if block and told.outcome.is_bad else None
            told.duration_ms = seconds_ms(ended[3])
            self._telling.add(told)
        elif "Test run with " in line.text and (run := _RUN.fullmatch(line.text)):
            # It counts issues, of which a test may have several.
            self._tell_issues()
            self._telling.close(is_complete=True, failures=int(run[1] == "failed"))
        self._block = None

    def _tell_issues(self) -> None:
        """Tell the tests of which no more than issues is shown, as of one that ran when the process ended."""
        for name, block in self._issues.items():
            told = Told(name=name.strip('"'), outcome=Outcome.FAILED, number=block.number, block=block)
            told.file = block.title or None
            self._telling.add(told)
        self._issues = {}
