"""Every link of every page leads to a file that there is, and to a heading that is on it."""

import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *(page for folder in ("docs", "deploy") for page in (ROOT / folder).rglob("*.md"))])


@cache
def tokens(page):
    return MarkdownIt("commonmark").enable("table").parse(page.read_text(encoding="utf-8"))


def within(page):
    for token in tokens(page):
        yield from token.children or []


def headings(page):
    """The names of a page's headings as GitHub makes them: the second of a name is told apart by a number."""
    names: list[str] = []
    for begin, text in zip(tokens(page), tokens(page)[1:], strict=False):
        if begin.type == "heading_open":
            shown = "".join(one.content for one in text.children)
            names.append(re.sub(r"[^\w\- ]", "", shown.lower()).replace(" ", "-"))
    return {name if n == names.index(name) else f"{name}-{names[:n].count(name)}" for n, name in enumerate(names)}


def links(page):
    for token in within(page):
        target = token.attrs.get("href", token.attrs.get("src", ""))
        if target and not re.match(r"[a-z]+:", target):
            yield unquote(target)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page):
    for target in links(page):
        path, _, anchor = target.partition("#")
        file = (page.parent / path).resolve() if path else page
        assert file.exists(), target
        assert file.is_relative_to(ROOT), target
        assert not anchor or anchor in headings(file), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_stands_there_as_text(page):
    """A link that is broken by a line or a bracket is shown as it was written."""
    assert [one.content for one in within(page) if one.type == "text" and "](" in one.content] == []


def test_from_the_readme_every_page_is_reached():
    seen, left = set(), [ROOT / "README.md"]
    while left:
        page = left.pop()
        if page in seen:
            continue
        seen.add(page)
        targets = ((page.parent / link.partition("#")[0]).resolve() for link in links(page) if link[0] != "#")
        left += [one for one in targets if one.suffix == ".md"]
    assert [str(one.relative_to(ROOT)) for one in PAGES if one not in seen] == []


def test_the_readme_leads_to_what_else_there_is_before_its_last_line():
    section = (
        (ROOT / "README.md")
        .read_text(encoding="utf-8")
        .partition("\n## Where else it fits in\n")[2]
        .partition("\n## ")[0]
    )
    pages = {"docs/ci/README.md", "docs/quarantine-lists.md", "docs/webhooks.md", "docs/mcp.md", "docs/analyze.md"}
    assert {*re.findall(r"\]\(([^)]+)\)", section)} == pages
