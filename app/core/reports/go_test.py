"""The events of `go test -json` and of gotestsum's `--jsonfile` (the command test2json says what they mean).

Names are those that go-junit-report and gotestsum write: the package is suite and class. A test and its subtests are
executions of their own, and so is each terminal event of a rerun or of `-count`.
"""

import re

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.document import Document
from app.core.reports.event_streams import Output, check_open, first_event, head_text, read_stream
from app.core.reports.executions import NO_END, Executions, bounded_ms, first_line
from app.core.reports.json_text import decode_line

FORMAT = "go-test"

_ENDS = {"pass": Outcome.PASSED, "fail": Outcome.FAILED, "skip": Outcome.SKIPPED}
_ACTIONS = frozenset({*_ENDS, "start", "run", "pause", "cont", "output", "bench", "build-output", "build-fail", "attr"})
_UNBUILT = re.compile(r"FAIL\t(\S{1,1000}) (\[(?:build|setup) failed\])\s*")
_BUILDS = re.compile(r"# (\S{1,1000})(?: \[\S{1,1000}\])?\s*")
_BENCHMARK = re.compile(
    r"\s{0,80}(?:(Benchmark[^\s-]{0,500}?)(?:-\d{1,4})?[ \t]{1,80})?\d{1,15}[ \t]{1,80}[\d.]{1,30} ns/op"
)
_RUNS_TESTS = re.compile(r"^(?:=== RUN|--- |ok  \t|PASS$)", re.MULTILINE)
_PLACE = re.compile(r"\s*[^\s:]{1,300}\.go:\d{1,7}:(?:\d{1,7}:)?(?: |$)")
_LONGEST_MESSAGE = 2_000


class _Event(msgspec.Struct, rename="pascal", gc=False):
    action: str
    package: str = ""
    test: str = ""
    elapsed: float | None = None
    output: str = ""
    import_path: str = ""
    failed_build: str = ""

    @property
    def is_ours(self) -> bool:
        return self.action in _ACTIONS and bool(self.package or self.import_path or self.test or self.output)


def read(document: Document) -> Report | None:
    """Read a stream of go's test events; None where the document is none.

    A run in which nothing could be built is text alone before go 1.24, and a report all the same.
    """
    head = head_text(document)
    event = first_event(head, _Event) if '"Action"' in head else None
    if (event is not None and event.is_ours) or _is_build_failure(head):
        return read_stream(document, _Stream(), FORMAT)
    return None


def _is_build_failure(head: str) -> bool:
    start = head.lstrip("\ufeff\r\n")
    line = start.split("\n", 1)[0]
    begins = _UNBUILT.fullmatch(line) or (_BUILDS.fullmatch(line) and "[" in line)
    return bool(begins and _UNBUILT.search(head) and not _RUNS_TESTS.search(head))


class _Package:
    """What one package left so far: its running tests with what they print, its own words, and whether any failed."""

    __slots__ = ("has_failed", "output", "passed", "running")

    def __init__(self) -> None:
        self.running: dict[str, Output] = {}
        self.passed: set[str] = set()
        self.output = Output()
        self.has_failed = False


