"""Reads what one binary of libtest (or libtest-mimic) prints, from `running 5 tests` to `test result:`."""

import re
from dataclasses import dataclass

from app.core.logs.clean import Line
from app.core.logs.rust_failures import dead_thread, file, message
from app.core.logs.session import MOST_FAILURES, MOST_TESTS, Block
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_WORDS = {"ok": Outcome.PASSED, "FA": Outcome.FAILED, "ig": Outcome.SKIPPED, "be": Outcome.PASSED}
_OUTCOME = re.compile(r"(?:ok|FAILED(?: \([^)]{1,200}\))?|ignored(?:, .*)?|bench: .*)(?: <(\d{1,9}(?:\.\d{1,9})?)s>)?")
BEGIN = re.compile(r"running (\d{1,9}) tests?")
_END = re.compile(
    r"test result: (?:ok|FAILED)\. (\d{1,9}) passed; (\d{1,9}) failed; (\d{1,9}) ignored(?:; (\d{1,9}) measured)?(?:;.*)?"
)
_HEAD = re.compile(r"---- (\S.{0,1000}?)(?: stdout| stderr)? ----")
_GLUED = re.compile(r"test (\S{1,500}) \.\.\. (ok|FAILED)$")
_MODE = re.compile(r" - (?:should panic|compile fail|compile)$")
_TERSE_FAILED = " --- FAILED"
# Dots and letters of tests that did not fail may stand before a name, which may begin with such a letter itself.
_TERSE = re.compile(r"[.i]{0,1000}\.")
_DOC = re.compile(r"(\S{1,500}\.\w{1,5}) - (.{0,500}\(line \d{1,7}\))(?: .*)?")
# What trybuild prints while it runs: the files that it compiles, in the words of libtest.
_TRYBUILD = re.compile(r"\S{1,500}\.rs(?: \[[^\]]{1,60}\])?")
_SECTIONS = ("failures:", "successes:")
_ENDS = ("ok", "FAILED", "ignored")


@dataclass(frozen=True, slots=True)
class Target:
    """A test binary as cargo names it: what stands for its suite, and its file where all of its tests are in one."""

    suite: str = ""
    file: str | None = None


