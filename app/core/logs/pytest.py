"""Reads what pytest prints: where a session begins and ends, and which of its sections says what."""

import re
from collections import deque
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.pytest_blocks import read_header
from app.core.logs.pytest_names import is_id, read_progress, read_summary, without_percentage
from app.core.logs.pytest_tests import Execution, Tests
from app.core.logs.session import Block, Session
from app.core.model import TestResult

_RULE = re.compile(r"=+ (\S.*?) =+")
_COUNTS = r"\d+ [a-z-]+(?: [a-z]+)?(?:, \d+ [a-z-]+(?: [a-z]+)?)*"
_END = re.compile(rf"(?:no tests ran|{_COUNTS}) in \d+(?:\.\d+)? ?s(?:econds?)?(?: \([\dday:, ]+\))?")
_QUIET_END = re.compile(r"\d+ (?:passed|failed|skipped|errors?|xfailed|xpassed|deselected)\b")
# How pytest-sugar and pytest-pretty end a session: a line for each outcome, and below it what sugar lists.
_RESULTS = re.compile(r"Results \(\d{1,9}(?:\.\d{1,9})?s\):")
_COUNTED = re.compile(r" {1,9}(\d{1,9}) (passed|failed|errors?|skipped|xfailed|xpassed|deselected|rerun)")
_LISTED = "         - "
_START = "test session starts"
_SUGAR = "Test session starts (platform: "
_SUMMARY = "short test summary info"
_BAD = ("FAILURES", "ERRORS", "RERUNS")
_TOLD = (*_BAD, "XFAILURES", "XPASSES", "PASSES")
_OTHER = ("warnings summary", "slowest ", "tests coverage", "coverage:", "rerun test summary")
# pytest-timeout, by its method thread, shows all stacks between two such rules and ends the process.
_TIMEOUT = re.compile(r"(.*?) ?\++ Timeout \++")
_TIMED_OUT = "Timeout"
_STOPPED = re.compile(r"!+ (stopping after \d+ failures?|Interrupted: .*|KeyboardInterrupt|\S*Exit: .*) !+")
_PASSES, _FAILURES = re.compile(r"(\d{1,9}) passed"), re.compile(r"(\d{1,9}) (?:failed|errors?)\b")
_LOOSE = ("FAILED ", "ERROR ")
_ROOT = "rootdir: "
_MOST_INNER = 10_000


