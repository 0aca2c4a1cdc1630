"""Which test does a person mean? By its name, class.name, the end of it, or a glob."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from heapq import nlargest

from app.core.globs import name_matches
from app.core.model import CaseName
from app.core.text import shown

MOST_CANDIDATES = 10
MOST_NEAR = 5
_MOST_COMPARED, _MOST_COMPARED_CLOSELY = 2_000, 50
_LONGEST_COMPARED = 300

_FILE_ENDING = re.compile(r"\.[A-Za-z]{1,4}(?=::)")
_SEPARATORS = re.compile(r"::| [>›»] |[/\\#]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """The tests that are meant: one, or all that a glob matches. Never empty."""

    tests: tuple[CaseName, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ambiguous:
    """It could be each of these: the first ten of `total`, which were matched equally well."""

    candidates: tuple[CaseName, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class NotFound:
    """No test is called that; these have names that are near."""

    near: tuple[CaseName, ...]


Match = Found | Ambiguous | NotFound


@dataclass(frozen=True, slots=True, kw_only=True)
class _Candidate:
    """A test with its names as people see them: name, class.name, and class.name with a suite before it."""

    case: CaseName
    names: tuple[str, ...]


def find_tests(pattern: str, candidates: Sequence[CaseName]) -> Match:
    """Find the tests that a person means; the whole name beats the end of one, which beats a glob.

    Names are compared as we show them, so that one copied from a comment is found. `a/b.py::C::t` is a.b.C.t, too.
    """
    wanted = shown(pattern)
    if not wanted:
        return NotFound(near=())
    every = [_candidate(case) for case in sorted(set(candidates))]
    dotted = _dotted(wanted)
    rules: tuple[Callable[[str], bool], ...] = (
        lambda name: name == wanted,
        lambda name: name == dotted or _dotted(name) == dotted,
        lambda name: _ends_with_part(name, wanted) or _ends_with_part(_dotted(name), dotted),
        lambda name: name.endswith(wanted),
    )
    for rule in rules:
        if matched := _matched(every, rule):
            return _one_of(matched)
    return _by_glob(wanted, every) or NotFound(near=_near(wanted, every))


def _by_glob(wanted: str, every: Sequence[_Candidate]) -> Found | None:
    if not set(wanted) & {"*", "?"}:
        return None
    matched = _matched(every, lambda name: name_matches(name, wanted))
    return Found(tests=matched) if matched else None


def _matched(every: Iterable[_Candidate], rule: Callable[[str], bool]) -> tuple[CaseName, ...]:
    return tuple(one.case for one in every if any(rule(name) for name in one.names))


def _one_of(matched: tuple[CaseName, ...]) -> Match:
    if len(matched) == 1:
        return Found(tests=matched)
    return Ambiguous(candidates=matched[:MOST_CANDIDATES], total=len(matched))


def _candidate(case: CaseName) -> _Candidate:
    names = [shown(case.name)]
    for before in (case.class_name, case.suite):
        if before:
            names.append(f"{shown(before)}.{names[-1]}")
    return _Candidate(case=case, names=tuple(names))


def _dotted(name: str) -> str:
    return _SEPARATORS.sub(".", _FILE_ENDING.sub("", name))


def _ends_with_part(name: str, end: str) -> bool:
    """Say whether the name ends with it and has no letter or digit right before."""
    return name.endswith(end) and not name[: -len(end)][-1:].isalnum()


def _near(wanted: str, every: Sequence[_Candidate]) -> tuple[CaseName, ...]:
    """Return the tests that hold the words, whatever their case, or else those that are spelt alike."""
    words = wanted.casefold()
    holding = [one.case for one in every if words in one.names[-1].casefold()]
    if holding:
        return tuple(holding[:MOST_NEAR])
    if len(wanted) > _LONGEST_COMPARED:
        return ()
    alike = sorted(every, key=lambda one: abs(len(one.names[0]) - len(wanted)))[:_MOST_COMPARED]
    by_name = {name: one.case for one in reversed(alike) for name in one.names if len(name) <= _LONGEST_COMPARED}
    close = get_close_matches(wanted, _of_such_letters(wanted, by_name), n=MOST_NEAR * 3)
    return tuple(dict.fromkeys(by_name[name] for name in close))[:MOST_NEAR]


def _of_such_letters(wanted: str, names: Iterable[str]) -> list[str]:
    """Return the names whose letters are most like the wanted ones, in whatever order.

    In which order they are takes a hundred times as long to compare, and whoever calls tests so can make it take that for all.
    """
    compared = SequenceMatcher(b=wanted)

    def likeness(name: str) -> float:
        compared.set_seq1(name)
        return compared.quick_ratio()

    return nlargest(_MOST_COMPARED_CLOSELY, names, key=likeness)
