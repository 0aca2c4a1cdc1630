"""What RSpec's examples are called, as rspec_junit_formatter writes them, and what became of those that were retried."""

import re
from dataclasses import dataclass

from app.core.logs.session import LONGEST_MESSAGE, Block, cut
from app.core.logs.telling import Told
from app.core.model import Outcome

_SUITE = "rspec"
_FRAME = re.compile(r" {0,12}# (\S{1,500}?\.(?:rb|feature)):\d{1,7}")
_SPEC = re.compile(r" {0,12}# (\S{0,500}?_spec\.rb):\d{1,7}")
_OWN = "./"


@dataclass(frozen=True, slots=True)
class Place:
    """A line of the closing list: where an example stands, by line or by its numbers, and its description."""

    path: str
    description: str


@dataclass(slots=True)
class Example:
    """One execution while its session is being read; `place` is that of the closing list."""

    description: str
    outcome: Outcome
    number: int
    block: Block | None
    file: str | None = None
    place: str | None = None
    is_titled: bool = True


def is_rspecs(example: Example) -> bool:
    """Tell whether an example is RSpec's: one that no title announced needs a trace as RSpec writes it."""
    lines = example.block.lines if example.block else []
    return example.is_titled or example.place is not None or any(line.startswith("# ") for line in lines)


def told(example: Example) -> Told:
    """Name an example by its description and its class by its file, with dots."""
    lines = example.block.lines if example.block else []
    path = _file(example.file) or _file(example.place) or _spec(lines)
    return Told(
        suite=_SUITE,
        class_name=class_name(path),
        name=example.description,
        outcome=example.outcome,
        number=example.number,
        file=path.removeprefix(_OWN) if path else None,
        block=example.block,
        message=message(lines),
    )


def class_name(path: str | None) -> str:
    """Return a spec's path as rspec_junit_formatter writes it into `classname`: dots for slashes, without its ending."""
    if not path:
        return ""
    stem = re.sub(r"\.[^/.]{0,20}$", "", path)
    return stem.replace("/", ".").strip(".")


def message(lines: list[str]) -> str | None:
    """Return the words of an error: what stands below the code that failed, up to the first frame."""
    end = next((index for index, line in enumerate(lines) if _FRAME.match(line)), len(lines))
    said = lines[:end]
    blank = next((index for index, line in enumerate(said) if not line.strip() and index), None)
    if blank is not None and said and said[0].strip().startswith("Failure/Error:"):
        return cut([line.strip() for line in said[blank:]], LONGEST_MESSAGE) or cut(said, LONGEST_MESSAGE)
    return cut([line.strip() for line in said], LONGEST_MESSAGE)


def retried(retries: list[tuple[str, int, Block]], examples: list[Example], *, is_complete: bool) -> list[Told]:
    """Return the executions before a retry, which failed; what is not among the failures in the end has passed.

    rspec-retry names an example by its place only, so one that passed in the end is named by it too.
    """
    names = {example.place: example for example in examples if example.place and example.outcome.is_bad}
    tests: list[Told] = []
    passed: dict[str, Told] = {}
    for place, number, block in retries:
        failed = names.get(place)
        example = Example(failed.description if failed else place, Outcome.FAILED, number, block, place=place)
        tests.append(told(example))
        if failed is None and is_complete:
            passed[place] = told(Example(place, Outcome.PASSED, number, None, place=place))
    return [*tests, *passed.values()]


def _file(place: str | None) -> str | None:
    return re.split(r":\d|\[", place, maxsplit=1)[0] if place else None


def _spec(lines: list[str]) -> str | None:
    """Return the spec that a trace or the place of a pending example names."""
    found = [match[1] for match in map(_SPEC.match, lines) if match]
    return found[-1] if found else None
