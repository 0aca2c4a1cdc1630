"""Reads the events of gradle's test tasks, as gradle itself and as the plugin gradle-test-logger print them.

Without further settings gradle tells of tests that failed only, and counts all of them at the end of a task that failed.
"""

import re
from dataclasses import replace
from typing import ClassVar

from app.core.logs.clean import Line
from app.core.logs.gradle_names import ERRORS, named, native, qualified
from app.core.logs.jvm_dotnet import above_stack, milliseconds, of_class
from app.core.logs.session import Block, Session
from app.core.logs.telling import Telling, Told
from app.core.model import Outcome

_OUTCOMES = {"PASSED": Outcome.PASSED, "FAILED": Outcome.FAILED, "SKIPPED": Outcome.SKIPPED}
_WORDS = (" PASSED", " FAILED", " SKIPPED")
_MARKED = {"✔": Outcome.PASSED, "✘": Outcome.FAILED}
_THEMED = re.compile(
    r"( {1,12})(?:Test (\S.{0,1500}) (PASSED|FAILED|SKIPPED)|([✔✘]) (\S.{0,1500}?))(?: \((\d[\w. ]{0,20}s)\))?"
)
_CLASS = re.compile(r" {0,12}((?:[\w$]{1,100}\.){0,40}[A-Z][\w$]{0,200})")
_TASK = "> Task :"
_COMPLETED = re.compile(r"(\d{1,9}) tests? completed, (\d{1,9}) failed(?:, (\d{1,9}) skipped)?")
_EXECUTED = re.compile(
    r"(?:SUCCESS|FAILURE): Executed (\d{1,9}) tests? in [^(]{0,60}(?:\((?:(\d{1,9}) failed)?(?:, )?(?:(\d{1,9}) skipped)?\))?"
)
_KEPT_ON = re.compile(r"FAILURE: Build completed with \d{1,6} failures\.")
_IGNORED = "There were failing tests."
# What the builds of Elasticsearch and OpenSearch end a task's tests with.
_LIST, _LISTED = "Tests with failures:", " - "
_CRASHED = re.compile(r".{0,200}Process 'Gradle Test Executor \d{1,6}' finished with non-zero exit value")


