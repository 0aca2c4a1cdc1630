"""Reads what pytest prints: progress, failures, the short summary, and the closing line.

The same failure is told up to three times. Its full name stands in the summary or in verbose progress, its message and
traceback under a header that lacks the file; the three are brought together when the session ends.
"""

import re
from collections import defaultdict, deque
from dataclasses import dataclass, replace

from app.core.logs.clean import Line
from app.core.logs.pytest_names import (
    OUTCOMES,
    RERUN,
    SUITE,
    is_id,
    read_progress,
    read_summary,
    split_id,
    title_of,
    without_percentage,
)
from app.core.logs.session import LONGEST_MESSAGE, Block, Session, cut
from app.core.model import Outcome, TestResult

_RULE = re.compile(r"=+ (\S.*?) =+")
_HEADER = re.compile(r"_+ ([^\s_].*|_+[^\s_].*) _+")
_END = re.compile(
    r"(?:no tests ran|\d+ [a-z]+(?: [a-z]+)?(?:, \d+ [a-z]+(?: [a-z]+)?)*) in \d+(?:\.\d+)? ?s(?:econds?)?(?: \([\d:, day]+\))?"
)
_START = "test session starts"
_SUMMARY = "short test summary info"
_BLOCKS = ("FAILURES", "ERRORS", "RERUNS", "XFAILURES", "PASSES", "XPASSES")
_BAD_BLOCKS = ("FAILURES", "ERRORS", "RERUNS")
_OTHER = ("warnings summary", "slowest ", "tests coverage", "rerun test summary", "coverage:", "inline snapshot")
_AT = re.compile(r"ERROR at (?:setup|teardown) of ")
_COLLECTING = "ERROR collecting "
_CRASHED = re.compile(r"worker '\w+' crashed while running '(.+)'")
_CAPTURED = re.compile(r"-+ ?Captured ")
_PLACE = re.compile(r"([^\s:]+\.\w+):\d+: ?")
_STOPPED = re.compile(
    r"!+ (stopping after \d+ failures?|Interrupted: .*|KeyboardInterrupt|_pytest\.outcomes\.Exit: .*) !+"
)


@dataclass(slots=True)
class _Execution:
    """One execution while its session is being read."""

    word: str
    number: int
    message: str = ""
    block: Block | None = None

    @property
    def outcome(self) -> Outcome:
        return OUTCOMES[self.word]


class PytestReader:
    """Reads the pytest sessions of one step."""

    def __init__(self) -> None:
        self._done: list[Session] = []
        self._session: _Session | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("="):
            rule = _RULE.fullmatch(text)
            if rule is not None and self._read_rule(rule[1], line):
                return
        if self._session is None:
            return
        self._session.read(line)
        if self._session.is_complete:
            self._close()

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        done, self._done = self._done, []
        return done

    def _read_rule(self, title: str, line: Line) -> bool:
        if title == _START and not (self._session and self._session.is_in_block):
            self._close()
            self._session = _Session(has_start=True)
            return True
        if self._session is None and title in (*_BLOCKS, _SUMMARY):
            # With -q there is no line that starts a session.
            self._session = _Session(has_start=False)
        return self._session is not None and self._session.read_rule(title, line)

    def _close(self) -> None:
        if self._session is not None and self._session.is_believed:
            self._done.append(self._session.told())
        self._session = None


