"""What a person says in a comment, line by line: not what they quote, show as code or hide.

It follows CommonMark where lines are concerned, and leaves out rather too much than too little: who quotes a command
does not give it. Time is in proportion to the comment's length.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_LIST = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?: {1,4}|$)")
_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
_QUOTE = re.compile(r" *>")
_BREAKS = re.compile(r" {0,3}(?:#{1,6}(?:[ \t]|$)|(?:[-*_][ \t]*){3,}$)")
_RAW = re.compile(r" {0,3}<(pre|script|style|textarea|code)(?:[ \t>]|$)", re.IGNORECASE)
_HIDDEN = re.compile(r" {0,3}<!--")
_TICKS = re.compile("`+")


@dataclass(slots=True)
class _Fence:
    """An open fence. `base` is the column at which the list item around it has its content."""

    marks: str
    base: int

    def ends_at(self, line: str) -> bool:
        text = line.lstrip(" ")
        marks = text.rstrip(" \t")
        return (
            len(line) - len(text) <= self.base + 3 and set(marks) == {self.marks[0]} and len(marks) >= len(self.marks)
        )

    def is_left_by(self, line: str) -> bool:
        """Say whether the line stands outside of the list item, which ends the fence with it."""
        return bool(line.strip()) and len(line) - len(line.lstrip(" ")) < self.base


@dataclass(slots=True)
class _Scanner:
    """Sorts lines; `text` are the lines of the paragraph so far, `columns` those at which the open lists have their text.

    `until` is what ends the raw HTML that has begun.
    """

    text: list[str] = field(default_factory=list)
    fence: _Fence | None = None
    columns: list[int] = field(default_factory=list)
    until: str = ""
    in_quote: bool = False

    def paragraphs(self, lines: Iterable[str]) -> Iterator[list[str]]:
        for line in lines:
            if self._is_apart(line):
                yield from self._flush()
                continue
            if _LIST.match(line) or _BREAKS.match(line):
                yield from self._flush()
            self.text.append(line)
        yield from self._flush()

    def _flush(self) -> Iterator[list[str]]:
        if self.text:
            yield self.text
        self.text = []

    def _is_apart(self, line: str) -> bool:
        """Say whether the line is blank, quoted, code or hidden, and remember what it begins or ends."""
        if self.until:
            self.until = "" if self.until in line.lower() else self.until
            return True
        if self.fence is not None and not self.fence.is_left_by(line):
            self.fence = None if self.fence.ends_at(line) else self.fence
            return True
        base = _after_bullets(line, self.columns)
        self.fence = _fence_in(line, base)
        self.until = _raw_in(line)
        is_quote = _QUOTE.match(line, base) is not None
        # A line after a quoted one still belongs to the quote until a blank line, a list or a heading ends it.
        goes_on = self.in_quote and bool(line.strip()) and not (_LIST.match(line) or _BREAKS.match(line))
        begins = self.fence is not None or bool(self.until)
        self.in_quote = not begins and (is_quote or goes_on)
        return begins or self.in_quote or not line.strip() or (not self.text and line.startswith("    "))


def spoken_lines(body: str) -> Iterator[str]:
    """Yield the lines of a comment that are its author's words, without those inside of code, quotes or comments."""
    lines = body.replace("\r\n", "\n").replace("\r", "\n").expandtabs(4).split("\n")
    for paragraph in _Scanner().paragraphs(lines):
        text = "\n".join(paragraph)
        spans = _spans(text)
        start = 0
        for line in paragraph:
            at = bisect_right(spans, (start, len(text))) - 1
            if at < 0 or not spans[at][0] < start < spans[at][1]:
                yield line
            start += len(line) + 1


def _after_bullets(line: str, columns: list[int]) -> int:
    """Return where the line's own text begins, and keep `columns`, where the text of each list around it does.

    A line belongs to the lists that it is indented for, and may begin several others.
    """
    indent = len(line) - len(line.lstrip(" "))
    while line.strip() and columns and columns[-1] > indent:
        columns.pop()
    base = columns[-1] if columns else 0
    while (item := _LIST.match(line, base)) is not None:
        base = item.end()
        columns.append(base)
    return base


def _fence_in(line: str, base: int) -> _Fence | None:
    indent = len(line) - base - len(line[base:].lstrip(" "))
    match = _FENCE.match(line, base + indent) if indent <= 3 else None
    return _Fence(match[1], base) if match else None


def _raw_in(line: str) -> str:
    """Return what ends the raw HTML that begins in this line; nothing where none does, or where it ends here, too."""
    if hidden := _HIDDEN.match(line):
        return "" if "-->" in line[hidden.end() :] else "-->"
    if (raw := _RAW.match(line)) is not None:
        end = f"</{raw[1].lower()}>"
        return "" if end in line.lower() else end
    return ""


def _spans(text: str) -> list[tuple[int, int]]:
    """Return where code spans and inline comments begin and end, in their order."""
    runs = [(match.start(), match.end()) for match in _TICKS.finditer(text)]
    starts: dict[int, list[int]] = defaultdict(list)
    for start, end in runs:
        starts[end - start].append(start)
    spans: list[tuple[int, int]] = []
    hidden = _comments(text)
    after = 0
    for start, end in runs:
        if start < after or _is_escaped(text, start):
            continue
        same = starts[end - start]
        following = bisect_right(same, start)
        if following < len(same):
            after = same[following] + end - start
            spans.append((start, after))
    return sorted([*spans, *hidden])


def _comments(text: str) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    at = text.find("<!--")
    while at >= 0 and (end := text.find("-->", at + 4)) >= 0:
        found.append((at, end + 3))
        at = text.find("<!--", end)
    return found


def _is_escaped(text: str, at: int) -> bool:
    first = at
    while first > 0 and text[first - 1] == "\\":
        first -= 1
    return (at - first) % 2 == 1
