"""The outer shape of a JSON document: enough to recognise it, and to end it well where it ends too early."""

import re
from typing import TypeVar

import msgspec

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*+"|["{}\[\]]', re.DOTALL)
_CLOSERS = {b"{": b"}", b"[": b"]"}

Members = dict[str, msgspec.Raw]
Kind = TypeVar("Kind")


def members(text: bytes | msgspec.Raw) -> Members:
    """Return the members of an object, unread; none for what is no object. What ends too early is read as `closed` ends it."""
    return _decoded(text, Members) or _decoded(closed(bytes(text)), Members) or {}


def first_element(text: bytes | msgspec.Raw) -> Members:
    """Return the members of the first object of a list; none for what is no list or is empty."""
    elements = _decoded(text, list[msgspec.Raw]) or _decoded(closed(bytes(text)), list[msgspec.Raw])
    return members(elements[0]) if elements else {}


def is_list(value: msgspec.Raw | None) -> bool:
    return value is not None and bytes(memoryview(value)[:1]) == b"["


def closed(text: bytes) -> bytes | None:
    """End a document that ends too early after its last whole record; None where it has none.

    A record is an object in a list: what stands in the middle of one is dropped with it.
    """
    open_: list[bytes] = []
    end = depth = 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark in _CLOSERS:
            open_.append(_CLOSERS[mark])
        elif mark in (b"}", b"]"):
            if not open_ or mark != open_.pop():
                break
            if (mark == b"}" and open_[-1:] == [b"]"]) or len(open_) < depth:
                end, depth = token.end(), len(open_)
        elif mark == b'"':
            break
    return text[:end] + b"".join(reversed(open_[:depth])) if end else None


def _decoded(text: bytes | msgspec.Raw | None, kind: type[Kind]) -> Kind | None:
    try:
        return None if text is None else msgspec.json.decode(text, type=kind)
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return None
