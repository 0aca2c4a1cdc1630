"""What a line of the Test Anything Protocol says (testanything.org, versions 12 to 14), and what is told below a failure."""

import re
from dataclasses import dataclass

from app.core.logs.session import LONGEST_MESSAGE, cut
from app.core.model import Outcome

_POINT = re.compile(r"( {0,80})(not )?ok {1,9}(\d{1,7})(?:$| {0,20}(- |[+-] {0,9})?(.*))")
_UNNUMBERED = re.compile(r"()(not )?ok()(?:$| {1,9}(- )(.*))")
_DIRECTIVE = re.compile(r"(?<!\\)# ?(skip|todo)", re.IGNORECASE)
_TIME = re.compile(r" {1,9}# time=(\d{1,9}(?:\.\d{1,9})?)(ms|s)$")
_BATS_TIME = re.compile(r" in (\d{1,9})(ms|sec)$")
_REGRESS_TIME = re.compile(r" {2,90}(\d{1,9})( )ms$")
_CRITERION_TIME = re.compile(r" {1,2}\((\d{1,9}\.\d{1,9})(s)\)$")
_LONGEST_TIME = 120
_BRACE = " {"
_MILLISECONDS = {"ms": 1, " ": 1, "s": 1_000, "sec": 1_000}
_KEY = re.compile(r"( *)(error|message|failureMessage): ?(.*)")
_FOLDED = ("", "|", "|-", ">", ">-", "|+", ">+")
_PLACES = (
    re.compile(r"in test file (\S{1,500}), line \d+"),
    re.compile(r"at (\S{1,500}) line \d+\.?$"),
    re.compile(r"location: '(.{1,500}?):\d+:\d+'"),
    re.compile(r"^ *at: .{0,300}?\((\S{1,500}?):\d+:\d+\)"),
    re.compile(r"^ *at: \"(\S{1,500}?):\d+:\d+\"$"),
)
_WHERE = ("at:", "stack:", "...")
_NO_MESSAGE = re.compile(r"Failed test\b|at \S+ line \d+\.?$|\(?in test file |\(from function |Looks like you ")


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One line `ok` or `not ok`: how deep it stands in spaces, its number and its description without directives.

    `is_group` says that its own points follow in braces.
    """

    depth: int
    number: int
    name: str
    outcome: Outcome
    duration_ms: int | None
    is_dashed: bool
    is_group: bool


def read_point(text: str, due: int | None = None) -> Point | None:
    """Read a test point; one marked TODO is skipped where it failed, None where the line is no test point.

    One without a number has the one that is `due`, None where no stream of points is known to have begun.
    """
    match = _POINT.fullmatch(text) or (_UNNUMBERED.fullmatch(text) if due is not None else None)
    if match is None:
        return None
    indent, failed, number, dash, said = match.groups()
    times = _times(is_dashed=bool(dash)) if number else (_CRITERION_TIME,)
    number = number or str(due)
    outcome = Outcome.FAILED if failed else Outcome.PASSED
    said = said or ""
    is_group = said.endswith(_BRACE)
    said = said.removesuffix(_BRACE)
    directive = _DIRECTIVE.search(said) if "#" in said else None
    if directive is not None:
        said = said[: directive.start()]
        outcome = Outcome.SKIPPED if failed or directive[1].lower() == "skip" else outcome
    took = next(
        (found for pattern in times if (found := pattern.search(said, max(0, len(said) - _LONGEST_TIME)))),
        None,
    )
    name = said[: took.start()] if took else said
    return Point(
        depth=len(indent),
        number=int(number),
        name=name.strip().replace("\\#", "#") or number,
        outcome=outcome,
        duration_ms=round(float(took[1]) * _MILLISECONDS[took[2]]) if took else None,
        is_dashed=bool(dash),
        is_group=is_group,
    )


def _times(*, is_dashed: bool) -> tuple[re.Pattern[str], ...]:
    """Return how a time may be written: Bats, whose names follow no dash, writes it in words that a name could hold."""
    return (_TIME, _REGRESS_TIME) if is_dashed else (_TIME, _BATS_TIME)


def message(lines: list[str]) -> str | None:
    """Return the words of a failure: those of its YAML block, or its comments without the places that they name."""
    for index, line in enumerate(lines):
        key = _KEY.fullmatch(line) if ": " in line or line.endswith(":") else None
        if key is not None:
            return cut(
                [line for line in _value(key, lines[index + 1 :]) if not _NO_MESSAGE.match(line)], LONGEST_MESSAGE
            )
    if lines and lines[0].strip() == "---":
        end = next((index for index, line in enumerate(lines) if line.strip().startswith(_WHERE)), len(lines))
        return cut([line.strip() for line in lines[1:end]], LONGEST_MESSAGE)
    said = [line.strip().lstrip("#").strip() for line in lines if line.lstrip().startswith("#")]
    told = [line for line in said if line and not _NO_MESSAGE.match(line)]
    return cut(told or said[:1], LONGEST_MESSAGE)


def _value(key: re.Match[str], rest: list[str]) -> list[str]:
    if key[3] not in _FOLDED:
        return [key[3].strip("'\"")]
    indent = len(key[1])
    end = next(
        (index for index, line in enumerate(rest) if line.strip() and not line[: indent + 1].isspace()), len(rest)
    )
    return [line.strip() for line in rest[:end]]


def words(lines: list[str]) -> str | None:
    """Return what a failure says without the places that it names."""
    return cut([line.strip() for line in lines if line and not _NO_MESSAGE.match(line.strip())], LONGEST_MESSAGE)


def place(lines: list[str]) -> str | None:
    """Return the file that the comments of a failure name."""
    found = (match[1] for line in lines for pattern in _PLACES if (match := pattern.search(line)))
    return next(found, None)
