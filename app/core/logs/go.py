"""Reads what `go test` prints, alone and through gotestsum.

A package's line ends what was said about its tests, so tests wait for it to learn where they belong. Names of tests hold no
spaces: go writes underscores.
"""

import re
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.go_failures import PANICS, GoTest, guilty_tests, result
from app.core.logs.gotestsum import NamedTest, end_of, named_test, passed_again
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.logs.telling import seconds_ms
from app.core.model import Outcome, TestResult

_OUTCOMES = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED, "SKIP": Outcome.SKIPPED}
_TEST = re.compile(r"(\s*)--- (PASS|FAIL|SKIP): (\S+)(?: \((\d+(?:\.\d+)?) ?s(?:econds)?\))?")
_GLUED = re.compile(r"--- (PASS|FAIL|SKIP): (\S+) \((\d+\.\d+)s\)$")
_TOP = re.compile(r"(?:Test|Fuzz|Example)[^/]{0,400}")
_RUNNING = re.compile(r"=== (?:RUN|CONT|NAME|PAUSE) +(\S+)")
_PACKAGE = re.compile(
    r"(ok|FAIL)\s+(\S+)\s+(\d+(?:\.\d+)?s(?=\s|$)|\(cached\)|\[(?:build|setup) failed\]|\[no tests? [a-z ]{1,20}\])"
)
_BUILD = re.compile(r"# (\S+)(?: \[(\S+)\.test\])?")
# A package that failed without a failing test has an empty name in its place.
# One that never ended took an unknown time.
_TOLD = re.compile(r"=== (FAIL|SKIP): (\S+)(?: (\S+))?(?: \(re-run \d+\))? {1,2}\((?:(\d+\.\d+)s|unknown)\)")
_TOLD_TITLES = ("=== Failed", "=== Skipped", "=== Errors")
_TOLD_END = "DONE "
_RARE = (*PANICS, "# ", _TOLD_END)
_NAMED = ("PASS ", "FAIL ", "SKIP ")
_MOST_BEFORE = 100
_ALONE = "Failure"
"""What go-junit-report calls the failure of a package in which no test failed."""


@dataclass(slots=True)
class _Package:
    """What was said since the last package's line."""

    ended: list[GoTest] = field(default_factory=list)
    running: dict[str, Block] = field(default_factory=dict)
    panic: Block | None = None
    says_failed: bool = False


