"""Every attack in every field that strangers fill, in every text that we write: each is shown, and does nothing."""

import re
from dataclasses import fields, replace

import pytest

from app.core import check, comment
from app.core.commands import ticked
from app.core.text import units
from tests.core.every_text import BODIES, LINES, REPO, SHA, TITLES, Words, proposals_of, verdict_of
from tests.core.github_reader import UNSEEN, faults, linked, shape, targets

pytestmark = pytest.mark.attack("markdown")

ATTACKS = {
    "a mention": "@octocat, @org/team and (@octocat)",
    "references": "#1 GH-1 gh-2 org/repo#1 https://github.com/o/r/issues/1 https://github.com/o/r/pull/2#issuecomment-3",
    "closing keywords": "fixes #1, Closes: GH-1; resolved org/repo#1 fix https://github.com/o/r/issues/1",
    "the end of a closing keyword": "#1",
    "the beginning of one": "fixes",
    "advisories": "CVE-2026-1234 GHSA-abcd-abcd-abcd",
    "commits": "deadbee deadbeefdeadbeef org/repo@deadbee 0123456789abcdef0123456789abcdef01234567",
    "addresses": "https://evil.example http://evil www.evil.example ftp://evil someone@evil.example mailto:a@b.c",
    "an image": "![x](https://evil.example/beacon.png) ![y][z]",
    "links": "[click](https://evil.example) [click][1] <https://evil.example> [a]: https://evil.example",
    "a definition": "[run 7 attempt 1]: https://evil.example",
    "scripts": "<img src=x onerror=alert(1)><script>alert(1)</script><a href='https://evil'>x</a>",
    "an HTML comment": "<!-- hidden",
    "its end": "--> shown --!> <!--> <!--->",
    "our marker": "<!-- flakeguard:pull -->",
    "our decision": "- [x] y <!-- flakeguard:decision 666 -->",
    "our answer": "<!-- flakeguard:answer 5 --> <!-- flakeguard:issue abcdefabcdef -->",
    "boxes": "- [ ] a\n- [x] b\n* [X] c\n1. [x] d",
    "folds": "</details></summary></sub><details open><summary>x</summary>",
    "a backtick": "`",
    "two of them": "`` @octocat ``",
    "ninety of them": "`" * 90 + " out",
    "backticks with breaks": "`\n```\n~~~ \n@octocat",
    "a fence": "```\nout\n```\n@octocat",
    "another fence": "~~~\n@octocat\n~~~",
    "a language": "```mermaid\ngraph TD\n```\n```math\nx\n```",
    "a table": "a | b \\| c ||\n| --- | --- |\n| x | y |",
    "a heading": "\n\n# heading\n===\n\n---\n\n> quote\n\n    code",
    "an alert": "> [!WARNING]\n> @octocat",
    "emphasis": "*bold* __em__ ~~gone~~ **",
    "backslashes": "\\",
    "an escaped backtick": "\\`@octocat\\`",
    "entities": "&#64;octocat &commat;octocat &#x40;octocat &lt;b&gt; &num;1",
    "mathematics": "$`x`$ $$x$$ :tada: [^1]",
    "bidi": "\u202egnp.exe\u2066 \u200f\u200e\u061c\u2069",
    "zero widths": "@\u200boctocat #\u200b1 @\u2060octocat fix\u200bes #\ufeff1 w\u00adww.evil.example \U000e0041",
    "controls": "a\x00b\x07\x1b[31mred\x1b[0m\x1b]8;;https://evil.example\x07click\x7f\x85\u2028c\r\nd",
    "lone surrogates": "\ud800 \udfff",
    "a command": "x\n\n/flakeguard quarantine y",
    "a way out": "../../../../evil/repo/issues/new",
    "another way out": "..\\..\\x /etc/passwd //evil.example ./x a//b",
    "a query": "a?b#c%2e%2e/d;e&f=g",
    "70 kB": "x" * 70_000,
    "70 kB of emoji": "😀" * 17_500,
    "70 kB of backticks": "`|" * 35_000,
    "70 kB of lines": "@a\n" * 23_334,
    "right-to-left": "نمی\u200cخواهم עברית",
    "nothing": "",
    "blank": " \n\t ",
}  # fmt: skip
BLANK = ("nothing", "blank")
FIELDS = tuple(one.name for one in fields(Words))
OURS = re.compile(rf"{REPO}/(?:actions/runs/\d+(?:/attempts/\d+|/job/\d+)?|issues/1|blob/{SHA}/[^?#]+#L7)")
"""Where our links lead."""

