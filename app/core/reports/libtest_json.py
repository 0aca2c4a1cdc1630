"""The events of libtest (`cargo test -- --format json`) and of nextest's `libtest-json` and `libtest-json-plus`.

libtest writes one stream a test binary, one after the other, and does not name the binary; its modules are the classes, as
cargo2junit has it. nextest puts package and binary before each name and the number of attempts behind it.
"""

import re

import msgspec

from app.core.counts import count, noun
from app.core.model import Outcome, Report
from app.core.reports.document import Document
from app.core.reports.event_streams import check_open, first_event, head_text, read_stream
from app.core.reports.executions import NO_END, Executions, bounded_ms, first_line
from app.core.reports.json_text import decode_line

FORMAT = "libtest"

_SUITE_EVENTS = frozenset({"started", "ok", "failed", "discovery", "completed"})
_ENDS = {"ok": Outcome.PASSED, "failed": Outcome.FAILED, "ignored": Outcome.SKIPPED}
_TEST_EVENTS = frozenset({*_ENDS, "started", "timeout"})
_NEXTEST = re.compile(r"([\w-]{1,200})::([\w-]{1,200})(?:@stress-\d{1,9})?\$(.{1,20000}?)(?:#(\d{1,3}))?", re.DOTALL)
_DOC = re.compile(r"(\S{1,500}\.\w{1,5}) - (.{0,2000}\(line (\d{1,7})\))(?: .{0,100})?")
_PANIC = re.compile(
    r"thread '[^\n]{0,2000}?' (?:\(\d{1,20}\) )?panicked at (?:'(?P<old>.{0,4000}?)', )?"
    r"(?P<file>[^\s:]{1,500}):(?P<line>\d{1,7}):\d{1,7}(?::\n(?P<new>.{0,4000}))?",
    re.DOTALL,
)
_TRACE = re.compile(r"\n(?:note: |stack backtrace:)")
_KINDS = {"bin": "bin/", "example": "example/", "bench": "bench/"}
_MOST_ATTEMPTS = 20
_LONGEST_NAME = 2_000


class _Binary(msgspec.Struct, gc=False):
    crate: str = ""
    test_binary: str = ""
    kind: str = ""


class _Event(msgspec.Struct, gc=False):
    type: str
    event: str = ""
    name: str = ""
    stdout: str | None = None
    stderr: str | None = None
    message: str | None = None
    reason: str | None = None
    exec_time: float | str | None = None
    duration: float | None = None
    test_count: int | None = None
    nextest: _Binary | None = None

    @property
    def is_ours(self) -> bool:
        match self.type:
            case "suite":
                return self.event in _SUITE_EVENTS and (self.test_count is not None or self.event != "started")
            case "test":
                return self.event in _TEST_EVENTS and bool(self.name)
            case _:
                return False


def read(document: Document) -> Report | None:
    """Read a stream of libtest's events; None where the document is none."""
    head = head_text(document)
    if '"type"' not in head or '"event"' not in head:
        return None
    event = first_event(head, _Event)
    return read_stream(document, _Stream(), FORMAT) if event is not None and event.is_ours else None


