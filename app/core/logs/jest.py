"""Reads what jest prints: a line for each file, the tree of its tests where it is verbose, and a block for each error."""

import re
from collections import deque
from dataclasses import dataclass, field
from typing import ClassVar

from app.core.logs.clean import GROUP, Line
from app.core.logs.session import LONGEST_MESSAGE, LONGEST_STACK, MOST_TESTS, Block, Session, cut
from app.core.model import Outcome, TestResult

_FILE = re.compile(r" ?(PASS|FAIL) +(?:\S+ )?(\S*[./\\]\S*)(?: \(\d[\d.:]* ?(?:m?s|MB)(?:, \d+ MB heap size)?\))?")
_LEAF = re.compile(r"( +)([✓√✕×○✎]) (\S.*)")
_OUTCOMES = {
    "✓": Outcome.PASSED,
    "√": Outcome.PASSED,
    "✕": Outcome.FAILED,
    "×": Outcome.FAILED,
    "○": Outcome.SKIPPED,
    "✎": Outcome.SKIPPED,
}
_DURATION = re.compile(r" \((\d+(?:\.\d+)?) ?(ms|s|m)\)$")
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000}
_BULLET = "  ● "
_NO_TEST = re.compile(
    r"Console$|Validation Warning|Validation Error|Deprecation Warning|Multiple configurations|process\.exit called"
    r"| ?Cannot log after tests are done|\d+ snapshots? (?:file )?obsolete|Obsolete snapshot"
)
_SUITE_FAILED = "Test suite failed to run"
_REPEATED = "Summary of all failing tests"
# The reporter for GitHub's actions puts the errors of each file into a group, which another reporter may have told before.
_GROUP = "Errors thrown in "
_PASSED, _FAILED = re.compile(r" (\d+) passed,"), re.compile(r" (\d+) failed,")
_TOTAL = re.compile(r"Tests: +(?:\d+ [a-z]+, )*\d+ total")
_NOTHING_RAN = re.compile(r"Tests: +0 total")
_SUITES = re.compile(r"Test Suites: +(?:\d+ [a-z]+, )*(\d+)(?: of (\d+))? total")
_INTERRUPTED = "Test run was interrupted."
_AFTER_MESSAGE = re.compile(r"\s*+(?:(?:>\s*+)?\d+ \||at \S)")
_JOINT = " › "
# jest.retryTimes with logErrorsBeforeRetry: the full name of a test, and below it one block for each failed execution.
_RETRIED = re.compile(r" ?LOGGING RETRY ERRORS +(\S.*)")
_RETRY = re.compile(r" ?RETRY \d+")


@dataclass(slots=True)
class _Test:
    """One execution while its file is being read; its path names the describes, outermost first."""

    file: str
    path: tuple[str, ...]
    outcome: Outcome
    number: int
    duration_ms: int | None = None
    block: Block | None = None
    is_retried: bool = False


@dataclass(slots=True)
class _Failed:
    """The failures of one name in one file: those whose error is not told yet, and the blocks of those that are."""

    untold: deque[_Test] = field(default_factory=deque)
    told: list[Block] = field(default_factory=list)


