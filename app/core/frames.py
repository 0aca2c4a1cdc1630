"""Which stack frames belong to the project: they say where a failure came from, whatever its message holds."""

import re
from functools import lru_cache
from typing import NamedTuple

MOST_FRAMES = 3
_MOST_LINES = 400
_LONGEST_LINE = 1_000

_PYTHON = re.compile(r'File "(?P<path>[^"]{1,500})", line (?P<line>\d{1,7})(?:, in (?P<name>\S{1,200}))?')
_AT_CALL = re.compile(
    r"at (?:async )?(?:[\w.@-]{0,80}/{1,2}){0,2}(?P<name>[\w.$/<>`\[\]*# ]{1,300}?) ?\((?P<path>[^()]{0,500})\)"
)
_AT_PATH = re.compile(r"at (?:async )?(?P<path>[^\s()]{1,500}?):(?P<line>\d{1,7})(?::\d{1,7})?$")
_PHP = re.compile(r"#\d{1,4} (?P<path>[^\s()]{1,500})\((?P<line>\d{1,7})\): (?P<name>[^\s(]{1,200})")
_RUBY = re.compile(r"(?:from )?(?P<path>[^\s:]{1,500}\.rb):(?P<line>\d{1,7}):in [`'](?P<name>[^`']{1,200})'")
_PLACE = re.compile(
    r"(?<![\w./\\@+-])(?P<path>[\w./\\@+-]{1,300}\.(?:py|go|rb|rs|[cm]?[jt]sx?|php|cs|java|kt|scala|swift|cc?|cpp|hp?p?|exs?|erl|dart|lua))"
    r":(?P<line>\d{1,7})"
)
_DOTNET = re.compile(r"at .{1,500}? in (?P<path>[^\n]{1,500}):line (?P<line>\d{1,7})$")
_PATH_AND_LINE = re.compile(r"(?P<path>.{1,500}?):(?P<line>\d{1,7})(?::\d{1,7})?")

_LIBRARY_NAMES = (
    *(
        "java.",
        "javax.",
        "jdk.",
        "sun.",
        "com.sun.",
        "kotlin.",
        "kotlinx.",
        "scala.",
        "groovy.",
        "org.codehaus.groovy.",
    ),
    *("org.junit.", "junit.", "org.testng.", "org.mockito.", "org.hamcrest.", "org.assertj.", "org.awaitility."),
    *(
        "org.scalatest.",
        "io.kotest.",
        "org.spockframework.",
        "org.opentest4j.",
        "net.bytebuddy.",
        "com.google.common.truth.",
    ),
    *("org.apache.maven.", "org.gradle.", "worker.org.gradle.", "com.intellij.rt.", "org.powermock."),
    *("System.", "Microsoft.", "Xunit.", "NUnit.", "MSTest.", "FluentAssertions.", "Moq."),
    *("std::", "core::", "alloc::", "test::", "rust_begin_unwind", "testing.", "runtime."),
)
_LIBRARY_PATHS = (
    *(
        "site-packages",
        "dist-packages",
        "/lib/python",
        "\\lib\\unittest",
        "<frozen ",
        "<string>",
        "_pytest/",
        "pluggy/",
    ),
    *("node_modules", "node:", "internal/", "/rustc/", "/usr/local/go/", "/go/pkg/mod/", "/opt/hostedtoolcache/"),
    *("/gems/", "/usr/lib/ruby", "/vendor/", "PHPUnit/", "<anonymous>", "native", "/.cargo/"),
)


