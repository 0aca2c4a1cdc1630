"""Markdown as GitHub shows it: tables, strikethrough, boxes of task lists, and of HTML only a few harmless elements."""

import html
import re
from collections.abc import Iterable

from markdown_it import MarkdownIt
from markdown_it.token import Token

_MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])

# Without attributes, none of these can do anything.
_SHOWN = re.compile(r"</?(?:details|summary|sub|sup|kbd|b|i|em|strong)>|<br ?/?>|<details open>")
_HIDDEN = re.compile(r"<!--.*?(?:-->|\Z)", re.DOTALL)
_TAG = re.compile(r"(</?[A-Za-z][^<>]*>)")
_BOX = re.compile(r"\[([ xX])\] ")


def to_html(text: str) -> str:
    """Turn Markdown, by anybody, into HTML that can stand in a page of ours."""
    tokens = _MARKDOWN.parse(text)
    _tame(tokens)
    for item, inline in zip(tokens, tokens[2:], strict=False):
        if item.type == "list_item_open" and inline.type == "inline" and inline.children:
            _draw_box(item, inline.children)
    return str(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))


def _tame(tokens: Iterable[Token]) -> None:
    for token in tokens:
        if token.type in ("html_block", "html_inline"):
            token.content = _filter(token.content)
        _tame(token.children or ())


def _filter(text: str) -> str:
    """Hide comments, and show as text whatever element is not known to be harmless."""
    parts = _TAG.split(_HIDDEN.sub("", text))
    return "".join(part if _SHOWN.fullmatch(part) else html.escape(html.unescape(part)) for part in parts)


def _draw_box(item: Token, children: list[Token]) -> None:
    """Replace the brackets at the beginning of a list item by a box."""
    first = children[0]
    found = _BOX.match(first.content) if first.type == "text" else None
    if found is None:
        return
    first.content = first.content[found.end() :]
    checked = "" if found[1] == " " else " checked"
    item.attrJoin("class", "task")
    children.insert(0, Token("html_inline", "", 0, content=f'<input type="checkbox" disabled{checked}> '))
