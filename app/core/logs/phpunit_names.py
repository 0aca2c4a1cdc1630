"""What a defect of PHPUnit's is called, and what it says: the same words as in PHPUnit's JUnit report."""

import re
from dataclasses import dataclass

from app.core.logs.session import LONGEST_MESSAGE, cut
from app.core.logs.telling import Told

_METHOD = re.compile(r"([A-Za-z_\\\x80-\U0010ffff][\w\\]{0,400})::(\w[^(]{0,300}.*)")
_CLASS = re.compile(r"[A-Za-z_][\w\\]{1,400}")
_PHPT = re.compile(r"\S.{0,1000}\.phpt")
_SCENARIO = re.compile(r"([A-Za-z_][\w\\]{0,300}): (\S.{0,500})")
_DATA = re.compile(r"(\w{1,300}) with data set (#\d{1,9}|\".{0,500}?\")(?: \(.*)?")
# PHPUnit 13 writes the set into the method, but not in its report.
_NEW_DATA = re.compile(r"(\w{1,300})(?:#(\d{1,9})|@(.{1,300}?)) with data \(.*")
_FRAME = re.compile(r"(?:#\d{1,4} +)?(\S.{0,500}\.(?:php|phpt|inc)):\d{1,7}$")
_WITH_DATA = " with data set "
OWN = frozenset({"Error", "Warning"})
"""What PHPUnit calls, before version 10, a test that it could not make, as where a data provider threw."""
_NOT_MADE = re.compile(
    r"The data provider specified for ([A-Za-z_\x80-\U0010ffff][\w\\]{0,400})::(\w{1,300}) is invalid\.?"
)
_STEP, _WHY = " Step  ", " Fail  "
_TEST_OF_CODECEPTION, _VALUES = " Test  ", " | "


@dataclass(frozen=True, slots=True)
class Named:
    """A test as PHPUnit's report names it: the suite of a data provider's sets is their method."""

    suite: str
    class_name: str
    name: str


def name_of(title: str) -> Named | None:
    """Return what a numbered title names; None for what is no test, as `Warning` is."""
    method = _METHOD.fullmatch(title) if "::" in title else None
    if method is not None:
        name = _with_data(method[2].strip())
        bare, data, _ = name.partition(_WITH_DATA)
        return Named(f"{method[1]}::{bare}" if data else method[1], class_name(method[1]), name)
    if title.endswith(".phpt") and _PHPT.fullmatch(title):
        return Named("", "", title)
    scenario = _SCENARIO.fullmatch(title)
    if scenario is not None:
        return Named(scenario[1], class_name(scenario[1]), scenario[2].strip())
    # A class alone could not be set up; a word without a namespace or `Test` in it is PHPUnit's own.
    is_class = _CLASS.fullmatch(title) is not None and ("\\" in title or title.endswith(("Test", "Case", "Cest")))
    return Named(title, class_name(title), title) if is_class else None


def class_name(of: str) -> str:
    """Return a class of PHP as PHPUnit writes it into `classname`."""
    return of.strip("\\").replace("\\", ".")


def settle(told: Told) -> None:
    """Tell of a failure what its block says: message, file, and for Codeception's tests the method.

    The values of an example stand behind the title only, as in Codeception's report.
    """
    if told.block is None:
        return
    lines = told.block.lines
    not_made = _NOT_MADE.fullmatch(lines[0]) if lines and told.suite in OWN else None
    if not_made is not None:
        told.suite, told.class_name, told.name = not_made[1], class_name(not_made[1]), not_made[2]
    if lines and lines[0].startswith(_TEST_OF_CODECEPTION):
        told.file, _, method = lines[0].removeprefix(_TEST_OF_CODECEPTION).strip().partition(":")
        _, has_values, values = told.name.partition(_VALUES)
        told.name = f"{_with_data(method)}{has_values}{values}" if method else told.name
        lines = [line.removeprefix(_WHY) for line in lines[1:] if not line.startswith(_STEP)]
    frames = [match[1] for match in map(_FRAME.match, lines) if match]
    end = next((index for index, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    told.message = cut([line.rstrip() for line in lines[:end]], LONGEST_MESSAGE)
    own = f"{told.class_name.rpartition('.')[2]}.php"
    told.file = told.file or next((frame for frame in reversed(frames) if re.split(r"[/\\]", frame)[-1] == own), None)


def _with_data(method: str) -> str:
    """Return a method with its data set's name or number, but without the values in it."""
    data = _DATA.fullmatch(method)
    if data is not None:
        return f"{data[1]}{_WITH_DATA}{data[2]}"
    new = _NEW_DATA.fullmatch(method)
    if new is None:
        return method
    return f"{new[1]}{_WITH_DATA}#{new[2]}" if new[2] else f'{new[1]}{_WITH_DATA}"{new[3]}"'
