"""A file of the Test Anything Protocol (testanything.org).

The protocol lets a point speak for its subtest, so points that are not indented are the tests. Node's own runner and Vitest
write their suites and files as points: there those within are the tests, as in the JUnit reports of both.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from app.core.counts import be, count, noun
from app.core.logs.prove import read_script
from app.core.logs.tap_points import message, place
from app.core.model import Outcome, Report
from app.core.reports.document import Document
from app.core.reports.event_streams import check_open, head_text, read_stream
from app.core.reports.executions import NO_END, Executions, bounded_ms
from app.core.reports.json_values import before_stack, is_hook
from app.core.reports.tap_lines import MOST_TOLD, Point, is_tap, read_bail, read_plan, read_point, read_version

FORMAT = "tap"

_SUBTEST = re.compile(r"\s{0,400}# Subtest(?:: (.*))?")
_SUMMARY = re.compile(r"# (?:tests|pass|fail|ok|skip|todo|time|failed|suites|cancelled|skipped|duration_ms)\b.{0,80}")
_TOTAL = re.compile(r"# (?:tests|pass|fail|skip|todo|suites|cancelled|skipped|duration_ms) {1,9}\d[\d.]{0,30}")
_SOURCE = re.compile(r"\S{1,1000}\.[cm]?[jt]sx?")
_OF_NODE = re.compile(r"\s{0,400}type: '(?:suite|test)'\s*")
_LOCATION = re.compile(r"\s{0,400}location: '(?:file://)?(.{1,1000}?):(\d{1,7}):\d{1,7}'\s*")
_FAILURE_TYPE = re.compile(r"\s{0,400}failureType: '(\w{1,80})'\s*")
_TIMED = re.compile(r"\s{0,400}duration_ms: (\d{1,12}(?:\.\d{1,30})?)\s*")
_NO_ASSERTION = frozenset(
    {"testTimeoutFailure", "hookFailed", "cancelledByParent", "testAborted", "uncaughtException", "unhandledRejection"}
)
_CATCH2 = "# rng-seed: "
_JOINT = " > "


def read(document: Document) -> Report | None:
    """Read a document of the protocol; None where it is none, as prose in which a line begins with `ok` is."""
    head = head_text(document)
    if not is_tap(head.lstrip("\ufeff")):
        return None
    return read_stream(document, _Stream(has_titles=_CATCH2 in head), FORMAT)


class _Stream:
    """Reads the lines; `_open` holds the points of subtests that still wait for the point that speaks for them."""

    def __init__(self, *, has_titles: bool) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._has_titles = has_titles
        self._script = ""
        self._is_over = False
        self._start(has_version=False)

    def _start(self, *, has_version: bool) -> None:
        self._has_version = has_version
        self._plan: int | None = None
        self._count = 0
        self._before = 0
        self._is_after_hook = False
        self._open: list[Point] = []
        self._top: Point | None = None
        self._last: Point | None = None
        self._braces: list[Point] = []
        self._title = ""
        self._subtest = ""
        self._block: int | None = None

    def read(self, line: str) -> None:
        text = line.lstrip("\ufeff").rstrip()
        if self._block is not None and self._is_in_block(text):
            return
        if (depth := read_version(text)) is not None:
            self._read_version(depth)
        elif self._is_over:
            return
        elif "ok" in text and (point := read_point(text)):
            self._read_point(point)
        elif text.lstrip().startswith("#"):
            self._read_comment(text)
        elif (reason := read_bail(text)) is not None:
            self.warnings.append(f"The run was given up: {reason}" if reason else "The run was given up.")
            self._is_over = self.is_cut = True
        elif (plan := read_plan(text)) is not None:
            self._read_plan(*plan)
        else:
            self._read_other(text)

    def _is_in_block(self, text: str) -> bool:
        """Say whether a line still belongs to a YAML block; a line that is less indented ends one that nothing closed."""
        depth = len(text) - len(text.lstrip())
        if text and depth < (self._block or 0) and not text.startswith("#"):
            self._block = None
            return False
        if text.strip() == "..." and depth == self._block:
            self._block = None
        self._keep(text)
        return True

    def _read_version(self, depth: int) -> None:
        if not depth and (self._count or self._plan is not None):
            self._close()
            self._start(has_version=True)
        if not depth:
            self._has_version, self._is_over = True, False

    def _read_plan(self, depth: int, count: int) -> None:
        if depth or self._braces:
            return
        if self._plan is not None and count and self._count >= self._plan:
            self._close()
            self._start(has_version=self._has_version)
        if self._plan is None:
            self._plan = count

    def _read_point(self, point: Point) -> None:
        point.title = self._title
        self._block, self._last = None, point
        if self._braces and point.depth > self._braces[-1].depth:
            self._braces[-1].inner.append(point)
        elif point.depth:
            self._adopt(point)
            self._open.append(point)
        else:
            self._tell_top()
            self._adopt(point)
            self._open, self._braces, self._subtest = [], [], ""
            self._top = point
            self._number(point)
        check_open(len(self._open))
        if point.opens:
            self._braces.append(point)

    def _number(self, point: Point) -> None:
        """Count a point of the outermost level; the number of the one before it, given again, is an error in the protocol.

        Harnesses fail such a run. Streams that were joined begin at 1 again, but after a plan that is fulfilled; and mocha
        gives a hook that failed the number of the test after it.
        """
        is_repeated = self._count > 0 and point.number == self._before and not self._is_after_hook
        self._is_after_hook = point.outcome.is_bad and is_hook(point.name)
        if is_repeated and (self._plan is None or self._count < self._plan) and point.outcome is Outcome.PASSED:
            point.outcome = Outcome.ERROR
            point.told.append(f"# out of sequence: number {point.number} was given twice")
        self._count += 1
        point.number = point.number if point.number is not None else self._count
        self._before = point.number

    def _adopt(self, point: Point) -> None:
        """Give a point the points of the subtest before it, for which it speaks."""
        while self._open and self._open[-1].depth > point.depth:
            point.inner.append(self._open.pop())
        point.inner.reverse()

    def _read_comment(self, text: str) -> None:
        subtest = _SUBTEST.fullmatch(text)
        if subtest is None and not text.startswith(" ") and not _SUMMARY.fullmatch(text):
            self._title = text.lstrip("# ").strip()
        if subtest is None:
            # Totals say nothing of the point that happens to be the last one.
            if not _TOTAL.fullmatch(text):
                self._keep(text)
        elif not self._open and not self._braces:
            self._subtest = self._subtest or (subtest[1] or "").strip()

    def _read_other(self, text: str) -> None:
        last = self._last
        if text.strip() == "---" and last is not None and len(text) - 3 > last.depth:
            self._block = len(text) - 3
            self._keep(text)
        elif last is not None and last.is_said_below(text):
            self._keep(text)
        elif text.strip() == "{" and last is not None:
            self._braces.append(last)
        elif text.strip() == "}" and self._braces:
            self._last = None
            self._braces.pop()
        elif " .." in text and (script := read_script(text)):
            self._tell_top()
            self._script = "" if script.is_end else script.name

    def _keep(self, text: str) -> None:
        last = self._last
        if last is not None and len(last.told) < MOST_TOLD:
            last.told.append(text[last.depth :])
            timed = _TIMED.fullmatch(text) if last.duration_ms is None and "duration_ms" in text else None
            last.duration_ms = float(timed[1]) if timed else last.duration_ms

    def _tell_top(self) -> None:
        if self._top is not None:
            self._tell(self._top)
        self._top = None

    def _tell(self, top: Point) -> None:
        """Tell a point that is not indented, or those within one that is a file or a suite of its runner."""
        parents = [self._script] if self._script else []
        if (self._has_titles or (self._has_version and not top.is_dashed)) and top.title:
            # tape and Catch2 write the name of a test as a comment, and its assertions as points.
            parents.append(top.title)
        for point, above in _tests(top, parents):
            self._add(point, above)

    def _add(self, point: Point, parents: list[str]) -> None:
        is_bad = point.outcome.is_bad
        located = next((found for line in point.told if (found := _LOCATION.fullmatch(line))), None)
        source = next((name for name in parents if _SOURCE.fullmatch(name)), None)
        self.executions.add(
            parents[0] if parents else "",
            _JOINT.join(parents),
            point.name or str(point.number or ""),
            _outcome(point),
            (located[1] if located else None) or (place(point.told) if is_bad else None) or source or self._script,
            int(located[2]) if located else None,
            None if point.duration_ms is None else bounded_ms(point.duration_ms),
            _message(point) if is_bad else None,
            "\n".join(point.told).strip() if is_bad else None,
        )

    def _tell_unended(self) -> None:
        """Tell the subtest for which no point has spoken yet: it was begun, and the run ended before it did."""
        if self._subtest:
            parents = [self._script] if self._script else []
            told = [line for point in self._open for line in (point.line, *point.told)][:MOST_TOLD]
            self.executions.add(
                self._script,
                _JOINT.join(parents),
                self._subtest,
                Outcome.ERROR,
                place(told) or self._script,
                message=NO_END,
                stack_trace="\n".join(told),
            )
        elif self._open:
            self.warnings.append("The stream ends within a subtest.")
        self.is_cut = self.is_cut or bool(self._subtest or self._open)

    def _close(self) -> None:
        self._tell_top()
        planned = self._plan
        if planned is None or self._count < planned:
            self._tell_unended()
        if planned is None or planned == self._count or self._is_over:
            return
        self.warnings.append(
            f"{count(planned, 'test')} {noun(planned, 'was', 'were')} planned, {self._count} {be(self._count)} told of."
        )
        self.is_cut = self.is_cut or self._count < planned

    def end(self) -> None:
        """End the last stream of the file."""
        self._close()


def _message(point: Point) -> str | None:
    """Return what failed; mocha writes it between the point and its stack, as it is."""
    return message(point.told) or before_stack("\n".join(point.told)) or None


def _outcome(point: Point) -> Outcome:
    """Tell a failed test from one that was stopped: node's runner says which it was."""
    if point.outcome is not Outcome.FAILED:
        return point.outcome
    kinds = (found[1] for line in point.told if (found := _FAILURE_TYPE.fullmatch(line)))
    return Outcome.ERROR if next(kinds, "") in _NO_ASSERTION else Outcome.FAILED


def _tests(top: Point, parents: list[str]) -> Iterator[tuple[Point, list[str]]]:
    """Yield the points that are tests with the names above each; after its tests, a group that failed without any of them."""
    is_vitest = bool(top.opens and top.inner and _SOURCE.fullmatch(top.name))
    waiting = [(top, parents)]
    while waiting:
        point, above = waiting.pop()
        is_group = point.inner and (is_vitest or _is_of_node(point))
        if is_group:
            if point.outcome.is_bad and not _has_failure_within(point):
                waiting.append((replace(point, inner=[]), above))
            waiting += [(one, [*above, point.name]) for one in reversed(point.inner)]
        else:
            yield point, above


def _has_failure_within(group: Point) -> bool:
    waiting = list(group.inner)
    while waiting:
        point = waiting.pop()
        if point.outcome.is_bad:
            return True
        waiting += point.inner
    return False


def _is_of_node(point: Point) -> bool:
    """Tell whether node's own runner wrote a point with a subtest.

    Before version 22 it names the type of suites only; but it gives a block with the duration to each point.
    """
    if any(map(_OF_NODE.fullmatch, point.told)):
        return True
    return all(any(map(_TIMED.fullmatch, each.told)) for each in (point, *point.inner))
