"""Reads what playwright prints through its reporters list, line, dot and github.

Only the list has a row for each execution. All have a block for each test that failed, with a part for each retry, and close
with lists of the tests that failed or were flaky, which decide: a row says how a test ended, not whether it was meant to.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.playwright_run import Attempt, PlaywrightRun, is_title, told
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

_RUNNING = re.compile(r"Running \d{1,7} tests? using \d{1,5} workers?(?:, shard \d{1,5} of \d{1,5})?")
_ROW = re.compile(r"  ([✓✘·-]|ok|x) {1,8}(?:\d{1,7} )?(\S.*)")
_HEAD = re.compile(r"  \d{1,6}\) (\S.*?)(?: [─=]{2,400})?")
_RETRY_HEAD = re.compile(r"    Retry #(\d{1,4})(?: [─=-]{2,400})?")
_LISTED = re.compile(r"    (\S.*?)(?: [─=]{2,400})?")
_COUNT = re.compile(
    r"  (\d{1,7}) (failed|flaky|skipped|did not run|interrupted|passed)(?: \(\d[\d.]{0,12}(?:ms|s|m|h|d)\))?"
)
_OUTSIDE = re.compile(r"  \d{1,6} errors? (?:was|were|not) .{0,20}part of any test.{0,40}")
_BEGUN = re.compile(r"\[\d{1,7}/\d{1,7}\] (?:\(retries\) )?(\S.*?)(?: \(retry #\d{1,4}\))?")
_TIME = re.compile(r" \((\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h)\)$")
_RETRY = re.compile(r" \(retry #(\d{1,4})\)$")
_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000}
_STOPPED = ("Timed out waiting ", "Testing stopped early after ")


class PlaywrightReader:
    """Reads the playwright sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b" tests using ", b" test using ", "] › ".encode())

    def __init__(self) -> None:
        self._telling = Telling("playwright")
        self._start(is_running=False)

    def _start(self, *, is_running: bool) -> None:
        self._run = PlaywrightRun()
        self._is_running = is_running
        self._title = ""
        self._block: Block | None = None
        self._list: str | None = None
        self._first_count: dict[str, int] = {}

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("  ") and " › " in text and self._read_title(line):
            return
        if text.startswith("  ") and (self._read_count(text) if self._is_running else self._read_first_count(text)):
            return
        if not self._is_running and text:
            self._list = None
        if text.startswith("Running ") and _RUNNING.fullmatch(text):
            self._close()
            self._start(is_running=True)
        elif text.startswith("[") and " › " in text and (begun := _BEGUN.fullmatch(text)):
            self._run.begin(begun[1])
            self._block = None
        elif text.startswith(_STOPPED) and self._is_running:
            self._telling.stopped = self._telling.stopped or f"playwright: {text[:200]}"
        elif self._block is not None:
            self._keep(self._block, line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        self._start(is_running=False)
        return self._telling.take()

    def _read_title(self, line: Line) -> bool:
        """Take a line that names a test: a row, the head of a block, or one of a closing list."""
        text = line.text
        listed = _LISTED.fullmatch(text) if self._list and text.startswith("    ") else None
        if listed is not None and self._list and is_title(listed[1]):
            self._is_running = True
            self._run.counts.update(self._first_count)
            self._run.put_on_list(self._list, listed[1], line.number)
            self._first_count = {}
            return True
        head = _HEAD.fullmatch(text) if text[2].isdigit() else None
        if head is not None and is_title(head[1]):
            self._is_running, self._title, self._list = True, head[1], None
            self._block = self._run.open_block(self._title, 0, line.number)
            return True
        row = _ROW.fullmatch(text) if self._is_running else None
        return row is not None and self._read_row(row, line.number)

    def _read_row(self, row: re.Match[str], number: int) -> bool:
        said = row[2]
        time = _TIME.search(said)
        said = said[: time.start()] if time else said
        retry = _RETRY.search(said)
        title = said[: retry.start()] if retry else said
        if not is_title(title):
            return False
        outcome = (
            Outcome.PASSED if row[1] in ("✓", "ok") else Outcome.FAILED if row[1] in ("✘", "x") else Outcome.SKIPPED
        )
        duration = round(float(time[1]) * _MILLISECONDS[time[2]]) if time else None
        self._run.add(Attempt(title, int(retry[1]) if retry else 0, outcome, number, duration))
        self._block = None
        return True

    def _read_first_count(self, text: str) -> bool:
        """Take the closing list for playwright's though nothing of its run was seen, where a test follows at once."""
        count = _COUNT.fullmatch(text) if text.endswith(" failed") else None
        self._list = "failed" if count else None
        self._first_count = {"failed": int(count[1])} if count else {}
        return count is not None

    def _read_count(self, text: str) -> bool:
        count = _COUNT.fullmatch(text) if text[2].isdigit() else None
        if count is not None:
            self._run.counts[count[2]] = int(count[1])
            self._list, self._block = count[2], None
            if count[2] == "did not run" and self._telling.stopped is None:
                self._telling.stopped = f"playwright did not run {count[1]} tests"
        elif text[2].isdigit() and _OUTSIDE.fullmatch(text):
            self._telling.stopped = "playwright had errors outside of any test"
        else:
            return False
        return True

    def _keep(self, block: Block, line: Line) -> None:
        retry = _RETRY_HEAD.fullmatch(line.text) if line.text.startswith("    Retry #") else None
        if retry is not None:
            self._block = self._run.open_block(self._title, int(retry[1]), line.number)
        else:
            block.add(line.text.removeprefix("    "))

    def _close(self) -> None:
        run = self._run
        attempts = run.attempts()
        if not attempts and not run.counts and not self._telling.stopped:
            return
        for attempt in attempts:
            self._telling.add(told(attempt))
        passes = run.counts.get("passed", 0) + run.counts.get("flaky", 0)
        failures = max(run.counts.get("failed", 0) - run.repeated, 0)
        self._telling.close(is_complete=bool(run.counts), passes=passes, failures=failures)
