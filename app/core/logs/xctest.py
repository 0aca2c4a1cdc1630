"""Reads what XCTest prints, under `xcodebuild test`, `swift test` and the tools that make its output shorter."""

import re
from typing import ClassVar

from app.core.logs.clean import ERROR, Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.telling import Telling, Told, seconds_ms
from app.core.model import Outcome

_WORDS = {"passed": Outcome.PASSED, "failed": Outcome.FAILED, "skipped": Outcome.SKIPPED}
_CASE = re.compile(
    r"Test [Cc]ase '(?:-\[(\S{1,300}) ([^\]']{1,300})\]|([\w.]{1,300})\.(\w{1,300})(?:\(\))?)' (passed|failed|skipped|started)\b"
    r"(?: on '.{1,200}')?(?: \((\d{1,9}\.\d{1,9}) seconds\))?.{0,100}"
)
_ERROR = re.compile(
    r"(\S.{0,500}?):(?:\d{1,7}): error: (?:-\[(\S{1,300}) ([^\]]{1,300})\]|([\w.]{1,300})\.(\w{1,300})) : (.*)"
)
_RESTARTED = re.compile(
    r"Restarting after unexpected exit, crash, or test timeout in (?:-\[(\S{1,300}) (\S{1,300})\]|(\S{1,300})[./](\w{1,300})(?:\(\))?); .*"
)
_EXECUTED = re.compile(
    r"\t {0,3}Executed \d+ tests?, with .*| {0,9}Executed \d+ tests?, with (?:\d+ tests? skipped and )?\d+ failures? .*"
)
_ALL = re.compile(r"Test Suite '(?:All tests|Selected tests)' (passed|failed|started) at .*")
_FAILED_LIST = "Failing tests:"
_LISTED = re.compile(
    r"\s{1,9}(?:-\[(\S{1,300}) (\S{1,300})\]|([\w.]{1,300})\.(\w{1,300})\((?:\w{1,100}:){0,20}\)|\w{1,300}\((?:\w{1,100}:){0,20}\))"
)
# Swift Testing's own lines: of a test with a name to show, and of a function.
_SWIFT = re.compile(r'\S{1,2} {1,2}Test (?:(")|(\w{1,300})\(.{0,300}?\) )')
_SWIFT_FAILS = (" recorded an issue ", " recorded an issue: ", " failed after ")
_SHORT = re.compile(
    r" {0,12}([✓✔✗✖]) {1,2}(?:\[.{1,200}\] )?(\w{1,300})(?:\(\))?(?: \((\d{1,9}\.\d{1,9}) seconds\)| on '.{1,200}' \((\d{1,9}\.\d{1,9}) seconds\)|, (.{1,3000}))"
)
# xcbeautify for GitHub has the tag of an error in place of the mark.
_ANNOTATED = re.compile(r" {4}(test\w{0,300})(?:\(\))?(?: on '.{1,200}' \((\d{1,9}\.\d{1,9}) seconds\)|, (.{1,3000}))")
# Said by `swift test` and xcodebuild; by simctl, in which bazel runs the tests of an app.
_SIGNAL = re.compile(
    r"(?:error: )?(?:Process .{1,300} )?[Ee]xited with (?:unexpected )?signal code \d{1,3}\.?"
    r"|Child process terminated with signal \d{1,3}(?:: .{1,100})?"
)
_MARKS = ("✓", "✔", "✗", "✖")
_SHORT_SUITE = re.compile(r"Test Suite (\w{1,200})\.?\w{0,200} started\b")
_INTERRUPTED = "** TEST EXECUTE INTERRUPTED **"
_ENDS = ("** TEST SUCCEEDED **", "** TEST FAILED **", "** TEST EXECUTE FAILED **", "** TEST EXECUTE SUCCEEDED **")


