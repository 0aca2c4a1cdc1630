"""YAML as policies may be written: plain data with the place of everything in it.

It is less than YAML: one document, no directives, anchors, aliases, tags or duplicate keys, few levels; and `yes`, `off` and `1:30`
are text, as YAML 1.2 has it. PyYAML finds the events; what they mean is decided here, without recursion.
"""

import re
from dataclasses import dataclass, field
from typing import Protocol

import yaml

from app.core.text import EMPTY, cut, shown

MOST_BYTES = 64 * 1024
MOST_LEVELS = 8

Path = tuple[str | int, ...]
"""Keys and indexes that lead to a value."""

Value = None | bool | int | float | str | list["Value"] | dict[str, "Value"]

_INT = re.compile(r"[-+]?[0-9]{1,15}")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]{1,30}|[0-9]{1,30}(?:\.[0-9]{0,30})?)(?:[eE][-+]?[0-9]{1,4})?")
# 010 is ten in YAML 1.2 and eight in YAML 1.1, which many tools still read.
_OCTAL = re.compile(r"[-+]?0[0-9_]+")
_WORDS: dict[str, Value] = {"": None, "~": None, "null": None, "true": True, "false": False}
# PostgreSQL keeps no NUL in text and no half of a surrogate pair in JSON.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n?|\n")
_REFUSED = (
    # Lines end here in YAML 1.1, and so for PyYAML. In YAML 1.2, on GitHub and in most editors they go on.
    (
        re.compile("[\x85\u2028\u2029]"),
        "this ends a line to some programs only; put a plain line break here, or none",
    ),
    (
        re.compile(r"\A\ufeff?(?:[ \t]*(?:#[^\r\n]*)?[\r\n])*+%"),
        "directives (%NAME) are not supported",
    ),
)
_IN_PLAIN_WORDS = (
    (
        r"expected (?:'<document start>'|<block end>), ",
        "this does not fit what stands before it; look at indentation, quotes and brackets",
    ),
    (r"mapping values are not allowed", "a second colon cannot stand here; text with a colon in it needs quotes"),
    (r"could not find expected ':'", "this has no colon behind it; a key is written key: value"),
    (r"sequence entries are not allowed", "a list cannot begin here; begin it on the next line"),
    (r"found character '\\t' that", "a tab cannot stand here; indent with spaces"),
    (r"found character '(.)' that", r"text that begins with \1 needs quotes"),
    (r"found unexpected end of stream", "the file ends within quotes"),
    (r"expected ',' or '(.)'", r"a comma or \1 is missing before this"),
    (r"expected the node content", "something is missing before this"),
)
"""What PyYAML says most, and what we say instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """What is wrong with a policy file, and where; both numbers count from 1, columns in characters."""

    line: int
    column: int
    message: str


class BrokenPolicy(ValueError):
    """The file says something that no policy says. `problems` has at least one, in the order of their places."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"line {one.line}, column {one.column}: {one.message}" for one in problems))


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    line: int
    column: int


START = Place(line=1, column=1)


class _Mark(Protocol):
    line: int
    column: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's content. `values` and `keys` say where a value, and the key before it, begin."""

    data: Value
    values: dict[Path, Place]
    keys: dict[Path, Place]


def key_in_words(key: str | int) -> str:
    """Return a key of the file as a message can name it: short, in one line, with nothing hidden in it."""
    return cut(shown(str(key)), 60) or EMPTY


def read(source: str | bytes) -> Document:
    """Read a policy file, or raise BrokenPolicy. An empty file is an empty mapping."""
    text = _decoded(source)
    reader = _Reader()
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            reader.take(event)
    except yaml.YAMLError as error:
        raise _broken(_place_of(error, text), _words_of(error)) from error
    except (ValueError, OverflowError) as error:
        # An escape or a directive whose number no character or version has.
        if isinstance(error, BrokenPolicy):
            raise
        raise _broken(reader.last, "this is not YAML") from error
    return Document(data=reader.root, values=reader.values, keys=reader.keys)


@dataclass(slots=True)
class _Open:
    """A list or mapping that has begun; `key` is the one whose value comes next."""

    path: Path
    content: list[Value] | dict[str, Value]
    key: str | None = None