by_attack = pytest.mark.parametrize("attack", ATTACKS)


def has(text, field):
    """Tell whether a text holds that field at all."""
    return text(replace(Words(), **{field: "@another"})) != text(Words())


TABLE = {name: [one for one in FIELDS if has(text, one)] for name, text in (BODIES | LINES).items()}
PLAIN = {
    (name, with_links): shape(text(Words()), with_links=with_links)
    for name, text in BODIES.items()
    for with_links in (True, False)
}
MARKERS = {name: text(Words()).count("<!--") for name, text in BODIES.items()}


def attacked(texts, attack):
    """Yield each text with the attack in each of its fields, one at a time."""
    for name, text in texts.items():
        for field in TABLE[name]:
            yield name, field, text(replace(Words(), **{field: ATTACKS[attack]}))


@by_attack
def test_no_body_is_bent_by_what_strangers_call_things(attack):
    for name, field, body in attacked(BODIES, attack):
        assert faults(body) == [], (name, field)
        assert [one for one in targets(body) if not OURS.fullmatch(one) or "/../" in one] == [], (name, field)
        # We find what we wrote by its marker, wherever in the text that stands.
        assert body.count("<!--") == MARKERS[name], (name, field)
        if attack not in BLANK:
            # A file has a link only where its path is one of the repository's.
            has_links = field != "file"
            assert shape(body, with_links=has_links) == PLAIN[name, has_links], (name, field)


@by_attack
def test_titles_and_annotations_say_it_in_plain_lines(attack):
    for name, field, texts in attacked(LINES, attack):
        for text in texts:
            assert linked(text) == [], (name, field)
            assert UNSEEN.search(text) is None, (name, field)
            assert text.strip(), (name, field)


@by_attack
def test_titles_are_one_line_that_github_takes(attack):
    for name, field, texts in attacked(TITLES, attack):
        assert [text for text in texts if "\n" in text or units(text) > 255] == [], (name, field)


@by_attack
def test_the_only_boxes_are_those_of_our_proposals(attack):
    for _, field, body in attacked({"comment": BODIES["comment"]}, attack):
        assert ticked(body) == frozenset(), field
        assert ticked(body.replace("- [ ]", "- [x]")) == {42, 43}, field


@by_attack
def test_however_many_tests_fail_under_such_names_github_takes_what_we_write(attack):
    words = Words(**dict.fromkeys(("test", "class_name", "message", "job", "note", "owner"), ATTACKS[attack]))
    verdict = verdict_of(words, tests=60)
    body = comment.render(verdict, SHA, proposals_of(words) * 30, is_there=False)
    shown = check.render(verdict, proposals=60, others=(ATTACKS[attack],) * 40)
    assert [faults(text) for text in (body, shown.summary, shown.text)] == [[], [], []]
    assert len(shown.notes) == check.MOST_ANNOTATIONS == 50
    assert all(len(one.title) <= 255 and len(one.message.encode()) <= 64 * 1024 for one in shown.notes)


def test_an_annotation_stands_at_a_path_that_could_be_one():
    notes = [one for text in ATTACKS.values() for one in check.render(verdict_of(Words(file=text)), proposals=0).notes]
    assert [one.path for one in notes if "\n" in one.path or UNSEEN.search(one.path)] == []


def test_every_field_is_in_a_text_that_is_looked_at():
    assert set(FIELDS) == {field for held in TABLE.values() for field in held}