class PytestReader:
    """Reads the pytest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"test session starts",
        b" passed",
        b" failed",
        b" error",
        b" skipped",
        b"no tests ran",
        b"FAILED",
        b"ERROR",
    )

    def __init__(self) -> None:
        self._done: list[Session] = []
        self._session: _Session | None = None
        self._is_last_started = self._is_last_told = False
        self._loose: deque[Line] = deque(maxlen=_MOST_INNER)

    @property
    def is_quoting(self) -> bool:
        """Say whether pytest is repeating what its own tests printed."""
        return self._session is not None and self._session.has_start and self._session.is_telling

    def read(self, line: Line) -> None:
        """Take the next line."""
        if self._session is not None and self._session.is_counting and not self._session.read_count(line.text):
            self._close()
        session = self._session
        title = _START if line.text.startswith(_SUGAR) else _title(line.text)
        if title == _START and not (session and session.is_telling):
            self._close()
            self._session = _Session(has_start=True)
            self._is_last_started = False
            return
        if session is None:
            if line.text.startswith(_LOOSE):
                self._loose.append(line)
            if not _opens(title, line.text):
                return
            session = self._session = self._next(has_rule=_is_end(title, line.text) and title is not None)
        session.read(line, title)
        if session.is_complete and not session.is_counting:
            self._close()

    def _next(self, *, has_rule: bool) -> "_Session":
        """Begin a session that has no line to start it.

        A summary in a rule after the one that ended a session is that session's own, and the one before it what a test
        printed: only a session that is quiet has no first line, and its summary has no rule.
        """
        is_told_again = has_rule and self._is_last_started
        last = self._done.pop().results if is_told_again else ()
        told = last if self._is_last_told else ()
        return _Session(has_start=False, loose=tuple(self._loose) if has_rule and not is_told_again else (), told=told)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        done, self._done = self._done, []
        self._is_last_started = False
        return done

    def _close(self) -> None:
        session, self._session = self._session, None
        if session is not None and session.is_believed:
            self._done.append(session.told())
            self._is_last_started, self._is_last_told = session.has_start, session.is_telling
        self._loose.clear()


class _Session:
    def __init__(self, *, has_start: bool, loose: tuple[Line, ...] = (), told: tuple[TestResult, ...] = ()) -> None:
        self.is_complete = False
        self.has_start = has_start
        self._loose = loose
        self._before = told
        self._passes = self._failures = 0
        self._section = ""
        self._inner_sessions = 0
        self._inner: list[Line] = []
        self._tests = Tests()
        self._block: Block | None = None
        self._awaited = ""
        self._stopped: str | None = None
        self._has_results = False

    @property
    def is_counting(self) -> bool:
        """Say whether the lines that count the outcomes may go on."""
        return self._has_results and self.is_complete

    def read_count(self, text: str) -> bool:
        """Take a line that counts an outcome; False where it is none, nor one of the list below it."""
        counted = _COUNTED.fullmatch(text)
        if counted is not None and counted[2] == "passed":
            self._passes = int(counted[1])
        elif counted is not None and counted[2].startswith(("failed", "error")):
            self._failures += int(counted[1])
        return counted is not None or text.startswith(_LISTED)

    @property
    def is_telling(self) -> bool:
        """Say whether a section is open in which tests are quoted, so that any line may be theirs."""
        return self._section in _TOLD

    @property
    def is_believed(self) -> bool:
        return self.has_start or self.is_complete or bool(self._tests)

    def read(self, line: Line, title: str | None) -> None:
        if self.is_counting:
            return
        if self._has_results and _COUNTED.fullmatch(line.text):
            self.is_complete = self.read_count(line.text)
            return
        self._has_results = (
            (self.has_start or self.is_telling)
            and not self._inner_sessions
            and _RESULTS.fullmatch(line.text) is not None
        )
        if self.is_telling and (title == _START or self._inner_sessions):
            self._read_inner(line, title)
        elif _is_end(title, line.text) and not (self.is_telling and title is None and self.has_start):
            self.is_complete = True
            passes = _PASSES.search(title or line.text)
            self._passes = int(passes[1]) if passes else 0
            self._failures = sum(map(int, _FAILURES.findall(title or line.text)))
        elif title is not None and (title in (*_TOLD, _SUMMARY) or title.startswith(_OTHER)):
            self._section = title
            self._block = None
        else:
            self._read_text(line)

    def told(self) -> Session:
        for line in self._loose if self.is_complete else self._inner:
            self._read_summary(line)
        return Session(
            runner="pytest",
            # Versions that print no summary named what failed before the line that a test printed.
            results=self._tests.results(is_complete=self.is_complete) or self._before,
            is_complete=self.is_complete,
            stopped_early=self._stopped,
            passes=self._passes,
            # A subtest counts as a failure of its own, and so does an error of a test that failed before.
            failures=self._failures if self._failures > self._tests.bad_ends else 0,
        )

    def _read_text(self, line: Line) -> None:
        stopped = _STOPPED.fullmatch(line.text) if line.text.startswith("!") else None
        if stopped:
            self._stopped = self._stopped or stopped[1][:200]
        elif line.text.endswith("++") and (timeout := _TIMEOUT.fullmatch(line.text)) and not self._section:
            self._time_out(timeout[1], line.number)
        elif self.is_telling:
            self._read_told(line)
        elif self._section == _SUMMARY:
            self._read_summary(line)
        elif self._section:
            return
        elif "::" in line.text or self._awaited:
            self._read_progress(line)
        elif line.text.startswith(_ROOT):
            self._tests.root = line.text.removeprefix(_ROOT).split(",", maxsplit=1)[0]

    def _time_out(self, named: str, number: int) -> None:
        """Tell of the test that ran when the process was ended, which verbose progress names in the same line or before."""
        node = named if is_id(named) else self._awaited
        self._section, self._awaited, self._stopped = _TIMED_OUT, "", "a test timed out"
        if node:
            self._tests.take_progress(node, Execution("FAILED", number, "Timeout"))

    def _read_inner(self, line: Line, title: str | None) -> None:
        """Pass over the session of a test that tests a runner.

        One that never ends would take the outer one's summary with it, so the last summary is kept until it is known.
        """
        if title == _START:
            self._inner_sessions += 1
        elif title is not None and _END.fullmatch(title):
            self._inner_sessions -= 1
        elif title == _SUMMARY:
            self._inner.clear()
        elif line.text.startswith(("FAILED ", "ERROR ")) and len(self._inner) < _MOST_INNER:
            self._inner.append(line)
        if self._block is not None:
            self._block.add(line.text)

    def _read_progress(self, line: Line) -> None:
        found = read_progress(line.text)
        if found is None:
            # What the test prints, or logs, stands between its name and its end.
            self._awaited = _first_id(line.text) if is_id(line.text) else self._awaited
            return
        node = found[0] or self._awaited
        self._awaited = ""
        if node:
            self._tests.take_progress(node, Execution(found[1], line.number))

    def _read_summary(self, line: Line) -> None:
        found = read_summary(line.text)
        if found is not None:
            node, word, message = found
            self._tests.take_summary(node, Execution(word, line.number, message))

    def _read_told(self, line: Line) -> None:
        title = read_header(line.text)
        if title is None:
            if self._block is not None:
                self._block.add(line.text)
            return
        self._block = Block(title, line.number)
        if self._section in _BAD:
            self._tests.open(self._block, is_rerun=self._section == "RERUNS")


def _title(text: str) -> str | None:
    rule = _RULE.fullmatch(text) if text.startswith("=") else None
    return rule[1] if rule else None


def _opens(title: str | None, text: str) -> bool:
    """Say whether a session shows itself that has no line to start it: `-q` prints none."""
    if title is None:
        is_progress = ".py::" in text and text.endswith("%]") and read_progress(text) is not None
        return is_progress or (_QUIET_END.match(text) is not None and _END.fullmatch(text) is not None)
    return title in (*_BAD, _SUMMARY) or _END.fullmatch(title) is not None


def _is_end(title: str | None, text: str) -> bool:
    said = text if title is None else title
    return (said[:1].isdigit() and _END.fullmatch(said) is not None) or said.startswith("no tests ran in ")


def _first_id(text: str) -> str:
    head = without_percentage(text)
    return head if head.endswith("]") else head.split(" ", maxsplit=1)[0]
