"""Text of strangers in our words: names, messages, branches and paths that can neither do nor hide anything on GitHub.

GitHub turns `@name`, `#1`, `GH-1`, commit hashes and addresses into mentions and links wherever it finds them, in e-mail
even inside code. A zero-width space breaks each of them; people do not see it, and commands overlook it (`shown`).
"""

import re
from collections.abc import Sequence
from itertools import accumulate
from urllib.parse import quote, urlsplit

LONGEST_BODY = 65_535
"""GitHub refuses bodies of more than 65,536 characters, and check runs summaries of more than 65,535."""

ELLIPSIS = "…"
EMPTY = "(empty)"
BREAK = "\u200b"

# cmark takes no run of more than 80 backticks for a code span, so a delimiter that outgrows every run could fail.
_LONGEST_RUN = 8
_HASH_PIECE = 6
"""Commit hashes are linked from seven digits on."""

_ANSI = re.compile(r"\x1b\[[0-9;?]{0,30}[ -/]{0,3}[@-~]")
_PLACES = re.compile(
    r"(?<=@)"
    r"|(?<=#)(?=\d)"
    r"|(?<=[Gg][Hh]-)(?=\d)"
    r"|(?<=:)(?=//)"
    r"|(?<=[Ww]{3})(?=\.)"
    r"|(?<=<)(?=!)"
    r"|(?<=--)(?=!?>)"
    r"|(?<=!)(?=\[)"
    r"|(?<=\])(?=[(:])"
    r"|(?<=&)(?=#?\w{1,32};)"
)
# Longer ones and beginnings of words, too: cut to what is shown, they could be as long as a hash.
_HASH = re.compile(r"(?<!\w)[0-9a-fA-F]{7,}")
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_BACKTICKS = re.compile("`+")
_TOO_LONG_RUN = re.compile(rf"`{{{_LONGEST_RUN}}}(?=`)")
_PUNCTUATION = re.compile(r"([!-/:-@\[-`{-~])")
_SPACES = re.compile(r"\s+")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_DETAILS = re.compile(r"<(/?)details\b")

_URL_SAFE = "/:?&=#%+,;~.-_!$"