class _Stream:
    def __init__(self) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._packages: dict[str, _Package] = {}
        self._builds: dict[str, Output] = {}
        self._unbuilt: set[str] = set()
        self._build = ""
        self._running = 0

    def read(self, line: str) -> None:
        event = decode_line(line, _Event) if line[:1] == "{" else None
        if event is None:
            self._read_text(line)
        elif event.test:
            self._read_test(event)
        elif event.action.startswith("build-"):
            self._builds.setdefault(event.import_path, Output()).add(event.output)
        elif event.action in _ENDS:
            self._end_package(event.package, _ENDS[event.action], event.failed_build)
        elif event.action in _ACTIONS:
            self._read_package(event)

    def _package(self, name: str) -> _Package:
        package = self._packages.get(name)
        if package is None:
            package = self._packages[name] = _Package()
            check_open(len(self._packages))
        return package

    def _read_text(self, line: str) -> None:
        """Read what the go command prints beside the events: before go 1.24 that a package could not be built."""
        if unbuilt := _UNBUILT.fullmatch(line):
            self._package(unbuilt[1]).output.add(line)
            self._end_package(unbuilt[1], Outcome.FAILED, self._build or unbuilt[1])
            self._unbuilt.add(unbuilt[1])
            self._build = ""
        elif builds := _BUILDS.fullmatch(line):
            self._build = builds[1]
        if self._build:
            self._builds.setdefault(self._build, Output()).add(f"{line}\n")

    def _read_package(self, event: _Event) -> None:
        package = self._package(event.package)
        package.output.add(event.output)
        self._read_benchmark(package, event)

    def _read_test(self, event: _Event) -> None:
        package = self._package(event.package)
        if event.action == "run":
            self._running += event.test not in package.running
            check_open(self._running)
            package.running[event.test] = Output()
        elif event.action == "output":
            # What is printed after a test ended is the package's: the panic of a time-out, of another goroutine.
            package.running.get(event.test, package.output).add(event.output)
            self._read_benchmark(package, event)
        elif event.action in _ENDS:
            self._end_test(package, event, _ENDS[event.action])
        elif event.action == "bench" and event.test in package.running:
            self._end_test(package, event, Outcome.PASSED)

    def _end_test(self, package: _Package, event: _Event, outcome: Outcome) -> None:
        output = package.running.pop(event.test, None)
        self._running -= output is not None
        said = output.text if output is not None and outcome.is_bad else ""
        if outcome is Outcome.PASSED:
            package.passed.add(event.test)
            if output is not None and _panic(output.text):
                package.output.add(output.text)
        package.has_failed = package.has_failed or outcome.is_bad
        took = None if event.elapsed is None else bounded_ms(event.elapsed * 1000)
        self._add(event.package, event.test, outcome, said, words_of(said), took)

    def _read_benchmark(self, package: _Package, event: _Event) -> None:
        """Take a benchmark's figures for its pass: no event says that it ended."""
        found = _BENCHMARK.match(event.output) if "ns/op" in event.output else None
        name = (found[1] or event.test) if found else ""
        if name.startswith("Benchmark"):
            self._running -= package.running.pop(name, None) is not None
            self._add(event.package, name, Outcome.PASSED)

    def _end_package(self, name: str, outcome: Outcome, failed_build: str) -> None:
        package = self._packages.pop(name, None) or _Package()
        self._running -= len(package.running)
        if not outcome.is_bad or name in self._unbuilt:
            # The package's own word stands: what lacks an end in one that passed was lost by test2json, not by the test.
            return
        self._end_running(name, package)
        if not package.has_failed:
            unbuilt = _UNBUILT.search(package.output.text)
            cause = unbuilt[2] if unbuilt else "[build failed]" if failed_build else "no test failed"
            build = self._builds.pop(failed_build, None)
            said = words_of(build.text if build is not None else package.output.text) or ""
            # The compiler's words stand below the title of what it built.
            words = first_line("\n".join(line for line in said.splitlines() if not line.startswith("# ")))
            self.executions.miss(f"package {name} failed as a whole ({cause}): {words or 'it says no more'}")

    def _end_running(self, name: str, package: _Package) -> None:
        for test, output in package.running.items():
            if test.partition("/")[0] not in package.passed:
                package.has_failed = True
                said = output.text
                self._add(name, test, Outcome.ERROR, said, _panic(said) or NO_END)

    def _add(
        self,
        package: str,
        test: str,
        outcome: Outcome,
        said: str = "",
        message: str | None = None,
        duration_ms: int | None = None,
    ) -> None:
        self.executions.add(
            package, package, test, outcome, duration_ms=duration_ms, message=message, stack_trace=said.strip()
        )

    def end(self) -> None:
        """End the packages of a stream that was cut off."""
        cut = [name for name, package in self._packages.items() if package.running]
        for name in cut:
            self._end_running(name, self._packages[name])
        if cut:
            self.is_cut = True
            self.warnings.append(f"The stream ends before {len(cut)} of its packages did, the first is {cut[0]}.")


def _panic(said: str) -> str | None:
    lines = said.splitlines()
    return next((line for line in lines if line.startswith(("panic: ", "fatal error: "))), None)


def words_of(said: str) -> str | None:
    """Return what was printed without the places where it was said and the tool's own lines; of a panic its own words."""
    lines = [line for line in said.splitlines() if line.strip() and not line.lstrip().startswith(("=== ", "--- "))]
    words = [_PLACE.sub("", line, count=1).strip() for line in lines]
    return _panic(said) or "\n".join(word for word in words if word)[:_LONGEST_MESSAGE] or None
