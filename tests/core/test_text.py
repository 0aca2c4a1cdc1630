"""Rendered as GitHub does: what comes from a stranger is code, and nothing else."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core import text

GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])

ATTACKS = (
    "@octocat",
    "@org/team please",
    "fixes #123",
    "closes owner/repo#7",
    "GH-12 gh-3",
    "deadbeef 0123456789abcdef0123456789abcdef01234567",
    "fixes https://github.com/o/r/issues/1",
    "www.example.com",
    "![x](https://evil.example/beacon.png)",
    "[click](https://evil.example)",
    "<img src=x><script>alert(1)</script>",
    "<!-- flakeguard:pull -->",
    "--> out --!>",
    "`",
    "``",
    "```\nout\n```",
    "`a``b```",
    "~~~\nout\n~~~",
    "`" * 81 + " out " + "`" * 81,
    "`" * 300,
    "a | b | c",
    "a \\| b \\",
    "\\",
    "\\`",
    "]: x",
    "[x]: y",
    "&#64;octocat &commat;octocat",
    "\u202egnp.exe\u2066",
    "a\x00b\x1b[31mred\x1b[0m\x7f\x85",
    "\ud800lone",
    "\U000e0041tag",
    "# heading\n\n- list\n\n> quote",
    "    code",
    "\n\n",
    " ",
    "",
    "x" * 70_000,
    "😀" * 5_000,
    "@\u200boctocat",
    "#\u200b1",
    "#\ufeff12",
    "w\u00adww.example.com",
    "de\u200badbeef1",
)
PIECES = st.sampled_from(
    [
        *"`~@#|\\<>![](){}*_-&;:/. \n\t\r1a\u200b\u202e\u2028\ud83d😀",
        "GH-",
        "http://",
        "www.",
        "<!--",
        "-->",
        "```",
        "deadbee",
        "octocat",
        "&#64;",
    ]
)
WILD = st.one_of(st.text(), st.lists(PIECES, max_size=40).map("".join))
REACHES = re.compile(
    r"@[\w/]|`{11,}|#\d|\bgh-\d|\w://|www\.|<!|--!?>|!\[|\]\(|&#?\w+;|(?<!\w)[0-9a-f]{7,40}(?!\w)|[\x00-\x08\x0b-\x1f\x7f-\x9f"
    r"\u202a-\u202e\u2066-\u2069\u200e\u200f\ud800-\udfff]",
    re.IGNORECASE,
)
CONTEXTS = (
    "before {} after",
    "- [ ] Quarantine {} <!-- flakeguard:decision 42 -->",
    "### {}",
    "> {}",
    "| a | b |\n| --- | --- |\n| {} | z |",
    "**{}** and {}",
)


def attacked(test):
    for attack in ATTACKS:
        test = example(attack)(test)
    return given(WILD)(test)


def flat(markdown):
    for token in GITHUB.parse(markdown):
        yield from token.children if token.type == "inline" else [token]


def shape(markdown):
    """What GitHub would make of it, without the content of code."""
    return [
        (token.type, token.attrs, "" if token.type.startswith(("code", "fence")) else token.content)
        for token in flat(markdown)
    ]


@attacked
@pytest.mark.parametrize("context", CONTEXTS)
def test_a_stranger_s_name_is_code_wherever_it_stands(context, name):
    assert shape(context.replace("{}", text.code(name))) == shape(context.replace("{}", "`x`"))


@attacked
def test_a_stranger_s_message_is_one_block_between_what_we_say(message):
    assert shape(f"before\n\n{text.block(message)}\n\nafter") == shape("before\n\n```text\nx\n```\n\nafter")


@attacked
def test_nothing_reaches_out_of_any_of_the_forms(wild):
    for form in (text.code, text.block, text.plain, text.plain_lines):
        assert REACHES.search(form(wild)) is None


@attacked
def test_a_link_goes_where_we_say_and_shows_its_label(label):
    for made in (text.link(label, "https://github.com/o/r"), text.code_link(label, "https://github.com/o/r")):
        open_, *inside, close = list(flat(made))[1:-1]
        assert (open_.type, open_.attrs, close.type) == ("link_open", {"href": "https://github.com/o/r"}, "link_close")
        assert {token.type for token in inside} <= {"text", "text_special", "code_inline"}


@given(WILD)
def test_an_address_cannot_end_its_own_link(path):
    made = text.link("here", "https://github.com/" + path)
    links = [token for token in flat(made) if token.type == "link_open"]
    assert len(links) <= 1
    assert all(
        token.type in {"paragraph_open", "link_open", "text", "link_close", "paragraph_close"} for token in flat(made)
    )


@pytest.mark.parametrize("url", ["javascript:alert(1)", "ftp://x/y", "//evil.example", "https://", "http://[", "", "x"])
def test_an_address_that_is_not_of_the_web_leaves_the_label_alone(url):
    assert text.link("here", url) == "here"
    assert text.code_link("here", url) == "`here`"


def test_a_name_reads_as_it_was_written():
    assert text.code("test_add[1-2]") == "`test_add[1-2]`"
    assert text.code("has `ticks`") == "`` has `ticks` ``"
    assert text.code("two\n  lines") == "`two lines`"
    assert text.code("") == "`(empty)`"
    assert text.plain("mail me@x") == "mail me@\u200bx"
    assert text.link("test (3.11)", "https://x.y/a b(c)") == r"[test \(3\.11\)](https://x.y/a%20b%28c%29)"


@pytest.mark.parametrize("name", ["deadbeef" * 6, "deadbeef" * 4 + "xyz" * 9])
def test_no_cut_makes_a_commit_of_what_was_none(name):
    assert not re.search(r"(?<!\w)[0-9a-f]{7,40}(?!\w)", text.code(name, limit=30))


def test_what_nobody_would_see_is_shown_or_dropped():
    assert text.shown("a\u202eb\x00c\u200bd\x1b[1me\ud800") == "a⟨U+202E⟩b␀cde\ufffd"
    assert text.shown("نمی\u200cخواهم") == "نمی\u200cخواهم"


@attacked
def test_a_copied_name_is_the_name_that_was_shown(name):
    span = next(token.content for token in flat(text.code(name, limit=200_000)) if token.type == "code_inline")
    assert text.shown(span) == (text.shown(name) or text.EMPTY)


@given(WILD, st.integers(0, 60))
def test_cutting_keeps_to_the_limit_and_to_the_beginning(wild, limit):
    short = text.cut(wild, limit)
    assert text.units(short) <= limit
    assert short == wild or wild.startswith(short.removesuffix("…"))


def test_cutting_never_halves_a_character():
    assert text.cut("😀" * 10, 6) == "😀😀…"
    assert text.cut("abcdef", 4) == "abc…"
    assert text.cut("abcd", 4) == "abcd"
    assert text.cut("abcd", 0) == ""


@given(WILD, st.integers(1, 80))
def test_content_keeps_to_its_limit(wild, limit):
    for form in (text.plain, text.plain_lines):
        made = form(wild, limit)
        assert text.units(made) <= limit or made == text.EMPTY
    assert text.units(text.code(wild, limit)) <= max(limit, len(text.EMPTY)) + 2 * 10


def test_parts_that_fit_are_all_there():
    assert text.fit(["a", "b"]) == "a\n\nb"
    assert text.fit(["a", "b"], separator="\n", tail="end") == "a\nb\nend"
    assert text.fit([]) == ""


def test_the_last_parts_give_way_to_a_line_that_counts_them():
    made = text.fit(["head"] + ["x" * 100] * 1_000, limit=1_000, tail="how to answer")
    assert made.startswith("head\n\nx")
    assert made.endswith("x\n\n… and 991 more\n\nhow to answer")
    assert len(made) <= 1_000


def test_a_first_part_that_is_too_long_ends_outside_of_its_fences_and_folds():
    part = "head\n\n<details>\n\n" + text.block("y\n" * 100) + "\n\n</details>"
    assert text.fit([part, "more"], limit=150) == "head\n\n…\n\n… and 1 more"
    fenced = "one\n~~~\n```\n~~~ x\n~~~\ntwo\n" + "z" * 500
    assert text.fit([fenced], limit=150) == "one\n~~~\n```\n~~~ x\n~~~\ntwo\n…"


@given(st.lists(WILD.map(text.block), max_size=8), st.integers(100, 400))
def test_a_body_never_grows_over_its_limit_and_leaves_no_fence_open(parts, limit):
    made = text.fit(parts, limit, tail="**end**")
    assert text.units(made) <= limit
    assert shape(made)[-4:] == shape("**end**")[-4:]