class XctestReader:
    """Reads the XCTest sessions of one step: each process has one, and `xcodebuild` ends them together."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"Test Case '",
        b"Test case '",
        b"Failing tests:",
        b"Test Suite ",
        b": error: -[",
        b" : XCT",
    )

    def __init__(self) -> None:
        self._telling = Telling("xctest")
        self._ever_bad: set[tuple[str, str]] = set()
        self._swift: set[str] = set()
        self._start()

    def _start(self) -> None:
        self._running: dict[tuple[str, str], Block] = {}
        self._bad: set[tuple[str, str]] = set()
        self._suite = ""
        self._block: Block | None = None
        self._is_listing = self._has_ended = self._has_failed = False
        self._signals = 0

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        at = max(text.find("Test Case '"), text.find("Test case '")) if "'" in text else -1
        if at >= 0 and (case := _CASE.match(text, at)):
            self._read_case(case, line.number)
        elif ": error: " in text and (error := _ERROR.fullmatch(text)):
            self._read_error(error, line.number)
        elif text.startswith("Restarting after") and (restarted := _RESTARTED.fullmatch(text)):
            self._crash(_names(restarted[1], restarted[2], restarted[3], restarted[4]), line.number)
        elif self._is_listing:
            self._read_list(line)
        else:
            self._read_other(line)

    def _read_other(self, line: Line) -> None:
        """Read what stands between the tests: ends of suites and of the run, and the short lines of other tools."""
        text = line.text
        if text.startswith("Test Suite '"):
            self._read_process(text)
        elif text.startswith("Test Suite ") and (suite := _SHORT_SUITE.match(text)):
            self._suite = suite[1]
        elif text == _FAILED_LIST:
            self._is_listing, self._block = True, None
        elif text.startswith("** TEST "):
            self._end(text)
        elif not text.isascii() and text.lstrip()[:1] in _MARKS and (short := _SHORT.fullmatch(text)):
            self._read_short(short, line.number)
        elif line.tag == ERROR and self._suite and (annotated := _ANNOTATED.fullmatch(text)):
            self._read_annotated(annotated, line.number)
        elif "Test " in text[:9] and any(word in text for word in _SWIFT_FAILS):
            self._read_swift(text)
        else:
            self._read_words(line)

    def _read_words(self, line: Line) -> None:
        text = line.text
        if " signal " in text and _SIGNAL.fullmatch(text):
            self._read_signal(line.number)
        elif self._block is not None:
            self._block.add(text)
        elif text.isidentifier():
            self._suite = text

    def _read_swift(self, text: str) -> None:
        """Note which tests Swift Testing tells of: what it says is no test of XCTest's."""
        swift = _SWIFT.match(text)
        if swift is not None and len(self._swift) < MOST_FAILURES:
            self._swift.add(swift[1] or swift[2])

    def _read_process(self, text: str) -> None:
        process = _ALL.fullmatch(text)
        if process is None:
            return
        if process[1] == "started":
            self._take_signal()
        else:
            self._has_ended = True
            self._has_failed = self._has_failed or process[1] == "failed"

    def _read_signal(self, number: int) -> None:
        self._telling.stopped = "the test process crashed"
        if self._running:
            self._crash(next(reversed(self._running)), number)
        else:
            self._signals += 1

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        is_complete, has_failed = self._has_ended, self._has_failed
        self._tell_errors()
        self._take_signal()
        self._ever_bad.clear()
        self._swift.clear()
        self._start()
        return self._telling.take(is_complete=is_complete, failures=int(has_failed))

    def _read_case(self, case: re.Match[str], number: int) -> None:
        key = _names(case[1], case[2], case[3], case[4])
        if case[5] == "started":
            self._block = Block(key[1], number)
            if len(self._running) < MOST_FAILURES:
                self._running[key] = self._block
            return
        self._tell(key, _WORDS[case[5]], number, case[6])

    def _tell(self, key: tuple[str, str], outcome: Outcome, number: int, seconds: str | None) -> None:
        block = self._running.pop(key, None)
        self._block = None
        if outcome.is_bad:
            self._bad.add(key)
            self._ever_bad.add(key)
        told = Told(suite=key[0], class_name=key[0], name=key[1], outcome=outcome, number=number, block=block)
        told.duration_ms = seconds_ms(seconds)
        if outcome.is_bad and block is not None:
            error = next((match for match in map(_ERROR.fullmatch, block.lines) if match), None)
            told.file = error[1] if error else None
            told.message = error[6] if error else None
        self._telling.add(told)

    def _read_error(self, error: re.Match[str], number: int) -> None:
        key = _names(error[2], error[3], error[4], error[5])
        block = self._running.get(key)
        if block is None and len(self._running) < MOST_FAILURES:
            block = self._running[key] = Block(key[1], number)
        if block is not None:
            block.add(error[0])
        self._block = block

    def _tell_errors(self) -> None:
        """Tell the tests of which errors are all that is shown: a quiet xcodebuild prints neither their starts nor their ends."""
        for key, block in list(self._running.items()):
            if key not in self._ever_bad and any(map(_ERROR.fullmatch, block.lines)):
                self._tell(key, Outcome.FAILED, block.number, None)

    def _crash(self, key: tuple[str, str], number: int) -> None:
        """Take a test under which its process died: Xcode starts another one behind it."""
        if key not in self._running:
            known = [one for one in self._running if one[1] == key[1]]
            key = known[0] if len(known) == 1 else key
        block = self._running.get(key)
        if block is not None:
            block.add("The process ended unexpectedly while it ran this test.")
        self._tell(key, Outcome.ERROR, number, None)

    def _take_signal(self) -> None:
        """Take the test that a process ran last: in parallel, `swift test` tells of its signal first and shows its words behind."""
        if self._signals and self._running:
            self._signals -= 1
            key = next(reversed(self._running))
            self._crash(key, self._running[key].number)

    def _read_list(self, line: Line) -> None:
        """Read the closing list of failures, which names what the console did not show."""
        listed = _LISTED.fullmatch(line.text)
        if listed is None:
            self._is_listing = not line.text.strip()
            if line.text.startswith("** TEST "):
                self._end(line.text)
            return
        key = _names(*listed.groups())
        is_told = any(one[1] == key[1] and one[0].rpartition(".")[2] == key[0].rpartition(".")[2] for one in self._bad)
        if key[1] and not is_told and not self._is_swift(key[1]):
            self._tell(key, Outcome.FAILED, line.number, None)

    def _is_swift(self, name: str) -> bool:
        """Tell whether Swift Testing has told of a function: maybe by the name to show, which the list does not have."""
        return name.partition("(")[0] in self._swift or ('"' in self._swift and not name.startswith("test"))

    def _read_short(self, short: re.Match[str], number: int) -> None:
        """Read a line of xcpretty's or xcbeautify's, which name the class above."""
        mark, name, seconds, seconds_on, said = short.groups()
        is_bad = mark in "✗✖"
        if not self._suite or (said is not None and not is_bad):
            return
        key = (self._suite, name)
        if is_bad and said:
            self._running[key] = Block(name, number)
            self._running[key].add(said)
        self._tell(key, Outcome.FAILED if is_bad else Outcome.PASSED, number, seconds or seconds_on)

    def _read_annotated(self, annotated: re.Match[str], number: int) -> None:
        name, seconds, said = annotated.groups()
        key = (self._suite, name)
        if key not in self._bad:
            self._running[key] = Block(name, number)
            self._running[key].add(said or "")
            self._tell(key, Outcome.FAILED, number, seconds)

    def _end(self, text: str) -> None:
        if text == _INTERRUPTED:
            self._telling.stopped = "xcodebuild was interrupted"
        if text == _INTERRUPTED or (text in _ENDS and self._telling.tests):
            self._telling.close(is_complete=text in _ENDS, failures=int("FAILED" in text))
            self._start()


def _names(
    objc_class: str | None, objc_name: str | None, swift_class: str | None, swift_name: str | None
) -> tuple[str, str]:
    """Return class and test of `-[Class test]` or `Class.test`."""
    return objc_class or swift_class or "", (objc_name or swift_name or "").removesuffix("()")