class GoReader:
    """Reads the `go test` session of one step: all of its packages are one session."""

    marks: ClassVar[tuple[bytes, ...]] = (b"ok ", b"FAIL", b"PASS", b"SKIP")

    def __init__(self) -> None:
        self._start()

    def _start(self) -> None:
        self._results: list[TestResult] = []
        self._told: list[tuple[str, GoTest]] | None = None
        self._package = _Package()
        self._shows_starts = False
        self._builds: dict[str, Block] = {}
        self._block: Block | None = None
        self._indent = 0
        self._ends = self._since = self._passes = self._failures = 0
        self._stopped: str | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if text.startswith("=== "):
            self._read_mark(line)
        elif text.endswith("s)") and text.lstrip().startswith(_NAMED) and (named := named_test(text)):
            self._read_named(named, line.number)
        elif "--- " in text and self._told is None and self._read_test(line):
            return
        elif text.startswith(("ok", "FAIL", "PASS")):
            self._read_package(line)
        elif not text.startswith(_RARE) or not self._read_rare(line):
            self._keep(text)

    def finish(self) -> list[Session]:
        """Return the session of the step that ends here, and forget it."""
        is_complete = self._ends > 0 and not self._package.running
        self._bind("", is_failed=False, number=0)
        self._tell(runs=1)
        session = Session(
            runner="go test",
            results=tuple(self._results),
            is_complete=is_complete,
            stopped_early=self._stopped,
            passes=self._passes,
            failures=self._failures,
        )
        has_session = bool(self._results or self._ends)
        self._start()
        return [session] if has_session else []

    def _read_named(self, named: NamedTest, number: int) -> None:
        """Read a line of gotestsum's that names a test with its package; what it failed with stands before."""
        said = self._package
        same = self._take_ended(named)
        block = said.running.pop(named.name, None) or Block("", number)
        panic, self._block, said.panic = said.panic, None, None
        if len(self._results) < MOST_TESTS:
            test = same or GoTest(named.name, named.outcome, number, block)
            test.duration_ms = named.duration_ms
            if panic is not None and panic.number > test.block.number and not test.block.stack():
                test.block = panic
            self._results.append(result(named.package, test))

    def _take_ended(self, named: NamedTest) -> GoTest | None:
        """Return what ended shortly before under that name, which waits for a package no longer."""
        ended = self._package.ended
        for place in range(len(ended) - 1, max(len(ended) - 1 - _MOST_BEFORE, -1), -1):
            if (ended[place].name, ended[place].outcome) == (named.name, named.outcome):
                return ended.pop(place)
        return None

    def _read_told_end(self, text: str) -> bool:
        end = end_of(text)
        if end is None or not (self._told is not None or self._results or self._ends):
            return False
        self._ends += 1
        self._block = None
        self._passes = end.passes
        self._failures += end.failures
        self._tell(end.runs)
        return True

    def _tell(self, runs: int) -> None:
        """Add what only gotestsum's closing list tells, and with runs of what had failed the passes in them."""
        if self._told is None:
            return
        seen = self._results[self._since :]
        named = {(one.name, _last_part(one.class_name)) for one in seen if one.outcome is Outcome.PASSED}
        again = passed_again(self._told, runs) if runs > 1 else []
        passed = [result(*one) for one in again if (one[1].name, _last_part(one[0])) not in named]
        self._results += [*_unseen(self._told, seen), *passed]
        self._told, self._since = None, len(self._results)

    def _read_rare(self, line: Line) -> bool:
        """Read a panic, the title of a build's errors, or gotestsum's last line; tell whether it is one of them."""
        text = line.text
        if text.startswith(_TOLD_END):
            return self._read_told_end(text)
        build = _BUILD.fullmatch(text) if text.startswith("# ") else None
        if build is not None:
            self._open(self._build(build[2] or build[1], line.number))
        elif text.startswith(PANICS) and self._told is None:
            self._package.panic = self._package.panic or Block("", line.number)
            self._package.panic.add(text)
        else:
            return False
        return True

    def _build(self, package: str, number: int) -> Block:
        block = self._builds.get(package) or Block("", number)
        if len(self._builds) < MOST_FAILURES:
            self._builds[package] = block
        return block

    def _open(self, block: Block, indent: int = 0) -> None:
        self._block, self._indent = block, indent

    def _keep(self, text: str) -> None:
        block = self._package.panic or self._block
        if block is None:
            return
        if block is self._package.panic or not text or text[: self._indent].isspace() or not self._indent:
            block.add(text)

    def _read_mark(self, line: Line) -> None:
        running = _RUNNING.match(line.text)
        told = _TOLD.fullmatch(line.text)
        self._shows_starts = self._shows_starts or running is not None
        if running is not None and len(self._package.running) < MOST_TESTS:
            self._open(self._package.running.setdefault(running[1], Block("", line.number)))
        elif told is not None:
            word, package, name, seconds = told.groups()
            block = Block("", line.number)
            outcome = _OUTCOMES[word] if name else Outcome.ERROR
            test = GoTest(name or _ALONE, outcome, line.number, block, seconds_ms(seconds))
            self._told = self._told if self._told is not None else []
            if len(self._told) < MOST_FAILURES:
                self._told.append((package, test))
            self._open(block)
        elif line.text in _TOLD_TITLES:
            self._told = self._told or []
            self._block = None

    def _read_test(self, line: Line) -> bool:
        # What is indented is a subtest and has a slash in its name, or the quoted end of a test in another run of go.
        match = _TEST.fullmatch(line.text)
        glued = _GLUED.search(line.text) if match is None else None
        if match is not None and ("/" in match[3] or not match[1]):
            indent, word, name, seconds = match.groups()
        elif glued is not None and self._is_end(line.text, glued[2]):
            # What a test printed last, without an end of line, stands before the line of its end.
            indent, word, name, seconds = "", *glued.groups()
        else:
            return False
        block = self._package.running.pop(name, None) or Block("", line.number)
        if len(self._package.ended) + len(self._results) < MOST_TESTS:
            kept = block if word == "FAIL" else Block("", line.number)
            test = GoTest(name, _OUTCOMES[word], line.number, kept, seconds_ms(seconds))
            self._package.ended.append(test)
        self._open(block, len(indent) + 1)
        return True

    def _is_end(self, text: str, name: str) -> bool:
        """Tell whether a line that begins with other words ends a test: one that runs, or, where no start is shown, one of the top.

        What a test logs is indented, and may quote such a line.
        """
        return name in self._package.running or (
            not self._shows_starts
            and self._told is None
            and not text[:1].isspace()
            and _TOP.fullmatch(name) is not None
        )

    def _read_package(self, line: Line) -> None:
        match = _PACKAGE.match(line.text)
        if match is not None:
            self._ends += 1
            self._bind(match[2], is_failed=match[1] == "FAIL", number=line.number, how=match[3])
        elif line.text in ("FAIL", "PASS") and self._package.panic is None:
            self._ends += bool(self._package.ended)
            self._package.says_failed |= line.text == "FAIL"
            self._block = None
        else:
            self._keep(line.text)

    def _bind(self, package: str, *, is_failed: bool, number: int, how: str = "") -> None:
        """Give the tests that waited their package; one that failed without any failing test is a failure itself."""
        said, self._package = self._package, _Package()
        self._block, self._indent = None, 0
        tests = [*said.ended, *(_killed(said, said.panic) if said.panic and is_failed else [])]
        if package and not is_failed and not said.says_failed:
            # A package that passed has no failing test: one of its tests printed what looks like one.
            tests = [test for test in tests if not test.outcome.is_bad]
        if is_failed and len(self._results) < MOST_TESTS and not any(test.outcome.is_bad for test in tests):
            block = said.panic or self._builds.pop(package, None)
            if block is not None or how.startswith("["):
                name = how if how.startswith("[") else _ALONE
                tests.append(GoTest(name, Outcome.ERROR, number, block or Block("", number)))
            elif left := _left_running(said):
                tests += left
            else:
                # A package that ends without a word of why has not told of a failure, but of tests that did not run.
                self._stopped = self._stopped or f"package {package} failed, and none of its tests says so"
        self._results += [result(package, test) for test in tests]


