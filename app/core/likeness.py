"""Which known causes does a failure read like? By the words that normalising leaves of both."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from app.core.signature import fingerprint, normalise, title

SHORTLISTED = 20
NEAR = 0.5
"""Two texts of which half of all words are in both are worth looking at together; fewer are by chance."""

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Likeness:
    """How much a cause reads like the failure: `share` is that of their words which both have, 0..1.

    `is_same` says that they are one and the same once what differs from run to run is left out.
    """

    id: int
    share: float
    is_same: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A cause with one of its failures."""

    id: int
    signature: str
    title: str
    message: str | None


def shortlist(message: str, titles: Mapping[int, str]) -> tuple[int, ...]:
    """Return the ids of the causes whose titles share the most words with the message, 20 at most, the likest first."""
    # A title has been normalised when it was made, and comparing two costs next to nothing.
    said, whole = _words(title(message)), _words(normalise(message))
    shares = {id_: max(_share(said, words), _held(words, whole)) for id_, words in _each(titles)}
    liked = sorted((id_ for id_, share in shares.items() if share > 0), key=lambda id_: (-shares[id_], -id_))
    return tuple(liked[:SHORTLISTED])


def compare(message: str, stack_trace: str | None, examples: Iterable[Example]) -> tuple[Likeness, ...]:
    """Return those causes that read like the failure, the likest first."""
    found = fingerprint(message, stack_trace)
    text, said = normalise(message), title(message)
    alike = (_like(one, text, said, found.strict if found else None) for one in examples)
    near = [one for one in alike if one.is_same or one.share >= NEAR]
    return tuple(sorted(near, key=lambda one: (not one.is_same, -one.share, -one.id)))


def _like(one: Example, text: str, said: str, strict: str | None) -> Likeness:
    known = normalise(one.message or "")
    is_same = one.signature == strict or (bool(text) and known == text)
    share = max(_share(_words(text), _words(known)), _share(_words(said), _words(one.title)))
    return Likeness(id=one.id, share=1.0 if is_same else share, is_same=is_same)


def _each(titles: Mapping[int, str]) -> Iterable[tuple[int, frozenset[str]]]:
    return ((id_, _words(text)) for id_, text in titles.items())


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.casefold()))


def _share(ours: frozenset[str], theirs: frozenset[str]) -> float:
    return len(ours & theirs) / len(ours | theirs) if ours and theirs else 0.0


def _held(words: frozenset[str], by: frozenset[str]) -> float:
    """Return which share of the words the other text holds: a title may be any line of a longer message."""
    return len(words & by) / len(words) if words else 0.0
