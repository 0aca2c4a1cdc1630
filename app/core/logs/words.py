"""Which words a log holds: all of them are looked for at once, so that many readers cost a long log no more than one."""

from functools import lru_cache

from ahocorasick_rs import BytesAhoCorasick

_PIECE = 1 << 18
"""Bytes that are searched at once. A word that was found is looked for no longer: a log may hold it on every line."""


def held(data: bytes, words: frozenset[bytes]) -> frozenset[bytes]:
    """Return those of the words, none of them empty, that the data holds.

    Takes time in proportion to the length of the data, however many words there are.
    """
    missing = words
    reach = max(map(len, words), default=1) - 1
    for start in range(0, len(data), _PIECE):
        if not missing:
            break
        listed, automaton = _automaton(missing)
        piece = data[start : start + _PIECE + reach]
        missing -= {listed[place] for place, _, _ in automaton.find_matches_as_indexes(piece, overlapping=True)}
    return words - missing


# The logs of a run hold the same words, as do those of a repository.
@lru_cache(maxsize=64)
def _automaton(words: frozenset[bytes]) -> tuple[list[bytes], BytesAhoCorasick]:
    listed = sorted(words)
    return listed, BytesAhoCorasick(listed)
