"""Reads what `cargo test` prints: a run of libtest for each test binary and for the examples in the documentation."""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.libtest import BEGIN, LibtestRun, Target
from app.core.logs.session import MOST_FAILURES, Session
from app.core.logs.telling import Telling, Told

# What a test printed, below which no run was seen to begin: the head of the log is cut off.
_HEADLESS = re.compile(r"---- \S.{0,500} stdout ----")
_LIST = "failures:"
_RESULT = "test result: FAILED"
_RUNNING, _DOCS = "     Running ", "   Doc-tests "
_BINARY = re.compile(r"[/\\]([\w.-]{1,150})-([0-9a-f]{16})(?:\.exe|\.wasm|\.js)?(?=[\s)`]|$)")
_SOURCE = re.compile(r"(?:unittests )?(\S{1,400}\.rs) \(")
_KINDS = (
    (("src/main.rs", "src/bin/", "src\\main.rs", "src\\bin\\"), "bin/"),
    (("examples/", "examples\\"), "example/"),
    (("benches/", "benches\\"), "bench/"),
)
_FAILED = (
    "error: test failed, to rerun pass",
    "error: doctest failed, to rerun pass",
    "error: bench failed, to rerun pass",
)
_CUT_SHORT = " ... error: test failed, to rerun pass"
_ALL_RAN = re.compile(r"error: \d{1,6} targets? failed:")
_DIED = "  process didn't exit successfully: "
_HOW = re.compile(r"\(((?:signal|exit status|exit code): [^()]{1,200})\)?$")
_STOPPED = "cargo stopped at the first test binary that failed"
_RERUN = re.compile(r"`(?:\S{1,200} ){0,3}--(?:test|bin|example|bench) ([\w-]{1,200})`$")
_CRASHED = "a test binary crashed"


class CargoReader:
    """Reads the runs of libtest in one step; each test binary is a session."""

    marks: ClassVar[tuple[bytes, ...]] = (b"test result: ", b", to rerun pass", b" ... FAILED", b" --- FAILED")

    def __init__(self) -> None:
        self._telling = Telling("cargo test")
        self._start()

    def _start(self) -> None:
        self._binaries: dict[str, list[str]] = {}
        self._target = Target()
        self._run: LibtestRun | None = None
        self._crash: Told | None = None
        self._has_failed = False
        self._listed: list[Line] = []

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if _CUT_SHORT in text and text.startswith("test ") and not self._is_telling():
            # The binary died while it ran that test, and cargo's error stands in the same line.
            test, error = text.split(" error: ", 1)
            self._take(line._replace(text=test))
            self._take(line._replace(text=f"error: {error}"))
        else:
            self._take(line)

    def _take(self, line: Line) -> None:
        text = line.text
        if text.startswith((_RUNNING, _DOCS)) and (target := self._named(text)):
            self._end_run()
            self._target, self._has_failed = target, False
        elif text.startswith("error: "):
            self._read_error(line)
        elif text.startswith("running ") and not self._is_telling() and (begin := BEGIN.fullmatch(text)):
            self._end_run()
            self._run = LibtestRun(self._target, self._telling, count=int(begin[1]))
        elif self._crash is not None and text.startswith(_DIED):
            how = _HOW.search(text[-300:])
            self._crash.message = text.strip() if how is None else f"the process died ({how[1]})"
            self._telling.stopped = f"{_CRASHED} ({how[1]})" if how else _CRASHED
        elif self._run is None and text.startswith("---- ") and _HEADLESS.fullmatch(text):
            self._listed = []
            self._run = LibtestRun(self._target, self._telling, is_headless=True)
            self._run.read(line)
        elif self._run is not None:
            self._run.read(line)
            self._run = None if self._run.is_over else self._run
        elif self._listed or text == _LIST:
            self._read_list(line)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._end_run()
        sessions = self._telling.take()
        if self._has_failed and sessions:
            sessions[-1] = replace(sessions[-1], stopped_early=sessions[-1].stopped_early or _STOPPED)
        self._start()
        return sessions

    def _is_telling(self) -> bool:
        # A test that runs cargo itself prints all of this once more, in the block of its failure.
        return self._run is not None and self._run.is_telling

    def _read_error(self, line: Line) -> None:
        if line.text.startswith(_FAILED):
            self._has_failed = True
            if self._run is not None:
                self._run.leave()
            if self._run is not None and self._run.is_over:
                self._run = None
            elif self._run is not None and not self._run.is_telling:
                rerun = _RERUN.search(line.text[-300:])
                self._crash = self._run.crash(line.number, rerun[1] if rerun else "")
                self._run = None
        elif _ALL_RAN.match(line.text):
            self._has_failed = False

    def _read_list(self, line: Line) -> None:
        """Read the list that closes a run of which nothing else is left; the result below it says that it is one."""
        text = line.text
        if text == _LIST:
            self._listed = [line]
        elif text.startswith(_RESULT):
            run = LibtestRun(self._target, self._telling, is_headless=True)
            for one in (*self._listed, line):
                run.read(one)
            self._listed = []
        elif not text.startswith("    ") or len(self._listed) > MOST_FAILURES:
            self._listed = self._listed if not text else []
        else:
            self._listed.append(line)

    def _end_run(self) -> None:
        """End the session of a binary that printed no result."""
        self._listed = []
        if self._run is not None:
            self._run.leave()
            self._run = None if self._run.is_over else self._run
        if self._run is not None or self._crash is not None:
            self._telling.close(is_complete=False)
        self._run = self._crash = None

    def _named(self, text: str) -> Target | None:
        """Name a target as nextest does, without its package, which cargo does not print.

        Two packages may have targets of one name: the later ones are numbered, lest their tests be taken for retries.
        """
        if text.startswith(_DOCS):
            return Target(suite=text.strip()[:200])
        binary = _BINARY.search(text)
        if binary is None:
            return None
        source = _SOURCE.match(text, len(_RUNNING))
        path = source[1] if source else ""
        kind = next((kind for starts, kind in _KINDS if path.startswith(starts)), "")
        name = kind + binary[1]
        known = self._binaries.setdefault(name, [])
        if binary[2] not in known:
            known.append(binary[2])
        number = known.index(binary[2]) + 1
        is_one_file = path.startswith(("tests/", "tests\\"))
        return Target(suite=f"{name} #{number}" if number > 1 else name, file=path if is_one_file else None)