class GradleReader:
    """Reads the gradle builds of one step; a build is one session, whatever its tasks."""

    marks: ClassVar[tuple[bytes, ...]] = (
        b"> Task :",
        b"tests completed",
        b"test completed",
        b"* What went wrong:",
        b"BUILD SUCC",
    )

    def __init__(self) -> None:
        self._telling = Telling("gradle", above_stack)
        self._start()

    def _start(self) -> None:
        self._telling.forget()
        self._block: Block | None = None
        self._candidate: tuple[int, str] | None = None
        self._is_listing = False
        self._bad: set[tuple[str, str]] = set()
        self._headers: list[tuple[int, str]] = []
        self._task = ""
        self._counts = 0
        # By gradle itself and by the plugin, which may both count one task.
        self._passes, self._failures = [0, 0], [0, 0]
        self._is_counted = False
        self._is_tolerant = self._keeps_on = self._has_projects = False

    def read(self, line: Line) -> None:
        """Take the next line."""
        text = line.text
        if self._is_listing and text.startswith(_LISTED):
            self._read_listed(text.removeprefix(_LISTED), line.number)
        elif not text:
            self._open_class()
            self._keep(text)
        elif text[0] in " \t":
            self._read_indented(line)
        elif text.endswith(_WORDS) and not text.startswith("BUILD "):
            self._read_event(line)
        else:
            self._read_other(text)

    def finish(self) -> list[Session]:
        """Return the sessions of the step that ends here, and forget them."""
        if self._telling.tests:
            self._close(is_complete=self._counts > 0 and self._is_counted)
        self._start()
        return self._telling.take()

    def _read_event(self, line: Line) -> None:
        path, _, word = line.text.rpartition(" ")
        self._block = None
        if path.startswith(("> Task ", ":")):
            self._read_task(path)
            return
        names = named(path) or native(path, self._task)
        if names is not None:
            outcome = _OUTCOMES[word]
            is_error = outcome is Outcome.FAILED and names[1] in ERRORS
            self._add(of_class(*names, Outcome.ERROR if is_error else outcome, line.number))

    def _read_listed(self, label: str, number: int) -> None:
        """Read a test of the list, which repeats the events where the build prints these."""
        names = qualified(label)
        if names is not None and _short(*names) not in self._bad:
            self._add(of_class(*names, Outcome.FAILED, number))

    def _read_task(self, text: str) -> None:
        self._task = text.removeprefix("> Task ").partition(" ")[0]
        # The build's own logic is no project that has tests to come.
        is_project = self._task.count(":") > 1 and not self._task.startswith(":buildSrc:")
        self._has_projects = self._has_projects or is_project

    def _add(self, test: Told) -> None:
        if "." not in test.class_name:
            # Without its package only the task tells the class from its namesakes.
            test.suite = self._task or test.class_name
        self._is_counted = False
        self._block = self._telling.add(test)
        if self._block is not None:
            self._bad.add(_short(*test.key))

    def _read_indented(self, line: Line) -> None:
        """Read a line of a failure, or one of gradle-test-logger's, which stand below the name of a class."""
        text = line.text
        # Only the name of a class has an empty line right below it: a suite of mocha's or karma's has its tests there.
        self._candidate = None
        is_marked = ("Test " in text and self._headers) or "✔" in text or "✘" in text
        themed = _THEMED.fullmatch(text) if is_marked else None
        if themed is not None:
            self._read_themed(themed, line.number)
        elif self._block is not None:
            self._keep(text)
        elif " " not in text.lstrip() and (header := _CLASS.fullmatch(text)):
            self._candidate = (len(text) - len(header[1]), header[1])

    def _read_themed(self, themed: re.Match[str], number: int) -> None:
        indent, plain, word, mark, name, seconds = themed.groups()
        self._block = None
        headers = [header for depth, header in self._headers if depth < len(indent)]
        names = ("$".join(headers), plain or name) if headers else named(name or "")
        if names is not None:
            outcome = _OUTCOMES[word] if word else _MARKED[mark]
            took = milliseconds(seconds) if seconds else None
            self._add(of_class(*names, outcome, number, took))

    def _open_class(self) -> None:
        """Take a name that stood alone for a class: an empty line follows those of gradle-test-logger, and nested ones are deeper."""
        if self._candidate is not None:
            indent = self._candidate[0]
            self._headers = [*(header for header in self._headers if header[0] < indent), self._candidate]
            self._candidate = None

    def _keep(self, text: str) -> None:
        if self._block is not None:
            self._block.add(text.removeprefix("    "))

    def _read_other(self, text: str) -> None:
        """Read a line that begins at the left edge, which ends whatever was told before."""
        self._block = self._candidate = None
        self._is_listing = text == _LIST
        if text.startswith(_TASK):
            self._read_task(text)
        elif text.startswith("BUILD "):
            self._read_build(text)
        elif "tests completed" in text or "test completed" in text or "Executed " in text:
            self._read_counts(_COMPLETED.match(text) or _EXECUTED.match(text))
        elif text.startswith("FAILURE: Build completed"):
            self._keeps_on = _KEPT_ON.match(text) is not None
        elif "There were failing" in text:
            self._is_tolerant = self._is_tolerant or _IGNORED in text
        elif "Process 'Gradle" in text and _CRASHED.match(text):
            self._telling.stopped = "a process of gradle's tests crashed"
        elif " " not in text and (header := _CLASS.fullmatch(text)):
            self._candidate = (0, header[1])

    def _read_counts(self, counts: re.Match[str] | None) -> None:
        if counts is not None:
            self._is_counted = True
            self._counts += 1
            failures, by = int(counts[2] or 0), int(counts.re is _EXECUTED)
            self._failures[by] += failures
            self._passes[by] += max(int(counts[1]) - failures - int(counts[3] or 0), 0)

    def _read_build(self, text: str) -> None:
        """Read how the build ended. One that went well ran its failed tests again, where it was not told to ignore them."""
        telling, has_failed = self._telling, text.startswith("BUILD FAILED")
        if not has_failed and not text.startswith("BUILD SUCCESSFUL"):
            return
        if not has_failed and not self._is_tolerant:
            last = {test.key: test for test in telling.tests}
            telling.tests += [_passed(test) for test in last.values() if test.outcome.is_bad]
        is_failing = any(test.outcome.is_bad for test in telling.tests)
        if has_failed and self._has_projects and not self._keeps_on and is_failing:
            telling.stopped = telling.stopped or "gradle stops at the first task that fails"
        if telling.tests or self._counts:
            self._close(is_complete=self._counts > 0 or not has_failed)
        self._start()

    def _close(self, *, is_complete: bool) -> None:
        self._telling.close(is_complete=is_complete, passes=max(self._passes), failures=max(self._failures))


def _short(class_name: str, name: str) -> tuple[str, str]:
    """Return how an event names a test: without the package of its class."""
    return class_name.rpartition(".")[2], name.removesuffix("()")


def _passed(test: Told) -> Told:
    return replace(test, outcome=Outcome.PASSED, duration_ms=None, block=None)
