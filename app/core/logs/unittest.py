"""Reads what Python's unittest prints, alone, under Django, and under nose: blocks of failures between rules, and totals.

Twisted's trial tells one failure for all tests that it is the same of: their names stand below it, behind an empty line.
"""

import re
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import LONGEST_MESSAGE, LONGEST_STACK, MOST_FAILURES, MOST_TESTS, Block, Session, cut
from app.core.model import Outcome, TestResult

_RULE = "=" * 70
_LINE = "-" * 70
_BAD = {"FAIL": Outcome.FAILED, "ERROR": Outcome.ERROR, "UNEXPECTED SUCCESS": Outcome.FAILED}
_TRIAL_RULE, _TRIAL_LINE = "=" * 79, "-" * 79
_TRIAL = {
    "[FAIL]": Outcome.FAILED,
    "[ERROR]": Outcome.ERROR,
    "[SKIPPED]": Outcome.SKIPPED,
    "[TODO]": Outcome.SKIPPED,
    "[SUCCESS!?!]": Outcome.PASSED,
}
_ID = re.compile(r"[^\W\d]\w*(?:\.\w+)*")
_HEAD = re.compile(r"(FAIL|ERROR|UNEXPECTED SUCCESS): (\S.*)")
_NAMED = re.compile(r"(\S+) \(([\w.<>]+)\)(?: .*)?")
_ENDS = r"ok|skipped\b.*|expected failure|unexpected success"
_PROGRESS = re.compile(rf"(\S+ \([\w.<>]+\))(?: .*)? ?\.\.\. ({_ENDS})")
_DOCUMENTED = re.compile(rf"\S.* \.\.\. ({_ENDS})")
_UNEXPECTED = "unexpected success"
_RAN = re.compile(r"Ran \d+ tests? in \d+(?:\.\d+)?s")
_END = re.compile(r"(?:OK|PASSED|FAILED|NO TESTS RAN)(?: \(.*\))?")
_COUNT = re.compile(r"(?<=[( ])(?<!expected )(?:failures|errors|unexpected successes)=(\d{1,9})")
_FILE = re.compile(r'  File "([^"]+)", line \d+, in (\S+)')
_LOADER = "unittest.loader._FailedTest"
# Django's workers hand their results over by pickling them; what cannot be pickled ends the run before its totals.
_UNPICKLED = re.compile(r"(?:(?P<test>\S+ \([\w.<>]+\)) failed:| {4}test: (?P<of>\S+ \([\w.<>]+\)))")
_NO_PICKLE = (
    "Unfortunately, tracebacks cannot be pickled",
    "Unfortunately, the exception it raised cannot be pickled",
    "Unfortunately, the subtest that failed cannot be pickled",
)
_STOPPED = "a failure could not be handed over between processes"
_GROUPS = ("setUpClass", "tearDownClass", "setUpModule", "tearDownModule")


