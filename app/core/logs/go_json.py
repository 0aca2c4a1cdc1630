"""Reads the events of `go test -json` out of a job's log, where other lines stand between them.

The events are those of cmd/test2json; what a build said comes as events of its own since Go 1.24.
"""

from dataclasses import dataclass, field
from typing import ClassVar

import msgspec

from app.core.logs.clean import Line
from app.core.logs.go_failures import PANICS, GoTest, guilty_tests, result
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block, Session
from app.core.model import Outcome, TestResult

_OUTCOMES = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED}
_FRAMES = ("=== RUN ", "=== PAUSE", "=== CONT ", "=== NAME ", "--- FAIL: ", "--- PASS: ", "--- SKIP: ")
_BUILD, _SETUP, _ALONE = "[build failed]", "[setup failed]", "Failure"
_RUNNER = "go test"


class _Event(msgspec.Struct, gc=False):
    """One event; a test's name is missing where it is the package's own."""

    action: str = msgspec.field(name="Action")
    package: str = msgspec.field(name="Package", default="")
    test: str = msgspec.field(name="Test", default="")
    output: str = msgspec.field(name="Output", default="")
    elapsed: float | None = msgspec.field(name="Elapsed", default=None)
    import_path: str = msgspec.field(name="ImportPath", default="")
    failed_build: str = msgspec.field(name="FailedBuild", default="")


@dataclass(slots=True)
class _Package:
    """A package that runs: what it and its tests said since they began, and whether one of them failed."""

    own: Block
    running: dict[str, Block] = field(default_factory=dict)
    has_failed: bool = False


class GoJsonReader:
    """Reads the `go test -json` session of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b'"Action":"',)

    def __init__(self) -> None:
        self._decoder = msgspec.json.Decoder(_Event)
        self._start()

    def _start(self) -> None:
        self._results: list[TestResult] = []
        self._open: dict[str, _Package] = {}
        self._builds: dict[str, Block] = {}
        self._ends = 0

    def read(self, line: Line) -> None:
        """Take the next line; one that was cut is no event any more."""
        text = line.text
        start = text.find('{"') if '"Action":"' in text else -1
        if start < 0 or not text.endswith("}"):
            return
        try:
            event = self._decoder.decode(text[start:])
        except msgspec.DecodeError:
            return
        if event.action == "build-output":
            self._build(event.import_path, line.number).add(event.output.rstrip("\n"))
        elif event.package or event.test or "" in self._open:
            # test2json that was not told of any package names none.
            self._read_event(event, line.number)

    def finish(self) -> list[Session]:
        """Return the session of the step that ends here, and forget it."""
        results, is_complete = tuple(self._results), bool(self._ends) and not self._open
        has_session = bool(results or self._ends or self._open)
        self._start()
        return [Session(runner=_RUNNER, results=results, is_complete=is_complete)] if has_session else []

    def _build(self, import_path: str, number: int) -> Block:
        """Return what was said of a build; `pkg [pkg.test]` is the build of the package's tests."""
        block = self._builds.get(import_path) or Block("", number)
        if len(self._builds) < MOST_FAILURES:
            self._builds[import_path] = block
        return block

    def _read_event(self, event: _Event, number: int) -> None:
        package = self._open.get(event.package)
        if package is None and len(self._open) >= MOST_TESTS:
            return
        if package is None:
            package = self._open[event.package] = _Package(Block("", number))
        if event.action == "output":
            self._keep(package, event)
        elif event.test and event.action == "run" and len(package.running) < MOST_TESTS:
            package.running[event.test] = Block("", number)
        elif event.action in _OUTCOMES and event.test:
            self._end_test(package, event, number)
        elif event.action in _OUTCOMES:
            self._end_package(package, event, number)

    def _keep(self, package: _Package, event: _Event) -> None:
        text = event.output.rstrip("\n")
        block = package.running.get(event.test) if event.test else package.own
        if block is not None and not text.lstrip().startswith(_FRAMES):
            block.add(text)

    def _end_test(self, package: _Package, event: _Event, number: int) -> None:
        block = package.running.pop(event.test, None) or Block("", number)
        outcome = _OUTCOMES[event.action]
        package.has_failed = package.has_failed or outcome.is_bad
        elapsed = round(event.elapsed * 1000) if event.elapsed is not None else None
        self._add(event.package, GoTest(event.test, outcome, number, block, elapsed))

    def _end_package(self, package: _Package, event: _Event, number: int) -> None:
        """End a package; one that failed although none of its tests did is a failure itself."""
        self._ends += 1
        del self._open[event.package]
        if event.action != "fail":
            return
        for test in _killed(package):
            package.has_failed = True
            self._add(event.package, test)
        if not package.has_failed:
            self._add(event.package, self._alone(package, event, number))

    def _alone(self, package: _Package, event: _Event, number: int) -> GoTest:
        how = next((word for word in (_BUILD, _SETUP) if any(word in line for line in package.own.lines)), _ALONE)
        how = _BUILD if event.failed_build else how
        block = self._builds.get(event.failed_build) if event.failed_build else None
        return GoTest(how, Outcome.ERROR, number, block or package.own)

    def _add(self, package: str, test: GoTest) -> None:
        if len(self._results) < MOST_TESTS:
            self._results.append(result(package, test))


def _killed(package: _Package) -> list[GoTest]:
    """Return the tests under which the process of a package died: what panicked says which, else it is all that ran."""
    panicked = [block for block in package.running.values() if any(line.startswith(PANICS) for line in block.lines)]
    said = next(iter(panicked), package.own)
    names = [name for name in guilty_tests(said) if name in package.running]
    if not names:
        names = [name for name, block in package.running.items() if block in panicked]
    if not names and len(package.running) == 1:
        names = list(package.running)
    return [GoTest(name, Outcome.FAILED, package.running[name].number, _told(package, name, said)) for name in names]


def _told(package: _Package, name: str, said: Block) -> Block:
    own = package.running[name]
    return own if any(line.startswith(PANICS) for line in own.lines) else said if said.lines else own
