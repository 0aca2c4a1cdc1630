"""What a person says in a comment, line by line: not what they quote, show as code or hide.

It follows CommonMark where lines are concerned, and leaves out rather too much than too little: who quotes a command
does not give it. Time is in proportion to the comment's length.
"""

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

_LIST = re.compile(r" {0,3}(?:[-*+]|\d{1,9}[.)])(?= |$)")
_FENCE = re.compile(r"(`{3,}(?=[^`]*$)|~{3,})")
_QUOTE = re.compile(r" *>")
# Of all lists only these begin in the middle of a paragraph.
_INTERRUPTING_LIST = re.compile(r" {0,3}(?:[-*+]|1[.)]) +\S")
_UNDERLINE = re.compile(r" {0,3}(?:=+|-+) *$")
_BREAKS = re.compile(r" {0,3}(?:#{1,6}(?:[ \t]|$)|(?:[-*_][ \t]*){3,}$)")
_HTML = re.compile(r" {0,3}(?=<)")
_RAW = re.compile(r"<(pre|script|style|textarea)(?:[ >]|$)", re.IGNORECASE)
_BLOCK_TAG = re.compile(
    r"</?(?:address|article|aside|base|basefont|blockquote|body|caption|center|col|colgroup|dd|details|dialog|dir|div|dl"
    r"|dt|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hr|html|iframe|legend|li|link|main"
    r"|menu|menuitem|nav|noframes|ol|optgroup|option|p|param|search|section|summary|table|tbody|td|tfoot|th|thead|title"
    r"|tr|track|ul)(?: |/?>|$)",
    re.IGNORECASE,
)
_LONE_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9-]*+(?:[^<>\"']|\"[^\"]*\"|'[^']*')*+> *$")
_MOST_LISTS = 30
_BLANK = "\n"
"""Stands for a blank line where something goes on until one."""
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
    left: list[int] = field(default_factory=list)
    until: str = ""
    in_quote: bool = False
    begins_anew: bool = False
    is_bare: bool = False

    def paragraphs(self, lines: Iterable[str]) -> Iterator[list[str]]:
        for line in lines:
            if self._is_apart(line):
                yield from self._flush()
                continue
            # Without the indentation of its list a line still goes on with the paragraph there, but underlines nothing.
            is_lazy = bool(self.text and self.left) and not self.begins_anew
            if is_lazy:
                self.columns.extend(self.left)
            if self.begins_anew or (_UNDERLINE.match(line) and not is_lazy):
                yield from self._flush()
            if not self.is_bare:
                self.text.append(line)
        yield from self._flush()

    def _flush(self) -> Iterator[list[str]]:
        if self.text:
            yield self.text
        self.text = []

    def _after_bullets(self, line: str) -> int:
        """Return where the line's own text begins; a line is in the lists that it is indented for, and may begin others.

        `begins_anew` then says whether the line does not go on with the paragraph before it, `left` which lists it is
        no longer indented for.
        """
        if self.is_bare and not line.strip():
            # An item that begins with a blank line cannot go on after a second one.
            self.columns.pop()
        goes_on = bool(self.text or self.in_quote) and not self.columns
        indent = len(line) - len(line.lstrip(" "))
        stays = [column for column in self.columns if column <= indent] if line.strip() else self.columns
        self.left, self.columns = self.columns[len(stays) :], stays
        before = base = self.columns[-1] if self.columns else 0
        bullet = _INTERRUPTING_LIST if goes_on else _LIST
        while len(self.columns) < _MOST_LISTS and bullet.match(line, base) and (item := _LIST.match(line, base)):
            base, bullet = _column_after(line, item.end()), _LIST
            self.columns.append(base)
        self.is_bare = base > before and not line[base:].strip()
        self.begins_anew = base > before or _BREAKS.match(line) is not None
        return base

    def _is_apart(self, line: str) -> bool:
        """Say whether the line is blank, quoted, code or hidden, and remember what it begins or ends."""
        if self.until:
            self.until = "" if _ends(self.until, line) else self.until
            return True
        if self.fence is not None and not self.fence.is_left_by(line):
            self.fence = None if self.fence.ends_at(line) else self.fence
            return True
        base = self._after_bullets(line)
        self.fence = _fence_in(line, base)
        self.until = _raw_in(line, base, after_text=bool(self.text) or self.in_quote)
        is_quote = _QUOTE.match(line, base) is not None
        # A line after a quoted one still belongs to the quote until a blank line, a list or a heading ends it.
        goes_on = self.in_quote and bool(line.strip()) and not self.begins_anew
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


def _column_after(line: str, marker_end: int) -> int:
    """Return where a list item has its text: after up to four spaces; with more of them, or no text, after one."""
    rest = line[marker_end:]
    spaces = len(rest) - len(rest.lstrip(" "))
    return marker_end + (spaces if rest.strip() and spaces <= 4 else 1)


def _fence_in(line: str, base: int) -> _Fence | None:
    indent = len(line) - base - len(line[base:].lstrip(" "))
    match = _FENCE.match(line, base + indent) if indent <= 3 else None
    return _Fence(match[1], base) if match else None


def _raw_in(line: str, base: int, *, after_text: bool) -> str:
    """Return what ends the raw HTML that begins in this line; nothing where none does, or where it ends here, too.

    A tag of no block, alone in its line, begins raw HTML too, unless it goes on with a paragraph.
    """
    begin = _HTML.match(line, base)
    if begin is None:
        return ""
    html = line[begin.end() :]
    if (raw := _RAW.match(html)) is not None:
        return _unless_ended(f"</{raw[1].lower()}>", html)
    for start, end in (("<!--", "-->"), ("<?", "?>"), ("<![CDATA[", "]]>"), ("<!", ">")):
        if html.startswith(start):
            return _unless_ended(end, html[len(start) :])
    is_block = _BLOCK_TAG.match(html) or (not after_text and _LONE_TAG.match(html))
    return _BLANK if is_block else ""


def _unless_ended(end: str, rest: str) -> str:
    return "" if end in rest.lower() else end


def _ends(until: str, line: str) -> bool:
    return not line.strip() if until == _BLANK else until in line.lower()


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
    return _merged(sorted([*spans, *hidden]))


def _merged(spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in spans:
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


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