class LibtestRun:
    """One run of a test binary; its results go to `telling`, where it closes the session that it ends."""

    def __init__(self, target: Target, telling: Telling, *, count: int = 0, is_headless: bool = False) -> None:
        self._target = target
        self._count = count
        self._inner: int | None = None
        self._inner_list: list[tuple[str, int]] = []
        self._telling = telling
        self._tests: dict[str, Told] = {}
        self._pending: tuple[str, int] | None = None
        self._glued = ""
        self._panic: Block | None = None
        self._is_headless = is_headless
        self._section = _SECTIONS[0] if is_headless else ""
        self._seen: set[str] = {self._section} if is_headless else set()
        self._is_list = False
        self._listed_known = 0
        self._listed_unknown: list[tuple[str, int]] = []
        self._block: Block | None = None
        self._held: Block | None = None
        self._is_named = False
        self._result = ""
        self.is_over = False

    @property
    def is_telling(self) -> bool:
        """Say whether the binary is repeating what its tests printed."""
        return bool(self._section)

    def read(self, line: Line) -> None:
        """Take the next line that the binary printed."""
        if self._inner is not None:
            self._read_inner(line, self._inner)
        elif self._section:
            self._read_told(line)
        elif line.text.startswith("test "):
            self._read_test(line)
        elif line.text in _SECTIONS:
            self._settle()
            self._open(line.text)
        elif line.text.endswith(_ENDS):
            self._read_end(line)
        else:
            self._keep(line)

    def crash(self, number: int, binary: str = "") -> Told:
        """Return the failure of a process that died: the test's under which it did where that shows, else the binary's own.

        `binary` is what a quiet cargo calls it, which names it only once it has failed.
        """
        panic = self._panic or Block("", number)
        pending = self._pending[0] if self._pending else None
        name = pending or dead_thread(panic.lines)
        told = self._told(name, Outcome.FAILED, number) if name else self._alone(number, binary)
        told.block = panic
        self._telling.add(told)
        return told

    def settle(self) -> None:
        """Put down what the blocks said of each failure, before the session is closed."""
        for told in self._tests.values():
            if told.block is not None and told.outcome.is_bad:
                told.message = message(told.block.lines)
                told.file = told.file or file(told.block.lines)

    def leave(self) -> None:
        """End a run whose result came where none was due: something else stood between it and its list."""
        self.settle()
        if self._result and not self.is_over and not self._is_headless:
            if not any(told.outcome.is_bad for told in self._tests.values()):
                self._tell_listed(self._result)
            self._end(self._result)

    def _alone(self, number: int, binary: str) -> Told:
        suite = self._target.suite or binary
        return Told(suite=suite, name=suite or "test binary", outcome=Outcome.ERROR, number=number)

    def _told(self, full: str, outcome: Outcome, number: int) -> Told:
        """Name a test as cargo2junit and libtest's own JUnit formatter do: its module is its class."""
        doc = _DOC.fullmatch(full) if " (line " in full else None
        module, _, name = (doc[1], "", doc[2]) if doc else full.rpartition("::")
        return Told(
            suite=self._target.suite,
            class_name=module,
            name=name or full,
            outcome=outcome,
            number=number,
            file=doc[1] if doc else self._target.file,
        )

    def _add(self, full: str, outcome: Outcome, number: int, seconds: str | None = None) -> Told:
        told = self._told(full, outcome, number)
        told.duration_ms = seconds_ms(seconds)
        self._telling.add(told)
        if len(self._tests) < MOST_TESTS:
            self._tests[full] = told
        return told

    def _read_test(self, line: Line) -> None:
        text = line.text
        if text.startswith("test result: "):
            self._end(text)
            return
        name, dots, rest = text[5:].partition(" ... ")
        if not dots and text.endswith(" ..."):
            name, dots = text[5:-4], " ... "
        name = _MODE.sub("", name.rstrip())
        if not dots or not name or len(name) > 1_000 or _TRYBUILD.fullmatch(name):
            self._keep(line)
            return
        self._settle()
        outcome = _OUTCOME.fullmatch(rest)
        if outcome is None:
            self._pending, self._glued = (name, line.number), rest
        else:
            self._is_named = True
            self._add(name, _WORDS[rest[:2]], line.number, outcome[1])

    def _read_end(self, line: Line) -> None:
        """Read an end that stands behind something else: output of the test, or of another one in the same line."""
        text = line.text
        glued = _GLUED.search(text) if " ... " in text else None
        if self._pending is not None and text in _ENDS:
            name, number = self._pending
            self._pending = None
            self._add(name, _WORDS[text[:2]], number)
        elif text.endswith(_TERSE_FAILED) and len(text) < 1_000:
            self._is_named = True
            before = _TERSE.match(text)
            name = text.removesuffix(_TERSE_FAILED)[before.end() if before else 0 :]
            self._add(name, Outcome.FAILED, line.number)
        elif glued is not None:
            self._settle()
            self._is_named = True
            self._add(glued[1], _WORDS[glued[2][:2]], line.number)
        else:
            self._keep(line)

    def _settle(self) -> None:
        """End the test that waits for its end: what it printed last, without an end of line, stands before the word."""
        if self._pending is None:
            return
        (name, number), self._pending = self._pending, None
        word = next((word for word in _ENDS if self._glued.endswith(word)), None)
        if word is not None:
            self._add(name, _WORDS[word[:2]], number)

    def _keep(self, line: Line) -> None:
        self._glued = line.text or self._glued
        if line.text.startswith("thread '"):
            self._panic = Block("", line.number)
        if self._panic is not None:
            self._panic.add(line.text)

    def _open(self, word: str) -> None:
        self._is_list = word in self._seen
        self._listed_known = 0
        self._listed_unknown.clear()
        self._section, self._held, self._block = word, self._block, None
        self._seen.add(word)

    def _read_told(self, line: Line) -> None:
        """Read the blocks of what tests printed, and the lists below them; a block may hold another run's output."""
        text = line.text
        head = _HEAD.fullmatch(text) if text.startswith("---- ") else None
        begin = BEGIN.fullmatch(text) if self._block is not None and not self._is_named and self._count else None
        if begin is not None:
            # Of a run that named none of its tests nothing else tells the blocks from those of a run that a test printed.
            self._inner, self._inner_list = int(begin[1]), []
        if head is not None and self._is_known(head[1]):
            self._read_head(head[1], line.number)
        elif text in _SECTIONS:
            self._open(text)
        elif text.startswith("test result: "):
            self._result = text
            if self._is_list:
                self._end_list(text)
        elif self._is_list and text.startswith("    ") and self._is_known(text.strip()):
            self._listed_known += 1
            self._listed(text.strip(), line.number)
        elif self._is_list and text.startswith("    ") and len(self._listed_unknown) < MOST_FAILURES:
            self._listed_unknown.append((text.strip(), line.number))
        elif self._is_list and text:
            # The list was that of another run, which the test printed.
            self._is_list, self._block = False, self._held
        elif self._block is not None:
            self._block.add(text)

    def _read_inner(self, line: Line, count: int) -> None:
        """Pass over a run that a test printed; where it died, the next result is the outer one's, and the list before it."""
        text = line.text
        if text in _SECTIONS:
            self._inner_list = []
        elif text.startswith("    ") and len(self._inner_list) < MOST_FAILURES:
            self._inner_list.append((text.strip(), line.number))
        elif text.startswith("test result: "):
            self._inner = None
            counts = _END.match(text)
            if counts and sum(int(one or 0) for one in counts.groups()) == self._count != count:
                for name, number in self._inner_list:
                    self._listed(name, number)
                self._end(text)
        if self._block is not None:
            self._block.add(text)

    def _end_list(self, result: str) -> None:
        """End the run, or what a test quoted of another, of whose list no name is known here."""
        if self._listed_unknown and not self._listed_known:
            self._is_list, self._block = False, self._held
            return
        self._tell_listed(result)
        self._end(result)

    def _tell_listed(self, result: str) -> None:
        """Tell what only the list names, which is as long as the result says: among what tests print, ends are lost."""
        counts = _END.match(result)
        if counts is not None and int(counts[2]) == self._listed_known + len(self._listed_unknown):
            for name, number in self._listed_unknown:
                self._listed(name, number)

    def _is_known(self, name: str) -> bool:
        return not self._is_named or name in self._tests

    def _read_head(self, name: str, number: int) -> None:
        told = self._listed(name, number)
        told.block = self._block = told.block or Block(name, number)

    def _listed(self, name: str, number: int) -> Told:
        outcome = Outcome.FAILED if self._section == _SECTIONS[0] else Outcome.PASSED
        return self._tests.get(name) or self._add(name, outcome, number)

    def _end(self, text: str) -> None:
        counts = _END.match(text)
        if counts is None:
            return
        self._settle()
        self.settle()
        self._telling.close(is_complete=True, passes=int(counts[1]), failures=int(counts[2]))
        self.is_over = True
