"""Mocha's `json-stream` reporter: one event a line, a list of a word and what it tells (lib/reporters/json-stream.js).

It names the tests that passed and those that failed in the end. Pending ones it only counts, and of a test that was retried
it tells the last execution, with the number of those before it.
"""

import re

import msgspec

from app.core.model import Report
from app.core.reports import mocha
from app.core.reports.document import Document
from app.core.reports.event_streams import head_text, read_stream
from app.core.reports.executions import Executions
from app.core.reports.json_text import decode_line
from app.core.reports.json_values import count

FORMAT = "mocha-stream"
_EVENT = re.compile(r'^\["(?:start",\{"total":\d|(?:pass|fail)",\{"title":")', re.MULTILINE)


class _Facts(msgspec.Struct, rename="camel", gc=False):
    title: object = None
    full_title: object = None
    file: object = None
    duration: object = None
    current_retry: object = None
    err: object = None
    stack: object = None
    pending: object = None


def read(document: Document) -> Report | None:
    """Read a stream of events; None where the document is none."""
    if not _EVENT.search(head_text(document)):
        return None
    return read_stream(document, _Stream(), FORMAT)


class _Stream:
    def __init__(self) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._has_end = False

    def read(self, line: str) -> None:
        event = decode_line(line, tuple[str, _Facts]) if line.startswith('["') else None
        if event is None:
            return
        word, facts = event
        match word:
            case "pass":
                mocha.add_pass(self.executions, _test(facts))
            case "fail":
                mocha.add_failure(self.executions, _test(facts))
            case "end":
                self._end(count(facts.pending))
            case _:
                return

    def _end(self, pending: int) -> None:
        self._has_end = True
        if pending:
            self.warnings.append(f"{pending} pending tests are counted only: this reporter does not name them.")

    def end(self) -> None:
        """Say of a stream without its last event that it was cut off: a test has no event when it begins."""
        if not self._has_end:
            self.is_cut = True
            self.warnings.append("The stream has no event `end`: the run was cut off.")


def _test(facts: _Facts) -> mocha.Test:
    return mocha.Test(
        facts.title,
        facts.full_title,
        facts.file,
        facts.duration,
        facts.current_retry,
        mocha.Error(message=facts.err, stack=facts.stack),
    )