class _Session:
    def __init__(self, *, has_start: bool) -> None:
        self.is_complete = False
        self._has_start = has_start
        self._section = ""
        self._depth = 0
        self._tests: dict[str, list[_Execution]] = {}
        self._blocks: defaultdict[str, deque[Block]] = defaultdict(deque)
        self._reruns: defaultdict[str, deque[Block]] = defaultdict(deque)
        self._block: Block | None = None
        self._inner: list[Line] = []
        self._awaited = ""
        self._named_by_progress: set[str] = set()
        self._stopped: str | None = None

    @property
    def is_in_block(self) -> bool:
        return self._section in _BLOCKS

    @property
    def is_believed(self) -> bool:
        return self._has_start or self.is_complete or bool(self._tests)

    def read_rule(self, title: str, line: Line) -> bool:
        """Take a line that parts sections; False where it belongs to what a test printed."""
        is_end = _END.fullmatch(title) is not None
        if self.is_in_block and (title == _START or self._depth):
            # A test of a test runner shows what the inner one printed.
            self._depth += (title == _START) - is_end
            self._inner = [] if title == _SUMMARY else self._inner
            return False
        if is_end:
            self.is_complete = True
        elif title in (*_BLOCKS, _SUMMARY) or title.startswith(_OTHER):
            self._section = title
            self._block = None
        else:
            return False
        if is_end:
            return False
        return True

    def read(self, line: Line) -> None:
        stopped = _STOPPED.fullmatch(line.text) if line.text.startswith("!") else None
        if stopped and not self._depth:
            self._stopped = self._stopped or stopped[1]
        elif self.is_in_block:
            self._read_block(line)
        elif self._section == _SUMMARY:
            self._read_summary(line)
        elif not self._section:
            self._read_progress(line)
        if not self.is_in_block and _END.fullmatch(line.text):
            self.is_complete = True

    def told(self) -> Session:
        if self._depth and not self.is_complete:
            for line in self._inner:
                self._read_summary(line)
        self._bind()
        results = tuple(
            _result(node, execution) for node, executions in self._tests.items() for execution in executions
        )
        return Session(runner="pytest", results=results, is_complete=self.is_complete, stopped_early=self._stopped)

    def _read_progress(self, line: Line) -> None:
        if "::" not in line.text and not self._awaited:
            return
        found = read_progress(line.text)
        if found is None:
            # What the test prints, or logs, stands between its name and its end.
            self._awaited = _first_id(line.text) if is_id(line.text) else self._awaited
            return
        node = found[0] or self._awaited
        self._awaited = ""
        if node:
            self._named_by_progress.add(node)
            self._take(node, _Execution(found[1], line.number))

    def _read_summary(self, line: Line) -> None:
        found = read_summary(line.text)
        if found is None:
            return
        node, word, message = found
        if word == RERUN:
            if node not in self._named_by_progress:
                self._tests.setdefault(node, []).insert(0, _Execution(word, line.number, message))
            return
        self._take(node, _Execution(word, line.number, message))

    def _take(self, node: str, execution: _Execution) -> None:
        """Note how a test ended; without a rerun between them two ends, as of call and teardown, are one execution."""
        executions = self._tests.setdefault(node, [])
        last = executions[-1] if executions else None
        if last is None or last.word == RERUN or execution.word == RERUN:
            executions.append(execution)
            return
        last.message = last.message or execution.message
        if execution.outcome.is_bad and not last.outcome.is_bad:
            last.word, last.number = execution.word, execution.number

    def _read_block(self, line: Line) -> None:
        header = _HEADER.fullmatch(line.text) if line.text.startswith("_") and not self._depth else None
        if header is not None:
            self._open(header[1], line.number)
            return
        if self._depth:
            self._inner.append(line)
        if self._block is None:
            return
        crash = _CRASHED.search(line.text) if "crashed while running" in line.text else None
        if crash and self._section in _BAD_BLOCKS and is_id(crash[1]):
            self._take(crash[1], _Execution("FAILED", line.number, line.text.strip(), self._block))
        self._block.add(line.text)

    def _open(self, title: str, number: int) -> None:
        self._block = Block(title, number)
        if self._section in _BAD_BLOCKS:
            key = _AT.sub("", title.removeprefix(_COLLECTING)).removeprefix("[doctest] ")
            (self._reruns if self._section == "RERUNS" else self._blocks)[key].append(self._block)

    def _bind(self) -> None:
        """Bring names and blocks together; a block that no name asks for is a failure that only its header names."""
        known = set()
        for node, executions in self._tests.items():
            key = title_of(node)
            known.add(key)
            for execution in executions:
                blocks = (self._reruns if execution.word == RERUN else self._blocks)[key]
                if execution.block is None and execution.outcome.is_bad and blocks:
                    execution.block = blocks.popleft()
            if executions[-1].word == RERUN and self.is_complete:
                executions.append(_Execution("PASSED", executions[-1].number))
        for key, blocks in self._blocks.items():
            if key not in known and blocks and not _is_told(key, known, blocks[-1]):
                node = _node(key, blocks[-1])
                self._tests[node] = [_Execution(_word(blocks[-1]), blocks[-1].number, "", blocks[-1])]


def _is_told(key: str, known: set[str], block: Block) -> bool:
    """Say whether the block is of a subtest, or of a crashed worker, whose test is known by its own name."""
    return any(key.startswith((f"{name} [", f"{name} (")) for name in (key.split(" ")[0],) if name in known) or any(
        "crashed while running" in line for line in block.lines[:3]
    )


def _word(block: Block) -> str:
    return "ERROR" if block.title.startswith("ERROR ") else "FAILED"


def _node(key: str, block: Block) -> str:
    """Make up the id of a test from its header and the first place that its traceback names."""
    if block.title.startswith(_COLLECTING):
        return key
    place = next((match[1] for match in map(_PLACE.match, block.lines) if match), "")
    base, bracket, parameters = key.partition("[")
    return f"{place}::{base.replace('.', '::')}{bracket}{parameters}"


def _first_id(text: str) -> str:
    head = without_percentage(text)
    return head if head.endswith("]") else head.split(" ")[0]


def _result(node: str, execution: _Execution) -> TestResult:
    file, class_name, name = split_id(node)
    result = TestResult(
        suite=SUITE,
        class_name=class_name,
        name=name,
        outcome=execution.outcome,
        file=file or None,
        line=execution.number,
    )
    if not execution.outcome.is_bad:
        return result
    block = execution.block
    return replace(
        result,
        line=block.number if block else execution.number,
        message=(_message(block) if block else None) or execution.message[:LONGEST_MESSAGE] or None,
        stack_trace=cut(_traceback(block), 16_000) if block else None,
    )


def _traceback(block: Block) -> list[str]:
    """Leave out what the test printed: it is no part of the failure."""
    end = next((index for index, line in enumerate(block.lines) if _CAPTURED.match(line)), len(block.lines))
    return block.lines[:end]


def _message(block: Block) -> str | None:
    """Return the last run of lines that pytest marks with E: of a chain of exceptions the one that ended the test."""
    lines = _traceback(block)
    last = max((index for index, line in enumerate(lines) if _is_error(line)), default=None)
    if last is None:
        return next((line.strip()[:LONGEST_MESSAGE] for line in reversed(lines) if line.strip()), None)
    first = last
    while first and _is_error(lines[first - 1]):
        first -= 1
    said = [line[1:] for line in lines[first : last + 1]]
    indent = len(said[0]) - len(said[0].lstrip())
    return cut([line[indent:] if not line[:indent].strip() else line.strip() for line in said], LONGEST_MESSAGE)


def _is_error(line: str) -> bool:
    return line == "E" or line.startswith("E  ")
