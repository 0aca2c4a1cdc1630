"""How .NET's runners name a test, and where its stack says that it stands."""

import re
from collections.abc import Iterable

from app.core.logs.session import Block
from app.core.logs.telling import Told

_SPACED = re.compile(r"[^\w.+`<>,\[\]]")
_FRAME = re.compile(r"\s*at ([\w.+`<>\[\],]{1,500})\.([\w`\[\]<>]{1,200})\(")
# An asynchronous method is a class of its own, which the compiler names after it.
_ASYNC = re.compile(r"\s*at ([\w.+`\[\],]{1,500})\.<(\w{1,200})>[\w$]{1,40}\.MoveNext\(")
_PLACE = re.compile(r" in ([^\n]{1,500}):line \d{1,9}$")
_AFTER_FIXTURE = re.compile(r"\)\.(\w{1,300}(?:\(.*)?)$")


def split_name(label: str) -> tuple[str, str]:
    """Return class and name of `Namespace.Class.Method(arguments)`, the class empty where the label has none.

    NUnit and MSTest let a label be the method alone, xUnit any words that the project likes.
    """
    head, bracket, arguments = label.partition("(")
    if bracket and (fixture := _AFTER_FIXTURE.search(label)) and label[: fixture.start()].count('"') % 2 == 0:
        # The arguments are those of an NUnit fixture.
        return label[: fixture.start() + 1], fixture[1]
    if "." not in head or _SPACED.search(head):
        return "", label
    # The types of a generic method have dots of their own.
    class_name, _, name = (head.partition("<")[0] if head.endswith(">") else head).rpartition(".")
    if not class_name or not name:
        return "", label
    return class_name, head[len(class_name) + 1 :] + bracket + arguments


def place(tests: Iterable[Told]) -> None:
    """Complete the tests that failed by their stacks: many labels have no class."""
    for test in tests:
        if test.block is not None and test.outcome.is_bad:
            class_name, test.file = _own_frame(test.block, test.name)
            test.class_name = test.suite = test.class_name or class_name


def _own_frame(block: Block, name: str) -> tuple[str, str | None]:
    """Return class and file of the frame of a test's own method in the stack of its failure; empty and None without one."""
    method = name.partition("(")[0]
    for line in block.lines:
        frame = (_ASYNC.match(line) or _FRAME.match(line)) if "at " in line else None
        if frame is not None and frame[2] == method:
            place = _PLACE.search(line)
            return frame[1], place[1] if place else None
    return "", None