class _Stream:
    def __init__(self) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._running: dict[str, None] = {}
        self._kinds: dict[str, str] = {}

    def read(self, line: str) -> None:
        start = line.find("{")
        event = decode_line(line[start:], _Event) if start >= 0 and '"type"' in line else None
        if event is None:
            return
        if event.type == "bench" and event.name:
            self._end(event, Outcome.PASSED)
        elif event.type == "suite" and event.is_ours:
            self._read_suite(event)
        elif event.is_ours:
            self._read_test(event)

    def _read_suite(self, event: _Event) -> None:
        if event.nextest is not None:
            key = f"{event.nextest.crate}::{event.nextest.test_binary}"
            self._kinds[key] = event.nextest.kind
            check_open(len(self._kinds))
        elif event.event in ("started", "ok"):
            # The next binary starts after the one before was killed, by a signal or by its own hand.
            self._end_running(is_over=event.event == "ok")

    def _read_test(self, event: _Event) -> None:
        if event.event == "started":
            self._running[event.name] = None
            check_open(len(self._running))
        elif event.event in _ENDS:
            self._end(event, _ENDS[event.event])

    def _end(self, event: _Event, outcome: Outcome) -> None:
        nextest = _NEXTEST.fullmatch(event.name)
        attempts = min(int(nextest[4] or 1), _MOST_ATTEMPTS) if nextest else 1
        started = event.name if attempts == 1 else event.name.rpartition("#")[0]
        self._running.pop(started, None)
        for _ in range(attempts - 1):
            # Of attempts before the last nextest tells only that there were any, so they failed.
            self._add(event.name, Outcome.FAILED, message="failed, and was tried again")
        said = "\n".join(text for text in (event.stdout, event.stderr) if text) if outcome.is_bad else ""
        if event.reason == "time limit exceeded" and not said:
            outcome = Outcome.ERROR
        self._add(event.name, outcome, said, event.message or event.reason if outcome.is_bad else None, _took(event))

    def _add(
        self,
        name: str,
        outcome: Outcome,
        said: str = "",
        message: str | None = None,
        duration_ms: int | None = None,
    ) -> None:
        panic = _panic(said)
        words = _words(panic) if panic else None
        suite, class_name, test, file, line = self._named(name)
        self.executions.add(
            suite,
            class_name,
            test,
            outcome,
            file or (panic["file"] if panic else None),
            line or (int(panic["line"]) if panic else None),
            duration_ms,
            message or words or first_line(said),
            said.strip(),
        )

    def _named(self, full: str) -> tuple[str, str, str, str | None, int | None]:
        """Return suite, class, name, file and line of a test as the JUnit export of the same runner names them."""
        if nextest := _NEXTEST.fullmatch(full):
            package, binary, name, _ = nextest.groups()
            kind = self._kinds.get(f"{package}::{binary}", "lib" if binary == package.replace("-", "_") else "")
            is_library = kind in ("lib", "proc-macro")
            binary_id = package if is_library else f"{package}::{_KINDS.get(kind, '')}{binary}"
            return binary_id, binary_id, name, None, None
        if doc := _DOC.fullmatch(full):
            return "", doc[1], doc[2], doc[1], int(doc[3])
        module, _, name = full.rpartition("::")
        return "", module, name or full, None, None

    def _end_running(self, *, is_over: bool) -> None:
        """Tell the tests that were started and not ended, unless the binary says that all is well."""
        for name in () if is_over else tuple(self._running):
            self._add(name, Outcome.ERROR, message=NO_END)
        self._running.clear()

    def end(self) -> None:
        """End a stream whose last binary did not say how it ended."""
        if self._running:
            self.is_cut = True
            self.warnings.append(
                f"{count(len(self._running), 'test')} {noun(len(self._running), 'was', 'were')} started and did not end."
            )
        self._end_running(is_over=False)


def words_of(said: str) -> str | None:
    """Return the words of the first panic in what was printed; None where there is none."""
    panic = _panic(said)
    return (_words(panic) or None) if panic else None


def _words(panic: re.Match[str]) -> str:
    return _TRACE.split(panic["old"] or panic["new"] or "", maxsplit=1)[0].strip()


def _panic(said: str) -> re.Match[str] | None:
    """Find the first panic; its thread's name stands before the words, and a search for that would take long."""
    words = said.find(" panicked at ")
    start = said.rfind("thread '", max(0, words - _LONGEST_NAME), words) if words >= 0 else -1
    return _PANIC.match(said, start) if start >= 0 else None


def _took(event: _Event) -> int | None:
    """Return how long a test took: libtest writes seconds, its first versions as text that ends in `s`."""
    if isinstance(event.exec_time, str):
        text = event.exec_time.removesuffix("s")
        return bounded_ms(float(text) * 1000) if text.replace(".", "", 1).isdecimal() else None
    seconds = event.exec_time if event.exec_time is not None else event.duration
    return None if seconds is None else bounded_ms(seconds * 1000)
