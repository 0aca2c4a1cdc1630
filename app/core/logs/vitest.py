"""Reads what vitest prints: the rows of its tests, the sections of its failures, the counts at the end.

The sections name every failure by its whole path; rows say what else ran, how long it took and how often it was run again.
"""

import re
from collections import defaultdict, deque
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, MOST_FAILURES, MOST_TESTS, Block, Session, cut
from app.core.logs.telling import Telling, Told
from app.core.logs.vitest_rows import JOINT, MARKS, Row, VitestRows
from app.core.model import Outcome

_RUN = re.compile(r" (?:RUN|DEV) {2}v\d\S* .*")
_SECTION = re.compile(r"⎯{1,200} (Failed Suites|Failed Tests|[A-Z][A-Za-z ]{2,60}?)(?: \d{1,7})? ⎯{1,200}")
_FAIL = re.compile(r" FAIL (?: (?:\|[^|]{1,80}\| | [^ ](?:.{0,78}[^ ])? {2})?|\|[^|]{1,80}\| {2})(\S.*)")
# What only vitest prints: a file and a path within it. Where nothing stood above it, the head of the log is missing.
_HEADLESS = re.compile(r"\S{1,300}\.[a-z]{2,4} > \S.*")
_BLOCK_END = re.compile(r"⎯{1,200}(?:\[\d{1,7}/\d{1,7}\]⎯{1,200})?")
_TOTALS = re.compile(r" *(Test Files|Tests) {2}(\d.*?)(?: \((\d{1,9})\))?")
_COUNT = re.compile(r"(\d{1,9}) ([a-z]{4,10})(?: \||$)")
_FAILED_SECTIONS = ("Failed Suites", "Failed Tests")
_NO_FILES = "No test files found"