def project_frames(stack_trace: str | None) -> tuple[str, ...]:
    """Return the project's own frames nearest to the failure, at most three, without line numbers.

    A Python traceback tells the nearest call last, all others first. Frames of the test runner, of the language's
    library and of installed packages are left out.
    """
    if not stack_trace:
        return ()
    frames: list[str] = []
    is_python = False
    for line in stack_trace[: _MOST_LINES * _LONGEST_LINE].splitlines()[:_MOST_LINES]:
        found = _frame(line.strip()[:_LONGEST_LINE])
        if found is None:
            continue
        is_python = is_python or found[1]
        if not is_python and len(frames) == MOST_FRAMES:
            break
        if found[0] is not None:
            frames.append(found[0])
    return tuple(frames[: -MOST_FRAMES - 1 : -1] if is_python else frames[:MOST_FRAMES])


# The failures of a run share most of their frames.
@lru_cache(maxsize=8192)
def _frame(line: str) -> tuple[str | None, bool] | None:
    """Return a line's frame, None in its place where it is a library's, and whether it is Python's; None for other lines."""
    match = _match(line)
    return None if match is None else (_own_frame(match), match.re is _PYTHON)


# One cause fails many tests of a file by one trace.
@lru_cache(maxsize=256)
def failing_line(stack_trace: str | None, file: str | None) -> tuple[str, int] | None:
    """Return the file and the line at which a test failed, as its trace tells; None where it does not.

    In a known file it is the frame nearest to the failure; else the nearest of the project's own frames whose path has a
    folder: a bare `FooTest.java` could stand anywhere. Paths are as they were written.
    """
    if not stack_trace:
        return None
    wanted = _base(file) if file else None
    nearest = None
    for line in stack_trace[: _MOST_LINES * _LONGEST_LINE].splitlines()[:_MOST_LINES]:
        place = _place(line.strip()[:_LONGEST_LINE])
        if place is None or (place.base != wanted if wanted else place.base == place.path):
            continue
        nearest = place.path, place.line
        if not place.is_python:
            break
    return nearest


class _Place(NamedTuple):
    path: str
    base: str
    line: int
    is_python: bool


@lru_cache(maxsize=8192)
def _place(line: str) -> _Place | None:
    """Return where a frame of the project's own stands; None for other lines."""
    match = _place_match(line)
    if match is None:
        return None
    path = match["path"].strip()
    is_library = any(mark in path for mark in _LIBRARY_PATHS)
    return None if is_library else _Place(path, _base(path), int(match["line"]), match.re is _PYTHON)


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2]


def _place_match(line: str) -> re.Match[str] | None:
    if line.startswith("at ") and ":line " in line:
        return _DOTNET.match(line)
    match = _match(line)
    if match is not None and match.re is _AT_CALL:
        return _PATH_AND_LINE.fullmatch(match["path"])
    return match


def _match(line: str) -> re.Match[str] | None:
    if line.startswith("at "):
        return _AT_CALL.match(line) or _AT_PATH.match(line)
    if line.startswith('File "'):
        return _PYTHON.match(line)
    if line.startswith("#"):
        return _PHP.match(line)
    return _RUBY.match(line) or _PLACE.search(line)


def _own_frame(match: re.Match[str]) -> str | None:
    parts = match.groupdict()
    path, name = (parts.get("path") or "").strip(), (parts.get("name") or "").strip()
    if name.startswith(_LIBRARY_NAMES) or any(mark in path for mark in _LIBRARY_PATHS):
        return None
    if match.re is _AT_CALL and "." in name and "/" not in path and "\\" not in path:
        return _without_numbers(name)
    file = path.replace("\\", "/").rpartition("/")[2]
    return _without_numbers(f"{file.partition(':')[0]} {name}".strip())


_GENERATED = re.compile(
    r"\$\$Lambda[^.]{0,100}|(?<=\$)\d{1,9}\b|(?<=Proxy)\d{1,9}|(?<=Accessor)\d{1,9}|(?<=lambda\$)\w{1,200}\$\d{1,9}"
)


def _without_numbers(name: str) -> str:
    return _GENERATED.sub(_generated, name)


def _generated(match: re.Match[str]) -> str:
    text = match[0]
    if text.startswith("$$Lambda"):
        return "$$Lambda"
    return text.rpartition("$")[0]
