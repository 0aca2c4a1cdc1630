"""Reads the closing list of failures that the JUnit Platform prints, alone or through ant's junitlauncher.

Its tree names tests by display names only, so that what passed cannot be told apart for certain, and is left out.
"""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.session import MOST_FAILURES, Block, Session
from app.core.logs.told import ToldTest, result
from app.core.model import Outcome, TestResult

_TASK = re.compile(r" {0,20}\[[\w.-]{1,30}\](?: |$)")
_HEADER = re.compile(r"(?:Test )?[Ff]ailures \(\d{1,9}\):")
_TEST = re.compile(r"  (\S[^:]{0,100}:.{1,2000})")
_METHOD = re.compile(
    r"    MethodSource \[className = '([^']{1,500})', methodName = '([^']{1,500})', methodParameterTypes = '([^']{0,2000})'\]"
)
_CLASS = re.compile(r"    ClassSource \[className = '([^']{1,500})'")
_INVOCATION = re.compile(r":\[(\d{1,6})\]")
_ARROW = "    => "
_SPARSE = ("ailures (", "Test run f", " failed ")
_FINISHED = re.compile(r"Test run finished after \d{1,12} ms")
_FAILED = re.compile(r"\[ {1,20}(\d{1,9}) (?:tests|containers) failed {1,20}\]")


class JunitConsoleReader:
    """Reads the sessions of the JUnit Platform's console launcher in one step."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"MethodSource [className",
        b"ClassSource [className",
        b"Test run finished after ",
    )

    def __init__(self) -> None:
        self._done: list[Session] = []
        self._start()

    def _start(self) -> None:
        self._results: list[ToldTest] = []
        self._is_listing = False
        self._path = ""
        self._block: Block | None = None

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if not self._is_listing and not any(words in text for words in _SPARSE):
            return
        task = _TASK.match(text) if "[" in text[:21] else None
        text = text[task.end() :] if task else text
        if text.startswith("Test run finished") and _FINISHED.match(text):
            self._close(is_complete=True)
        elif self._done and " failed " in text and (failed := _FAILED.fullmatch(text)):
            last = self._done[-1]
            self._done[-1] = replace(last, failures=last.failures + int(failed[1]))
        elif _HEADER.fullmatch(text):
            self._is_listing = True
        elif self._is_listing:
            self._read_listed(text, line.number)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._results:
            self._close(is_complete=False)
        done, self._done = self._done, []
        self._start()
        return done

    def _read_listed(self, text: str, number: int) -> None:
        method = _METHOD.match(text) if text.startswith("    M") else None
        of_class = _CLASS.match(text) if text.startswith("    C") else None
        if method is not None:
            self._add(ToldTest(method[1], _method_name(method, self._path), Outcome.FAILED, number, method[1]))
        elif of_class is not None:
            self._add(ToldTest(of_class[1], of_class[1], Outcome.ERROR, number, of_class[1]))
        elif text.startswith("  ") and not text.startswith("   ") and _TEST.match(text):
            self._path, self._block = text, None
        elif self._block is not None and text.startswith("    "):
            self._block.add(text.removeprefix(_ARROW).removeprefix("       "))

    def _add(self, test: ToldTest) -> None:
        if len(self._results) < MOST_FAILURES:
            test.block = self._block = Block(test.name, test.number)
            self._results.append(test)

    def _close(self, *, is_complete: bool) -> None:
        results: tuple[TestResult, ...] = tuple(map(result, self._results))
        self._done.append(Session(runner="junit", results=results, is_complete=is_complete))
        self._start()


def _method_name(method: re.Match[str], path: str) -> str:
    """Name a method as the platform's own reports do: `method(Type, Type)[2]`."""
    types = ", ".join(one.strip().rpartition(".")[2] for one in method[3].split(","))
    invocation = _INVOCATION.search(path)
    return f"{method[2]}({types})" + (f"[{invocation[1]}]" if invocation else "")
