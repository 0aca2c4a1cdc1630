"""Reads the Test Anything Protocol and what Perl's harness (prove, `make test`) makes of it.

Producers are Perl's Test::More, pgTAP, PostgreSQL's pg_regress since 16, Bats, tape, node-tap and node's own runner. A
point with points of its own (a subtest) is a group: it counts only where it failed and none of them did.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.prove import Script, read_complaint, read_script, read_summary
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.tap_points import Point, message, place, read_point
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_PLAN = re.compile(r"( {0,80})1\.\.(\d{1,7})(?: {0,9}#.*)?")
_SUBTEST = "# Subtest: "
_TIMED = re.compile(r" {2,90}duration_ms: (\d{1,12}(?:\.\d{1,20})?)")
_BAILED = ("Bail out!", "FAILED--Further testing stopped", "Bailout called.")
_RESULTS = ("Result: FAIL", "Result: PASS", "Result: NOTESTS", "All tests successful.")
_REPORT = "Test Summary Report"
_JOINT = " > "


class TapReader:
    """Reads the TAP of one step: each stream is a session, and each run of the harness is one."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"not ok ",
        b"TAP version 1",
        b"Failed test",
        b"Test Summary Report",
        b"Dubious, test returned",
        b"ok 1 ",
    )

    def __init__(self) -> None:
        self._telling = Telling("tap")
        self._harness: set[str] | None = None
        self._script = ""
        self._waiting: list[Told] = []
        self._complaints: list[Told] = []
        self._start()

    def _start(self) -> None:
        self._has_version = False
        self._plan: int | None = None
        self._points = self._last = 0
        self._bad: dict[int, bool] = {}
        self._groups: dict[int, str] = {}
        self._buffered: int | None = None
        self._opened: dict[int, tuple[Point, int]] = {}
        self._title = ""
        self._test: Told | None = None
        self._depth = 0
        self._is_open = self._is_yaml = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._is_yaml and text[: self._depth + 2].isspace():
            # What a test printed stands there too, and may be TAP itself.
            self._keep(text)
        elif text.endswith("}") and text.strip() == "}" and len(text) - 1 in self._opened:
            self._end_group(len(text) - 1)
        elif "ok " in text and (point := read_point(text, self._due)):
            self._read_point(point, line.number)
        elif "#" in text and text.lstrip().startswith("#"):
            self._read_comment(line)
        elif text.startswith("TAP version ") or "1.." in text:
            self._read_start(text)
        elif self._is_open and (not text or text[:1] == " "):
            self._keep(text)
        elif " .." in text and (script := read_script(text)):
            self._read_script(script, line.number)
        elif self._harness is not None or self._script or text == _REPORT or text.startswith(_BAILED):
            self._read_end(line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._close()
        # A harness that was cut off leaves failures behind that name their script themselves.
        self._complaints = [one for one in self._complaints if self._harness is not None or one.suite]
        self._waiting = [one for one in self._waiting if self._harness is not None]
        self._tell_waiting()
        self._harness, self._script = None, ""
        return self._telling.take()

    @property
    def _due(self) -> int | None:
        """Return the number of a point that bears none, as it may in a stream that says it is one."""
        return self._last + 1 if self._has_version and not self._script else None

    def _keep(self, text: str) -> None:
        if text.endswith(("---", "...")) and text.strip() in ("---", "...") and len(text) == self._depth + 5:
            self._is_yaml = text.endswith("---")
            self._is_open = self._is_yaml
        test = self._test
        if test is None:
            return
        if test.duration_ms is None and "duration_ms" in text and (timed := _TIMED.fullmatch(text)):
            test.duration_ms = round(float(timed[1]))
        if test.block is not None:
            test.block.add(text[self._depth :])

    def _read_start(self, text: str) -> None:
        plan = _PLAN.fullmatch(text)
        if text.startswith("TAP version "):
            self._close()
            self._has_version = True
        elif plan is not None and not plan[1]:
            if self._plan is not None:
                self._close()
            self._plan = int(plan[2])
            self._is_open = False
        elif plan is None and self._is_open and text[:1] == " ":
            self._keep(text)

    def _read_point(self, point: Point, number: int) -> None:
        is_top = not point.depth
        # Mocha gives a hook that failed the number of the next test; a stream with a version goes on up to its plan.
        is_open = self._has_version and self._plan is None
        is_back = point.number < self._last or point.number == self._last == 1
        if is_top and self._points and is_back and not is_open:
            self._close()
        if is_top:
            self._points += 1
            self._last = point.number
        deeper = [depth for depth in self._bad if depth > point.depth]
        if self._buffered == point.depth:
            # Those below are points of the one before.
            self._buffered, deeper = None, []
        is_told = any(self._bad[depth] for depth in deeper)
        self._bad = {depth: is_bad for depth, is_bad in self._bad.items() if depth <= point.depth}
        self._bad[point.depth] = self._bad.get(point.depth, False) or point.outcome.is_bad
        self._groups = {depth: name for depth, name in self._groups.items() if depth <= point.depth}
        parents = [name for depth, name in self._groups.items() if depth < point.depth]
        self._groups.pop(point.depth, None)
        self._is_open, self._is_yaml, self._depth, self._test = True, False, point.depth, None
        if point.is_group:
            # A buffered subtest stands behind the point that it decides.
            self._groups[point.depth] = point.name
            self._buffered = point.depth
            self._opened[point.depth] = (point, number)
        elif not deeper or (point.outcome.is_bad and not is_told):
            self._test = self._tell(point, parents, number)

    def _end_group(self, depth: int) -> None:
        """End a buffered subtest: it counts where it failed and none of its points did, as with a hook."""
        point, number = self._opened.pop(depth)
        is_told = any(is_bad for at, is_bad in self._bad.items() if at > depth)
        self._bad = {at: is_bad for at, is_bad in self._bad.items() if at <= depth}
        self._groups = {at: name for at, name in self._groups.items() if at < depth}
        self._buffered = self._test = None
        self._is_open = False
        if point.outcome.is_bad and not is_told:
            self._tell(point, list(self._groups.values()), number)

    def _tell(self, point: Point, parents: list[str], number: int) -> Told:
        if self._title and self._has_version and not point.is_dashed:
            # tape writes the name of a test as a comment, and its assertions as points without a dash.
            parents = [*parents, self._title]
        told = Told(
            class_name=_JOINT.join([*([self._script] if self._script else []), *parents]),
            suite=self._script or (parents[0] if parents else ""),
            name=point.name,
            outcome=point.outcome,
            number=number,
            file=self._script or None,
            duration_ms=point.duration_ms,
            block=Block(point.name, number) if point.outcome.is_bad else None,
        )
        self._wait(told)
        return told

    def _read_comment(self, line: Line) -> None:
        """Read a comment: the name of a subtest, what a failure says, or a failure that the harness shows without its point."""
        text = line.text.lstrip()
        depth = len(line.text) - len(text)
        if text.startswith(_SUBTEST):
            self._groups[depth] = text.removeprefix(_SUBTEST).strip()
            self._is_open = False
        elif self._points or not text.startswith("#  "):
            self._read_remark(text)
        elif (complaint := read_complaint(text)) is not None:
            name, file = complaint
            if name is not None:
                self._complain(name, file, depth, line.number)
            elif self._test is not None and file and self._test.file is None:
                self._test.file = self._test.class_name = self._test.suite = file
            self._read_remark(text)
        else:
            self._read_remark(text)

    def _read_remark(self, text: str) -> None:
        if self._is_open and self._test is not None and self._test.block is not None:
            self._test.block.add(text)
        elif self._has_version:
            self._title = text.lstrip("# ").strip()

    def _complain(self, name: str, file: str | None, depth: int, number: int) -> None:
        """Take a failed test of Test::More's whose point is not shown; below it stood those of its subtest."""
        deeper = [one for one in self._bad if one > depth]
        for one in deeper:
            del self._bad[one]
        self._bad[depth] = True
        self._test, self._depth, self._is_open = None, depth, True
        if not deeper:
            block = Block(name, number)
            self._test = Told(name=name, outcome=Outcome.FAILED, number=number, block=block)
            if file:
                self._test.file = self._test.class_name = self._test.suite = file
            if len(self._complaints) < MOST_FAILURES:
                self._complaints.append(self._test)

    def _read_script(self, script: Script, number: int) -> None:
        """Read a line of the harness: what was told since the one before is that script's."""
        if not script.is_end:
            self._close()
            self._script = script.name
            return
        self._harness = self._harness if self._harness is not None else set()
        self._end_script(script, number)

    def _end_script(self, script: Script, number: int) -> None:
        told_of = [*self._complaints, *self._waiting]
        for told in told_of:
            if not told.class_name:
                told.file = told.class_name = told.suite = script.name
        if script.failure and not any(one.suite == script.name and one.outcome.is_bad for one in told_of):
            block = Block(script.failure, number)
            block.add(script.failure)
            self._wait(
                Told(
                    suite=script.name,
                    class_name=script.name,
                    name=script.name,
                    file=script.name,
                    outcome=Outcome.ERROR,
                    number=number,
                    block=block,
                )
            )
        self._tell_waiting()
        self._start()
        self._script = ""

    def _wait(self, told: Told) -> None:
        if len(self._waiting) < MOST_TESTS:
            self._waiting.append(told)

    def _read_end(self, line: Line) -> None:
        text = line.text
        if text.startswith(_BAILED):
            self._telling.stopped = "a test bailed out"
        elif text == _REPORT:
            # What a script printed may stand in its own line, so that the harness was not seen.
            self._harness = self._harness if self._harness is not None else set()
        elif text.startswith(_RESULTS):
            self._end_harness(is_complete=text.startswith("Result: "))
        elif self._script and text.startswith("Dubious, test returned "):
            self._harness = self._harness if self._harness is not None else set()
            self._end_script(Script(name=self._script, is_end=True, failure=text), line.number)
        elif self._harness is not None and (summed := read_summary(text)) and summed.name not in self._harness:
            self._read_script(summed, line.number)

    def _end_harness(self, *, is_complete: bool) -> None:
        """End the run of the harness; a verbose one in which all went well has told the ends of no script."""
        self._tell_waiting()
        if is_complete:
            self._telling.close(is_complete=True)
            self._start()
            self._harness, self._script = None, ""

    def _tell_waiting(self) -> None:
        """Tell what waited; a failure's words may come by another way than its point, and before it."""
        words = {one.name: one for one in self._complaints}
        for told in self._waiting:
            complaint = (words.pop(told.name, None) or words.pop(told.suite, None)) if told.outcome.is_bad else None
            if complaint is not None and (told.block is None or told.block.stack() is None):
                told.block = complaint.block
        for told in (*words.values(), *self._waiting):
            if told.block is not None:
                told.message = message(told.block.lines)
                told.file = told.file or place(told.block.lines)
            if self._harness is not None and told.outcome.is_bad:
                self._harness.add(told.suite)
            self._telling.add(told)
        self._waiting, self._complaints = [], []

    def _close(self) -> None:
        """End a stream: without a version, a plan or a harness a lone `ok 1` is nobody's protocol."""
        is_tap = self._has_version or self._plan is not None or self._harness is not None or bool(self._script)
        if is_tap and (self._points or self._plan is not None):
            self._tell_waiting()
            if self._harness is None and not self._script:
                self._telling.close(is_complete=self._plan is not None and self._points >= self._plan)
        elif self._points:
            self._waiting = []
        self._start()