def _unseen() -> dict[int, str]:
    """Say what stands for each character that nobody sees, or that turns the order of the others around.

    The joiners U+200C and U+200D stay: Persian, Hindi and many emoji are written with them.
    """
    dropped = (0xAD, 0x34F, 0x180E, 0x200B, *range(0x2060, 0x2066), *range(0x206A, 0x2070), 0xFEFF)
    turning = (0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    return {
        **{code: chr(0x2400 + code) for code in range(0x20) if chr(code) not in "\t\n"},
        0x7F: "␡",
        **dict.fromkeys((*range(0x80, 0xA0), *range(0xD800, 0xE000), *range(0xFFF9, 0xFFFC)), "\ufffd"),
        **dict.fromkeys((*dropped, *range(0xE0000, 0xE0080)), ""),
        **{code: f"⟨U+{code:04X}⟩" for code in turning},
    }


_UNSEEN = _unseen()
# A table ends a cell at every pipe, inside code too, and an escaped pipe shows its backslash outside of tables.
_PIPE = str.maketrans("|", "│")


def shown(text: str) -> str:
    """Return the text as people see it where we write it in one line, without our breaks.

    Whoever copies a name from our comment sends this; two names are the same to people when this is.
    """
    return _one_line(text).translate(_PIPE)


def shown_lines(text: str) -> str:
    """Return the text as people see it, line by line, without our breaks: what they would not see is shown or dropped."""
    return _lines(text)


def code(text: str, limit: int = 300) -> str:
    """Return an inline code span of at most `limit` characters of content that nothing in the text can end.

    It is safe in running text, lists, headings and table cells.
    """
    content = cut(_broken(_one_line(text[: _enough(limit)])).translate(_PIPE), limit) or EMPTY
    ticks = "`" * (_longest_run(content) + 1)
    edge = " " if content.startswith("`") or content.endswith("`") else ""
    return f"{ticks}{edge}{content}{edge}{ticks}"


def commit(sha: str, digits: int = 10) -> str:
    """Return a commit's hash in code, whole enough to be copied into a terminal; what is none is shown as any text."""
    return f"`{sha[:digits]}`" if _COMMIT.fullmatch(sha) else code(sha[:digits])


def block(text: str, limit: int = 3_000) -> str:
    """Return a fenced block of at most `limit` characters of content; it must stand between blank lines, unindented."""
    content = cut(_broken(_lines(text[: _enough(limit)])), limit).rstrip() or EMPTY
    fence = "`" * max(3, _longest_run(content) + 1)
    return f"{fence}text\n{content}\n{fence}"


def plain(text: str, limit: int = 250) -> str:
    """Return one line of at most `limit` characters for places that show no Markdown: titles."""
    return cut(_broken(_one_line(text[: _enough(limit)])), limit) or EMPTY


def plain_lines(text: str, limit: int = 3_000) -> str:
    """Return lines of at most `limit` characters together for places that show no Markdown: annotations."""
    return cut(_broken(_lines(text[: _enough(limit)])), limit).rstrip() or EMPTY


def link(label: str, url: str, limit: int = 120) -> str:
    """Return a link with an escaped label, or the label alone where the address is none of http or https.

    The address is one that we built or that GitHub gave us; what it holds of others' names cannot end the link.
    """
    content = cut(_broken(_one_line(label[: _enough(limit)])).translate(_PIPE), limit) or EMPTY
    return _linked(_PUNCTUATION.sub(r"\\\1", content), url)


def code_link(text: str, url: str, limit: int = 300) -> str:
    """Return a code span that is a link, or the code span alone where the address is none of http or https."""
    return _linked(code(text, limit), url)


def cut(text: str, limit: int) -> str:
    """Return the text, its end replaced by an ellipsis where it is longer than `limit` UTF-16 units.

    UTF-16 units are never fewer than characters, whichever of the two a limit of GitHub's counts.
    """
    if units(text) <= limit:
        return text
    if limit < 1:
        return ""
    kept = text[: limit - 1]
    while (over := units(kept) - (limit - 1)) > 0:
        kept = kept[: -((over + 1) // 2)]
    return kept + ELLIPSIS


def units(text: str) -> int:
    """Count the UTF-16 units of the text."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "surrogatepass")) // 2


def fit(parts: Sequence[str], limit: int = LONGEST_BODY, *, separator: str = "\n\n", tail: str = "") -> str:
    """Join the Markdown parts; where they are too long together, the last ones give way to "… and N more".

    `tail` stays in any case. A first part that is too long alone is shortened at the end of a line outside of any
    fence. `limit` counts UTF-16 units; the parts are safe Markdown, made with the functions above.
    """
    end = separator + tail if tail else ""
    whole = separator.join(parts) + end
    if units(whole) <= limit:
        return whole
    most = limit - units(end) - units(separator + _and_more(len(parts)))
    kept = _first_that_fit(parts, most, units(separator))
    if not kept and parts:
        kept = [_shortened(parts[0], most)]
    dropped = len(parts) - len(kept)
    more = [_and_more(dropped)] if dropped else []
    return separator.join(part for part in (*kept, *more) if part) + end


def _and_more(count: int) -> str:
    return f"{ELLIPSIS} and {count} more"


def _first_that_fit(parts: Sequence[str], most: int, gap: int) -> list[str]:
    lengths = accumulate(units(part) + gap for part in parts)
    return [part for part, length in zip(parts, lengths, strict=True) if length - gap <= most]


def _shortened(markdown: str, most: int) -> str:
    """Keep the lines that fit, up to the last one after which no fence and no <details> is open."""
    lines = _first_that_fit(markdown.split("\n"), most - len(ELLIPSIS) - 1, 1)
    fence, depth, safe = "", 0, 0
    for number, line in enumerate(lines, start=1):
        fence = _fence_after(fence, line)
        if not fence:
            depth += sum(-1 if slash else 1 for slash in _DETAILS.findall(line))
        if not fence and depth <= 0:
            safe = number
    return "\n".join((*lines[:safe], ELLIPSIS))


def _fence_after(fence: str, line: str) -> str:
    match = _FENCE.match(line)
    if match is None:
        return fence
    marks = match[1]
    if not fence:
        return marks
    closes = marks[0] == fence[0] and len(marks) >= len(fence) and not line[match.end() :].strip()
    return "" if closes else fence


def _enough(limit: int) -> int:
    """Say how many characters to look at, so that a name of a megabyte costs no more than what is shown of it."""
    return 4 * limit + 1_000


def _one_line(text: str) -> str:
    return _SPACES.sub(" ", _SPACES.sub(" ", _ANSI.sub("", text)).translate(_UNSEEN)).strip()


def _lines(text: str) -> str:
    return _ANSI.sub("", text.replace("\r\n", "\n")).replace("\u2028", "\n").replace("\u2029", "\n").translate(_UNSEEN)


def _broken(text: str) -> str:
    hashes = _HASH.sub(lambda match: _in_pieces(match[0]), text)
    runs = _TOO_LONG_RUN.sub(rf"\g<0>{BREAK}", hashes)
    return _PLACES.sub(BREAK, runs)


def _in_pieces(digits: str) -> str:
    return BREAK.join(digits[start : start + _HASH_PIECE] for start in range(0, len(digits), _HASH_PIECE))


def _longest_run(text: str) -> int:
    return max((len(run) for run in _BACKTICKS.findall(text)), default=0)


def _linked(label: str, url: str) -> str:
    try:
        is_link = urlsplit(url).scheme in ("http", "https") and bool(urlsplit(url).hostname)
    except ValueError:
        return label
    return f"[{label}]({quote(url, safe=_URL_SAFE, errors='replace')})" if is_link else label
