"""What several formats of .NET write alike: the names of tests, the paths of assemblies, spans of time, failures."""

import re

from app.core.reports.executions import bounded_ms
from app.core.reports.xml_records import Node

_LONGEST_SPLIT = 4_000
"""Characters up to which a name is taken apart; what is longer keeps its class in its name."""

_SPAN = re.compile(r"(?:([0-9]{1,5})\.)?([0-9]{1,4}):([0-9]{1,2}):([0-9]{1,2}(?:[.,][0-9]{1,9})?)")
# A text that does not end goes on to the end of the name, so that no sign is looked at twice.
_SIGNS = re.compile(r'"(?:\\.|[^"\\])*+(?:"|\\?\Z)|[(<\[{]|[)>\]}]|\.', re.DOTALL)
_LINE = re.compile(r"[0-9]{1,9}")


def module_name(path: str) -> str:
    """Return the file name of an assembly's path, which names another folder on every machine."""
    return re.split(r"[\\/]", path)[-1]


def split_full_name(full: str) -> tuple[str, str]:
    """Split `Ns.Fixture("a.b").Test(1.5)` into class and test; the class is empty where the name is a sentence.

    The dots of arguments, type parameters and texts divide nothing.
    """
    dot = _last_dot(full) if len(full) <= _LONGEST_SPLIT else -1
    class_name = full[: max(dot, 0)]
    head = re.split(r"[(<\[]", class_name, maxsplit=1)[0]
    if not head or re.search(r"\s", head) or not full[dot + 1 :].strip():
        return "", full
    return class_name, full[dot + 1 :]


def without_class(name: str, class_name: str) -> str:
    """Return a test's name without the class that several frameworks put before it."""
    return name.removeprefix(f"{class_name}.") or name if class_name else name


def span_ms(text: str) -> int | None:
    """Read a TimeSpan, `[days.]hh:mm:ss[.fraction]`, as milliseconds; None where it is none."""
    match = _SPAN.fullmatch(text.strip())
    if match is None:
        return None
    days, hours, minutes = (int(part or 0) for part in match.groups()[:3])
    seconds = float(match[4].replace(",", "."))
    return bounded_ms((((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)


def line_number(text: str) -> int | None:
    """Read a line number; None for anything else."""
    return int(text) if _LINE.fullmatch(text) else None


def failure_texts(failure: Node | None) -> tuple[str, str]:
    """Return message and stack trace of an element that has them as children; where it has none, its own text counts."""
    if failure is None:
        return "", ""
    return failure.words("message") or failure.text.strip(), failure.words("stack-trace")


def _last_dot(full: str) -> int:
    depth, dot = 0, -1
    for sign in _SIGNS.finditer(full):
        if sign[0] in "(<[{":
            depth += 1
        elif sign[0] in ")>]}":
            depth -= 1
        elif sign[0] == "." and depth == 0:
            dot = sign.start()
    return dot