class VitestReader:
    """Reads the vitest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b" Failed Tests ",
        b" Failed Suites ",
        b" Test Files ",
        b"vitest",
        b" FAIL  ",
        b" FAIL |",
    )

    def __init__(self) -> None:
        self._telling = Telling("vitest")
        self._start()

    def _start(self) -> None:
        self._rows = VitestRows()
        self._is_running = False
        self._section: str | None = None
        self._heads: list[Told] = []
        self._block: Block | None = None
        self._untold: defaultdict[tuple[str, str], deque[Told]] = defaultdict(deque)
        self._known: dict[tuple[str, str], Told] = {}
        self._partial: dict[str, list[Told]] = {}
        self._retried: set[tuple[str, str]] = set()
        self._passes: int | None = None
        self._failures = self._again = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("⎯"):
            self._read_rule(text)
        elif text.startswith(" ") and self._read_indented(line):
            return
        elif self._block is not None and (text or self._block.lines):
            self._block.add(text)
        elif text.startswith(_NO_FILES):
            self._telling.stopped = "vitest found no test files"
        else:
            self._rows.interrupt()

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        return self._telling.take()

    def _read_indented(self, line: Line) -> bool:
        """Take a line with a space before it, and tell whether it was vitest's own."""
        text = line.text
        if text.startswith(" FAIL ") and (fail := _FAIL.fullmatch(text)) and self._is_of_list(fail[1]):
            self._open_failure(fail[1], line.number)
        elif (text.startswith(" Test Files  ") or "  Tests  " in text[:14]) and (totals := _TOTALS.fullmatch(text)):
            self._read_totals(totals)
        elif text.startswith((" RUN  v", " DEV  v")) and _RUN.fullmatch(text):
            self._close()
            self._is_running = True
        elif self._is_running and self._section is None and text.lstrip(" ")[:1] in MARKS + "→·":
            self._read_row(line)
        else:
            return False
        return True

    def _is_of_list(self, said: str) -> bool:
        """Tell whether the head of a failure stands in the list of failures, or in what was left of a log that was cut."""
        if self._section is None and not self._is_running and _HEADLESS.fullmatch(said):
            self._section = "Failed Tests"
        return self._section in _FAILED_SECTIONS

    def _read_rule(self, text: str) -> None:
        section = _SECTION.fullmatch(text)
        if section is not None:
            self._section, self._block, self._heads = section[1], None, []
        elif _BLOCK_END.fullmatch(text) and "[" in text:
            self._block, self._heads = None, []
        elif self._block is not None:
            self._block.add(text)

    def _read_row(self, line: Line) -> None:
        row = self._rows.read(line.text)
        if row is None:
            return
        key = (row.file, row.name)
        if row.retries:
            self._retried.add(key)
        if row.is_partial and not row.outcome.is_bad and not row.retries:
            return
        for _ in range(row.retries):
            self._add(_told(row, Outcome.FAILED, line.number), is_last=False)
        test = _told(row, row.outcome, line.number)
        test.duration_ms = row.duration_ms
        self._add(test)
        if row.is_partial and row.outcome.is_bad:
            self._partial.setdefault(row.file, []).append(test)

    def _add(self, test: Told, *, is_last: bool = True) -> None:
        self._telling.add(test)
        if is_last and test.outcome.is_bad and len(self._known) < MOST_TESTS:
            self._untold[test.class_name, test.name].append(test)
            self._known[test.class_name, test.name] = test

    def _open_failure(self, said: str, number: int) -> None:
        """Take the head of an error: several stand above it where several tests failed of it."""
        if self._block is None or self._block.lines:
            self._block = Block(said, number) if len(self._known) < MOST_FAILURES else None
            self._heads = []
        file, _, name = said.partition(JOINT)
        is_suite = self._section == "Failed Suites"
        if not name:
            file = name = file.partition(" [ ")[0].strip()
        test = self._known_test(file, name) or Told(
            name=name,
            outcome=Outcome.ERROR if is_suite else Outcome.FAILED,
            number=number,
            suite=file,
            class_name=file,
            file=file,
        )
        self._tell(test, number)

    def _tell(self, test: Told, number: int) -> None:
        key = (test.class_name, test.name)
        if key not in self._known:
            self._known[key] = test
            self._telling.add(test)
        if test.block is None:
            test.block, test.number = self._block, number
        elif test.block is not self._block:
            # Another error of the same test, or a namesake in another project.
            self._again += 1
            self._block = test.block
            self._block.add("")
        self._heads.append(test)

    def _known_test(self, file: str, name: str) -> Told | None:
        """Return the execution that a row told of: by its whole name, or by its title where it told no more."""
        untold = self._untold.get((file, name))
        if untold:
            return untold.popleft()
        for test in self._partial.get(file, ()):
            if test.block is None and (name == test.name or name.endswith(JOINT + test.name)):
                self._rename(test, name)
                return test
        return self._known.get((file, name))

    def _rename(self, test: Told, name: str) -> None:
        was = (test.class_name, test.name)
        for other in self._telling.tests if was in self._retried else ():
            if (other.class_name, other.name) == was and other is not test:
                other.name = name
        self._known.pop(was, None)
        test.name = name
        self._known[test.class_name, name] = test

    def _read_totals(self, totals: re.Match[str]) -> None:
        counts = {word: int(count) for count, word in _COUNT.findall(totals[2])}
        of, ran = int(totals[3] or 0), sum(counts.values())
        what = "test files" if totals[1] == "Test Files" else "tests"
        if ran < of and self._telling.stopped is None:
            self._telling.stopped = f"vitest ran {ran} of {of} {what}"
        self._section = self._block = None
        if what == "tests":
            self._passes, self._failures = counts.get("passed", 0), counts.get("failed", 0)
            self._close()

    def _close(self) -> None:
        """End the session; of a test that failed and was not run again no pass is kept, which is a namesake's.

        A failure of which only the title was told, since the log was cut before its section, is left out.
        """
        partial = {(one.class_name, one.name) for tests in self._partial.values() for one in tests if one.block is None}
        self._telling.tests = [one for one in self._telling.tests if (one.class_name, one.name) not in partial]
        bad = {(one.class_name, one.name) for one in self._telling.tests if one.outcome.is_bad} - self._retried
        kept = [one for one in self._telling.tests if one.outcome.is_bad or (one.class_name, one.name) not in bad]
        self._telling.tests = kept
        for test in kept:
            test.message = _message(test.block) if test.block else None
        if kept or self._passes is not None or self._telling.stopped:
            failures = max(self._failures - self._again, 0)
            self._telling.close(is_complete=self._passes is not None, passes=self._passes or 0, failures=failures)
        self._start()


def _told(row: Row, outcome: Outcome, number: int) -> Told:
    return Told(name=row.name, outcome=outcome, number=number, suite=row.file, class_name=row.file, file=row.file)


def _message(block: Block) -> str | None:
    """Return what stands before the place of the error."""
    end = next((at for at, line in enumerate(block.lines) if line.startswith((" ❯ ", "⎯"))), len(block.lines))
    return cut(block.lines[:end], LONGEST_MESSAGE)
