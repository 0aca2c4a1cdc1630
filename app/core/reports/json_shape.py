"""The outer shape of a JSON document: enough to recognise it, and to end it well where it ends too early."""

import re
from typing import NamedTuple, TypeVar

import msgspec

DEEPEST = 1_000
"""Deeper than msgspec reads."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|["{}\[\]]', re.DOTALL)
_CLOSERS = {b"{": b"}", b"[": b"]"}
_FAULTS = (msgspec.DecodeError, UnicodeError, RecursionError)
_BYTE = re.compile(r"\(byte (\d+)\)")

Members = dict[str, msgspec.Raw]
Kind = TypeVar("Kind")


def members(text: bytes | msgspec.Raw) -> Members:
    """Return the members of an object, unread; none for what is no object."""
    return _decoded(text, Members) or {}


def first_element(text: bytes | msgspec.Raw) -> Members:
    """Return the members of the first object of a list; none for what is no list or is empty."""
    elements = _decoded(text, list[msgspec.Raw])
    return members(elements[0]) if elements else {}


def is_list(value: msgspec.Raw | None) -> bool:
    return value is not None and bytes(memoryview(value)[:1]) == b"["


def ended(text: bytes) -> bytes:
    """Return a document as it is, or ended behind the last bracket before its fault: enough to recognise it."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except _FAULTS as error:
        whole = before_fault(text, str(error))
        ends = _ends(whole, DEEPEST)
        return whole[: ends.bracket] + _closers(ends.open)
    return text


def before_fault(text: bytes, why: str) -> bytes:
    """Return what stands before the place at which a decoder's message says that the text stops being JSON."""
    place = _BYTE.search(why)
    return text[: int(place[1])] if place else text


def closed(text: bytes, deepest: int = DEEPEST) -> bytes | None:
    """End a document that ends too early after its last whole record; None where it has none.

    A record is an object in a list, inside of at most `deepest` lists and objects: what stands in the middle of one is
    dropped with it.
    """
    ends = _ends(text, deepest)
    return text[: ends.record] + _closers(ends.open[: ends.depth]) if ends.record else None


class _Ends(NamedTuple):
    """Where a document may be ended: behind its last record, inside of `depth` of the brackets that are `open`, or behind its last bracket."""

    record: int
    depth: int
    bracket: int
    open: list[bytes]


def _ends(text: bytes, deepest: int) -> _Ends:
    open_: list[bytes] = []
    record = depth = bracket = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in _CLOSERS:
            open_.append(_CLOSERS[mark])
        elif mark in (b"}", b"]"):
            if open_[-1:] != [mark]:
                break
            open_.pop()
            is_record = mark == b"}" and open_[-1:] == [b"]"] and len(open_) <= deepest
            # Where the list around the last record ends, the document may end behind it as well.
            if is_record or len(open_) < depth:
                record, depth = token.end(), len(open_)
        elif mark == b'"':
            break
        else:
            continue
        bracket = token.end()
    return _Ends(record, depth, bracket, open_)


def _closers(open_: list[bytes]) -> bytes:
    return b"".join(reversed(open_))


def _decoded(text: bytes | msgspec.Raw, kind: type[Kind]) -> Kind | None:
    try:
        return msgspec.json.decode(text, type=kind)
    except _FAULTS:
        return None