@dataclass(slots=True)
class _Reader:
    root: Value = field(default_factory=dict)
    values: dict[Path, Place] = field(default_factory=lambda: {(): START})
    keys: dict[Path, Place] = field(default_factory=dict)
    last: Place = START
    _documents: int = 0
    _open: list[_Open] = field(default_factory=list)

    def take(self, event: yaml.Event) -> None:
        self.last = _place(event.start_mark)
        match event:
            case yaml.DocumentStartEvent():
                self._documents += 1
                if self._documents > 1:
                    raise _broken(self.last, "a policy is one document, here a second one begins")
            case yaml.AliasEvent():
                raise _broken(self.last, "aliases (*name) are not supported")
            case yaml.NodeEvent():
                self._node(event)
            case yaml.CollectionEndEvent():
                self._open.pop()
            case _:
                pass

    def _node(self, event: yaml.NodeEvent) -> None:
        if event.anchor is not None:
            raise _broken(self.last, "anchors (&name) are not supported")
        if getattr(event, "tag", None) is not None:
            raise _broken(self.last, "tags (!name) are not supported")
        parent = self._open[-1] if self._open else None
        if parent is not None and isinstance(parent.content, dict) and parent.key is None:
            self._key(event, parent)
            return
        match event:
            case yaml.ScalarEvent():
                self._put(parent, _scalar(event, self.last))
            case yaml.SequenceStartEvent():
                self._begin(parent, [])
            case _:
                self._begin(parent, {})

    def _key(self, event: yaml.NodeEvent, parent: _Open) -> None:
        if not isinstance(event, yaml.ScalarEvent):
            raise _broken(self.last, "a key is a word, not a list or a mapping")
        key = _checked(event.value, self.last)
        if isinstance(parent.content, dict) and key in parent.content:
            raise _broken(self.last, f"the key {key_in_words(key)} is here twice")
        parent.key = key
        self.keys[*parent.path, key] = self.last

    def _begin(self, parent: _Open | None, content: list[Value] | dict[str, Value]) -> None:
        if len(self._open) == MOST_LEVELS:
            raise _broken(self.last, f"more than {MOST_LEVELS} levels of lists and mappings")
        path = self._put(parent, content)
        self._open.append(_Open(path, content))

    def _put(self, parent: _Open | None, value: Value) -> Path:
        path: Path = ()
        if parent is None:
            self.root = {} if value is None else value
        elif isinstance(parent.content, list):
            path = (*parent.path, len(parent.content))
            parent.content.append(value)
        else:
            key = str(parent.key)
            path = (*parent.path, key)
            parent.content[key] = value
            parent.key = None
        self.values[path] = self.last
        return path


def _scalar(event: yaml.ScalarEvent, place: Place) -> Value:
    text = _checked(event.value, place)
    if event.style:
        return text
    if text.lower() in _WORDS and text in (text.lower(), text.capitalize(), text.upper()):
        return _WORDS[text.lower()]
    if _OCTAL.fullmatch(text):
        raise _broken(place, "some programs read this number as octal; leave out the 0 in front, or put it in quotes")
    if _INT.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _checked(text: str, place: Place) -> str:
    if _UNSTORABLE.search(text):
        raise _broken(place, "this text has a character in it that cannot be stored")
    return text


def _decoded(source: str | bytes) -> str:
    raw = source if isinstance(source, bytes) else source.encode("utf-8", "surrogatepass")
    if len(raw) > MOST_BYTES:
        raise _broken(START, f"the file has {len(raw):,} bytes; {MOST_BYTES:,} are the most")
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start].decode("utf-8", "replace")
        raise _broken(_place_at(before, len(before)), "this byte is not UTF-8") from error
    for pattern, message in _REFUSED:
        if (match := pattern.search(text)) is not None:
            raise _broken(_place_at(text, match.end() - 1), message)
    return text


def _place_of(error: yaml.YAMLError, text: str) -> Place:
    """Find where the error is. What is missing at the end is missing from the last line that has something in it."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    position = getattr(mark, "index", getattr(error, "position", 0))
    return _place_at(text, min(position, len(text.rstrip("\r\n"))))


def _words_of(error: yaml.YAMLError) -> str:
    if isinstance(error, yaml.reader.ReaderError):
        return "this character cannot be used in YAML"
    said = str(getattr(error, "problem", None) or getattr(error, "context", None) or "this is not YAML")
    for theirs, ours in _IN_PLAIN_WORDS:
        if (match := re.match(theirs, said)) is not None:
            return match.expand(ours)
    # It may quote most of the file.
    return cut(said, 200)


def _place(mark: _Mark | None) -> Place:
    return START if mark is None else Place(line=mark.line + 1, column=mark.column + 1)


def _place_at(text: str, position: int) -> Place:
    lines = _LINE_END.split(text[:position].removeprefix("\ufeff"))
    return Place(line=len(lines), column=len(lines[-1]) + 1)


def _broken(place: Place, message: str) -> BrokenPolicy:
    return BrokenPolicy((Problem(line=place.line, column=place.column, message=message),))