class UnittestReader:
    """Reads the unittest sessions of one step."""

    marks: ClassVar[tuple[bytes, ...]] = (b"Ran ", b"FAIL", b"ERROR", b" cannot be pickled")

    def __init__(self) -> None:
        self._done: list[Session] = []
        self._start()

    def _start(self) -> None:
        self._named_ends: dict[tuple[str, str], TestResult] = {}
        self._failed: list[tuple[Outcome, Block]] = []
        self._block: Block | None = None
        self._trial: Outcome | None = None
        self._alike: list[str] = []
        self._is_ruled = False
        self._has_ran = False
        self._named = ""
        self._unpickled: Block | None = None
        self._stopped: str | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._is_ruled and self._open_block(text, line.number):
            pass
        elif text in (_RULE, _TRIAL_RULE, _TRIAL_LINE):
            self._end_block()
        elif self._has_ran and _END.fullmatch(text):
            self._close(is_complete=True, failures=sum(map(int, _COUNT.findall(text))))
        elif text.startswith("Ran ") and _RAN.fullmatch(text):
            self._has_ran, self._block = True, None
        elif self._block is not None:
            self._keep(self._block, text)
        elif text.endswith((" failed:", ")")) or " ... " in text:
            self._read_progress(line)
        elif self._unpickled is not None and text.startswith(_NO_PICKLE):
            self._stopped = _STOPPED
            self._failed.append((Outcome.FAILED, self._unpickled))
            self._unpickled = None
        self._is_ruled = text in (_RULE, _TRIAL_RULE)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._has_ran or self._stopped:
            self._close(is_complete=False)
        done, self._done = self._done, []
        self._start()
        return done

    def _open_block(self, text: str, number: int) -> bool:
        """Open a block, whose first line stands below a rule."""
        head = _HEAD.fullmatch(text)
        if head is not None:
            self._block = Block(head[2], number)
            if len(self._failed) < MOST_FAILURES:
                self._failed.append((_BAD[head[1]], self._block))
        elif text in _TRIAL:
            self._block, self._trial = Block("", number), _TRIAL[text]
        return head is not None or text in _TRIAL

    def _keep(self, block: Block, text: str) -> None:
        block.add(text)
        if not text:
            self._alike.clear()
        elif self._trial is not None and len(self._alike) < MOST_FAILURES:
            self._alike.append(text)

    def _end_block(self) -> None:
        """End a block; the last lines of one of trial's name its tests."""
        block, outcome, self._block, self._trial = self._block, self._trial, None, None
        tests, self._alike = self._alike, []
        if block is None or outcome is None or not all(map(_ID.fullmatch, tests)):
            return
        for title in tests:
            if not outcome.is_bad and len(self._named_ends) < MOST_TESTS:
                names = _names(title)
                self._named_ends[names] = _result(*names, outcome, block.number)
            elif outcome.is_bad and len(self._failed) < MOST_FAILURES:
                one = Block(title, block.number)
                one.lines = block.lines
                self._failed.append((outcome, one))

    def _read_progress(self, line: Line) -> None:
        """Read a line of verbose progress; a test with a docstring has its name on the line before."""
        unpickled = _UNPICKLED.fullmatch(line.text)
        if unpickled is not None:
            self._unpickled = Block(unpickled["test"] or unpickled["of"], line.number)
        # Up to Python 3.10 a test of which a subtest failed has no end, and the next one stands in its line.
        glued = line.text.rsplit(" ... ", 2)
        match = _PROGRESS.fullmatch(" ... ".join(glued[1:])) if len(glued) > 2 else None
        match = match or _PROGRESS.fullmatch(line.text)
        documented = _DOCUMENTED.fullmatch(line.text) if match is None and self._named else None
        named, word = (match[1], match[2]) if match else (self._named, documented[1] if documented else "")
        self._named = line.text if match is None and _NAMED.fullmatch(line.text) else ""
        if word and len(self._named_ends) < MOST_TESTS:
            # Up to Python 3.10 nothing below tells of an unexpected success.
            bad = Outcome.FAILED if word == _UNEXPECTED else Outcome.SKIPPED
            outcome = Outcome.PASSED if word == "ok" else bad
            class_name, name = _names(named)
            self._named_ends[class_name, name] = _result(class_name, name, outcome, line.number)

    def _close(self, *, is_complete: bool, failures: int = 0) -> None:
        failed: dict[tuple[str, str], TestResult] = {}
        for outcome, block in self._failed:
            class_name, name = _names(block.title)
            # Subtests, and a test that fails when it is torn down too, have a block each; the test is one.
            failed.setdefault((class_name, name), _failure(class_name, name, outcome, block))
        results = (*(one for key, one in self._named_ends.items() if key not in failed), *failed.values())
        failures = max(failures - (len(self._failed) - len(failed)), 0)
        session = Session(
            runner="unittest",
            results=results,
            is_complete=is_complete,
            stopped_early=self._stopped,
            failures=failures,
        )
        self._done.append(session)
        self._start()


def _names(title: str) -> tuple[str, str]:
    """Return class and name from `name (module.Class)`, which is `name (module.Class.name)` since Python 3.11."""
    match = _NAMED.fullmatch(title)
    if match is None:
        module, _, name = title.rpartition(".") if " " not in title else ("", "", title)
        return module, name
    name, where = match[1], match[2]
    if where.startswith(_LOADER):
        return "", name
    if name in _GROUPS:
        return where, name
    return where.removesuffix(f".{name}"), name


def _failure(class_name: str, name: str, outcome: Outcome, block: Block) -> TestResult:
    # Between the rule and the traceback stands the docstring, if there is one.
    lines = block.lines[block.lines.index(_LINE) + 1 :] if _LINE in block.lines else block.lines
    frame = next((index for index in reversed(range(len(lines))) if _FILE.match(lines[index])), -1)
    first = next((index for index in range(frame + 1, len(lines)) if lines[index][:1].strip()), len(lines))
    end = next((index for index in range(first, len(lines)) if lines[index] in ("", _LINE)), len(lines))
    return TestResult(
        suite="",
        class_name=class_name,
        name=name,
        outcome=outcome,
        file=next((match[1] for match in map(_FILE.fullmatch, lines) if match and match[2] == name), None),
        line=block.number,
        message=cut(lines[first:end], LONGEST_MESSAGE),
        stack_trace=cut([line for line in lines if line != _LINE], LONGEST_STACK),
    )


def _result(class_name: str, name: str, outcome: Outcome, number: int) -> TestResult:
    return TestResult(suite="", class_name=class_name, name=name, outcome=outcome, line=number)