class JestReader:
    """Reads the jest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"PASS", b"FAIL", b"Tests:", b"RETRY")

    def __init__(self) -> None:
        self._done: list[Session] = []
        self._start()

    def _start(self) -> None:
        self._tests: list[_Test] = []
        self._failed: dict[tuple[str, str], _Failed] = {}
        self._file: str | None = None
        self._file_failed = False
        self._describes: list[str] | None = None
        self._block: Block | None = None
        self._is_repeating = False
        self._again = 0
        self._is_group = False
        self._retried: str | None = None
        self._retries: list[_Test] = []
        self._stopped: str | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        file = _FILE.fullmatch(text) if text.lstrip(" ").startswith(("PASS ", "FAIL ")) else None
        if file is not None:
            self._open_file(file[2].removeprefix("./"), is_failed=file[1] == "FAIL")
        elif line.tag == GROUP and text.startswith(_GROUP):
            self._open_file(text.removeprefix(_GROUP), is_failed=True)
            self._describes, self._is_group = None, True
        elif "RETRY " in text and self._read_retry(line):
            return
        elif self._file is not None or self._retried is not None or text.startswith("Test"):
            self._read_below(line)

    def _read_below(self, line: Line) -> None:
        """Take a line that stands below the line of a file."""
        text = line.text
        if text.startswith(_BULLET):
            self._read_bullet(text.removeprefix(_BULLET).strip(), line.number)
        elif text.startswith(("Test", _REPEATED)) and self._read_total(text):
            return
        elif text.startswith(_REPEATED):
            self._is_repeating, self._block = True, None
        elif self._describes is not None:
            self._read_tree(line)
        elif self._block is not None:
            self._block.add(text.removeprefix("    "))

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._tests:
            self._close(is_complete=False)
        done, self._done = self._done, []
        self._start()
        return done

    def _open_file(self, file: str, *, is_failed: bool) -> None:
        self._file, self._file_failed, self._is_group = file, is_failed, False
        for test in self._retries:
            test.file = file
        self._retried, self._retries = None, []
        self._describes = None if self._is_repeating else []
        self._block = None

    def _read_retry(self, line: Line) -> bool:
        """Read the head of an error before a retry; jest prints them before the line of their file."""
        retried = _RETRIED.fullmatch(line.text)
        if retried is not None:
            self._retried, self._block, self._describes = retried[1], None, None
        elif self._retried is not None and _RETRY.fullmatch(line.text) and len(self._tests) < MOST_TESTS:
            self._block = Block(self._retried, line.number)
            test = _Test("", (self._retried,), Outcome.FAILED, line.number, block=self._block, is_retried=True)
            self._tests.append(test)
            self._retries.append(test)
        else:
            return False
        return True

    def _read_tree(self, line: Line) -> None:
        """Read a line of the tree below a file; two spaces a level, and an empty line after its end."""
        describes = self._describes if self._describes is not None else []
        level = (len(line.text) - len(line.text.lstrip(" "))) // 2 - 1
        leaf = _LEAF.fullmatch(line.text)
        if level < 0 or level > len(describes):
            self._describes = None
        elif leaf is not None:
            self._add_leaf(leaf, tuple(describes[:level]), line.number)
        else:
            self._describes = [*describes[:level], line.text.strip()]

    def _add_leaf(self, leaf: re.Match[str], describes: tuple[str, ...], number: int) -> None:
        mark, said = leaf[2], leaf[3]
        duration = _DURATION.search(said)
        name = said[: duration.start()] if duration else said
        if _OUTCOMES[mark] is Outcome.SKIPPED:
            name = name.removeprefix("skipped ").removeprefix("todo ")
        milliseconds = round(float(duration[1]) * _MILLISECONDS[duration[2]]) if duration else None
        self._add(_Test(self._file or "", (*describes, name), _OUTCOMES[mark], number, milliseconds))

    def _add(self, test: _Test) -> None:
        if len(self._tests) >= MOST_TESTS:
            return
        self._tests.append(test)
        if test.outcome.is_bad:
            failed = self._failed.setdefault((test.file, _JOINT.join(test.path)), _Failed())
            if test.block is None:
                failed.untold.append(test)
            else:
                failed.told.append(test.block)

    def _read_bullet(self, title: str, number: int) -> None:
        """Read the head of an error: jest prints one for each error of a test, and all of them again at the end."""
        self._describes = None
        self._block = None
        if _NO_TEST.match(title) or not self._file_failed or self._file is None:
            return
        known = self._failed.get((self._file, title))
        if known is not None and (self._is_repeating or (self._is_group and not known.untold)):
            return
        self._block = Block(title, number)
        if known is None:
            outcome = Outcome.ERROR if title == _SUITE_FAILED else Outcome.FAILED
            self._add(_Test(self._file, tuple(title.split(_JOINT)), outcome, number, block=self._block))
        elif known.untold:
            test = known.untold.popleft()
            test.block, test.number = self._block, number
            known.told.append(self._block)
        else:
            # Another error of the same test, or a namesake, as of another project.
            self._again += 1
            self._block = known.told[-1]
            self._block.add("")

    def _read_total(self, text: str) -> bool:
        suites = _SUITES.match(text)
        if suites is not None and suites[2] and suites[1] != suites[2]:
            self._stopped = f"jest ran {suites[1]} of {suites[2]} test files"
        if text.startswith(_INTERRUPTED):
            self._stopped = "jest was interrupted"
        if _NOTHING_RAN.match(text) and self._tests:
            # What none of the files could be loaded for is no matter of a test: a module that is missing, a wrong setting.
            self._stopped = (
                self._stopped or f"none of the test files could be loaded, the first is {self._tests[0].file}"
            )
            self._tests.clear()
        if _TOTAL.match(text):
            passed, failed = _PASSED.search(text), _FAILED.search(text)
            passes, failures = (int(count[1]) if count else 0 for count in (passed, failed))
            self._close(is_complete=True, passes=passes, failures=max(failures - self._again, 0))
            return True
        return suites is not None

    def _close(self, *, is_complete: bool, passes: int = 0, failures: int = 0) -> None:
        results = tuple(_result(test) for test in _with_retries(self._tests, is_complete=is_complete))
        self._done.append(
            Session(
                runner="jest",
                results=results,
                is_complete=is_complete,
                stopped_early=self._stopped,
                passes=passes,
                failures=failures,
            )
        )
        self._start()


def _with_retries(tests: list[_Test], *, is_complete: bool) -> list[_Test]:
    """Give the retried executions the paths of their tests, of which jest prints only the parts joined by spaces.

    A retried test that is named nowhere else passed in the end: each failure is.
    """
    paths = {(test.file, " ".join(test.path)): test.path for test in tests if not test.is_retried}
    passed: dict[tuple[str, str], _Test] = {}
    for test in tests:
        key = (test.file, test.path[0])
        if test.is_retried and key in paths:
            test.path = paths[key]
        elif test.is_retried and is_complete:
            passed[key] = _Test(test.file, test.path, Outcome.PASSED, test.number)
    return [*tests, *passed.values()]


def _result(test: _Test) -> TestResult:
    """Name the test by its describes and its title; what kept a whole file from running is named by the file."""
    *describes, name = test.path
    is_suite = test.outcome is Outcome.ERROR
    block = test.block
    return TestResult(
        suite=describes[0] if describes else "",
        class_name=test.file if is_suite else " ".join(describes),
        name=name,
        outcome=test.outcome,
        file=test.file or None,
        line=test.number,
        duration_ms=test.duration_ms,
        message=_message(block.lines) if block else None,
        stack_trace=cut(block.lines, LONGEST_STACK) if block else None,
    )


def _message(lines: list[str]) -> str | None:
    """Return what stands before the excerpt of the code and the stack."""
    end = next((index for index, line in enumerate(lines) if _AFTER_MESSAGE.match(line)), len(lines))
    return cut([line.rstrip() for line in lines[:end]], LONGEST_MESSAGE)
