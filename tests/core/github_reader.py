"""What GitHub makes of a text: its Markdown, and what it turns into mentions, references and links, by rules of our own.

Nothing here knows how the bot escapes; so it finds what the bot forgets.
"""

import re
from functools import lru_cache

from markdown_it import MarkdownIt

MOST_CHARACTERS = 65_536

_GFM = MarkdownIt("commonmark").enable(["table", "strikethrough"])
_parse = lru_cache(maxsize=64)(_GFM.parse)
_CODES = ("code_inline", "code_block", "fence")
_CODE = "\ufffc"
"""Stands for a code span or a link in the text around it: GitHub looks into neither."""

_REFERENCE = r"(?:[\w.-]{0,39}/?[\w.-]{0,100}#\d|\bGH-\d|https?://\S{0,200}/(?:issues|pull|discussions)/\d)"
LINKED = {
    "a mention": re.compile(r"@[a-z0-9_-]", re.IGNORECASE),
    "a reference": re.compile(_REFERENCE, re.IGNORECASE),
    # The head of the pull request is ours to name, and people copy it.
    "a commit": re.compile(r"(?<!\w)(?!0123456789(?!\w))[0-9a-f]{7,40}(?!\w)", re.IGNORECASE),
    "an address": re.compile(r"\b(?:https?|ftp)://|\bwww\.", re.IGNORECASE),
}
"""What is linked wherever it stands outside of code, and in e-mail also within."""
MADE_OF_MARKDOWN = {
    "an advisory": re.compile(r"\b(?:CVE-\d|GHSA-\w)", re.IGNORECASE),
    "an emoji": re.compile(r":[+\w-]{1,40}:"),
    "mathematics": re.compile(r"\$"),
    "a footnote": re.compile(r"\[\^"),
    "an alert": re.compile(r"\[!(?:NOTE|TIP|IMPORTANT|WARNING|CAUTION)", re.IGNORECASE),
}
CLOSING = re.compile(rf"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\b[:\s]{{1,9}}{_REFERENCE}", re.IGNORECASE)
"""GitHub looks for these in what was written, whatever Markdown makes of it."""

UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u180e\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)
"""What nobody sees, or what turns the order of the others around. U+200B is the bot's own way to break a word."""


def shape(markdown, *, with_links=True):
    """Return what GitHub would show, without what stands in code or is hidden in the target of a link."""
    return [*_shape(markdown, with_links)]


def _shape(markdown, with_links):
    for token in _parse(markdown):
        if token.type != "inline":
            yield token.type, token.level, token.info, "" if token.type in ("fence", "code_block") else token.content
            continue
        text = ""
        for child in token.children:
            if child.type == "code_inline":
                text += _CODE
            elif child.type == "text":
                text += child.content
            elif with_links or not child.type.startswith("link_"):
                yield text, child.type, child.content
                text = ""
        yield text


def targets(markdown):
    """Return where the links and images of a text lead to."""
    inline = [child for token in _parse(markdown) for child in token.children or ()]
    return [child.attrs[name] for child in inline for name in ("href", "src") if name in child.attrs]


def running_texts(markdown):
    """Yield the text of each paragraph, cell or heading as GitHub looks through it."""
    for token in _parse(markdown):
        if token.type == "inline":
            text, depth = "", 0
            for child in token.children:
                depth += child.type == "link_open"
                if child.type in ("link_close", "image", "code_inline"):
                    text += _CODE
                elif child.type in ("text", "text_special") and not depth:
                    text += child.content
                elif child.type in ("softbreak", "hardbreak"):
                    text += "\n"
                depth -= child.type == "link_close"
            yield text


def codes(markdown):
    """Yield what stands in code spans and blocks."""
    for token in _parse(markdown):
        yield from (one.content for one in (token, *(token.children or ())) if one.type in _CODES)


def linked(text, rules=None):
    """Name what GitHub would make of a plain text beside showing it, or of a running text with further rules."""
    return [f"{what}: {hit[0]}" for what, pattern in (rules or LINKED).items() if (hit := pattern.search(text))]


def faults(markdown):
    """Name everything in a body that reaches out of it, hides something, or is more than GitHub takes."""
    found = linked("\n\n".join(running_texts(markdown)), LINKED | MADE_OF_MARKDOWN)
    found += [f"in code, {one}" for one in linked("\n\n".join(codes(markdown)))]
    if hit := CLOSING.search(markdown):
        found.append(f"closes an issue: {hit[0]}")
    if hit := UNSEEN.search(markdown):
        found.append(f"unseen: {hit[0]!r}")
    if len(markdown) > MOST_CHARACTERS:
        found.append(f"{len(markdown)} characters")
    return found
