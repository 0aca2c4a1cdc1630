"""Reads the closing list of failures that the JUnit Platform prints, alone or through ant's junitlauncher.

Its tree names tests by display names only, so that what passed cannot be told apart for certain, and is left out.
"""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.jvm_dotnet import above_stack, of_class
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling
from app.core.model import Outcome

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
        self._telling = Telling("junit", above_stack)
        self._start()

    def _start(self) -> None:
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
            self._telling.close(is_complete=True)
            self._start()
        elif self._telling.done and " failed " in text and (failed := _FAILED.fullmatch(text)):
            last = self._telling.done[-1]
            self._telling.done[-1] = replace(last, failures=last.failures + int(failed[1]))
        elif _HEADER.fullmatch(text):
            self._is_listing = True
        elif self._is_listing:
            self._read_listed(text, line.number)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        self._start()
        return self._telling.take()

    def _read_listed(self, text: str, number: int) -> None:
        method = _METHOD.match(text) if text.startswith("    M") else None
        whole = _CLASS.match(text) if text.startswith("    C") else None
        if method is not None:
            name = _method_name(method, self._path)
            self._block = self._telling.add(of_class(method[1], name, Outcome.FAILED, number))
        elif whole is not None:
            self._block = self._telling.add(of_class(whole[1], whole[1], Outcome.ERROR, number))
        elif text.startswith("  ") and not text.startswith("   ") and _TEST.match(text):
            self._path, self._block = text, None
        elif self._block is not None and text.startswith("    "):
            self._block.add(text.removeprefix(_ARROW).removeprefix("       "))


def _method_name(method: re.Match[str], path: str) -> str:
    """Name a method as the platform's own reports do: `method(Type, Type)[2]`."""
    types = ", ".join(one.strip().rpartition(".")[2] for one in method[3].split(","))
    invocation = _INVOCATION.search(path)
    return f"{method[2]}({types})" + (f"[{invocation[1]}]" if invocation else "")