def _killed(said: _Package, panic: Block) -> list[GoTest]:
    """Return the tests under which the process died; one whose end was printed before the panic gets its words."""
    bad = [test for test in said.ended if test.outcome.is_bad]
    if bad:
        bad[-1].block = panic if not bad[-1].block.stack() else bad[-1].block
        return []
    names = guilty_tests(panic) or (list(said.running) if len(said.running) == 1 else [])
    return [GoTest(name, Outcome.FAILED, panic.number, panic) for name in names]


def _left_running(said: _Package) -> list[GoTest]:
    """Return the test during which the process ended without a word of go's, as by `os.Exit`, and those around it.

    Where several ran side by side it may have been any of them.
    """
    names = list(said.running)
    is_chain = all(inner.startswith(f"{outer}/") for outer, inner in pairwise(names))
    return [GoTest(name, Outcome.FAILED, said.running[name].number, said.running[name]) for name in names * is_chain]


def _unseen(told: list[tuple[str, GoTest]], results: list[TestResult]) -> list[TestResult]:
    """Return the tests of gotestsum's closing list that were not seen when they ran; it shortens the packages' names."""
    seen: Counter[tuple[str, Outcome, str]] = Counter()
    for one in results:
        seen[one.name, one.outcome, _last_part(one.class_name)] += 1
    unseen = []
    for package, test in told:
        keys = [(test.name, test.outcome, part) for part in (_last_part(package), "")]
        key = next((key for key in keys if seen[key]), None)
        if key is None:
            unseen.append(result(package, test))
        else:
            seen[key] -= 1
    return unseen


def _last_part(package: str) -> str:
    return package.rpartition("/")[2]
