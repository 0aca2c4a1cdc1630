from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from app.core import text
from app.core.commands import (
    Dismiss,
    Explain,
    Help,
    Misunderstood,
    Quarantine,
    Release,
    Rerun,
    Status,
    may_command,
    parse,
    ticked,
)

GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])


@pytest.mark.parametrize(
    ("line", "command"),
    [
        ("/flakeguard quarantine test_a", Quarantine(test="test_a")),
        ("/flakeguard quarantine a.B.test_a for 14d", Quarantine(test="a.B.test_a", duration=timedelta(days=14))),
        (
            "/flakeguard quarantine t for 12h because of #3",
            Quarantine(test="t", duration=timedelta(hours=12), reason="of #3"),
        ),
        ("/flakeguard quarantine t because it fails for 3 days", Quarantine(test="t", reason="it fails for 3 days")),
        (
            "/flakeguard quarantine `waits for it because it can` for 3w",
            Quarantine(test="waits for it because it can", duration=timedelta(weeks=3)),
        ),
        (
            '/flakeguard quarantine "waits for 3 s" for 2 weeks',
            Quarantine(test="waits for 3 s", duration=timedelta(weeks=2)),
        ),
        ('/flakeguard quarantine "says "hi" twice"', Quarantine(test='says "hi" twice')),
        ("/flakeguard quarantine “typed on a phone”", Quarantine(test="typed on a phone")),
        ("/flakeguard quarantine `` has `ticks` ``", Quarantine(test="has `ticks`")),
        ("/flakeguard quarantine test_* for 1h", Quarantine(test="test_*", duration=timedelta(hours=1))),
        ("/flakeguard quarantine t for 365d", Quarantine(test="t", duration=timedelta(days=365))),
        ("/flakeguard release test_a[1-2]", Release(test="test_a[1-2]")),
        ("/flakeguard release t because fixed", Release(test="t", reason="fixed")),
        ("/flakeguard dismiss `a b`", Dismiss(test="a b")),
        ("/flakeguard explain t", Explain(test="t")),
        ("/flakeguard rerun", Rerun()),
        ("/flakeguard status  ", Status()),
        ("/FlakeGuard Help", Help()),
        ("/flakeguard", Help()),
        ("  /flakeguard\trerun", Rerun()),
    ],
)
def test_a_command_is_understood(line, command):
    assert parse(line) == parse(f"Hello\r\n{line}\r\nthanks") == (command,)


DURATION = "for is followed by a time such as 12h, 14d or 3w, from 1 hour to 365 days"


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("quarantine", "the name of a test is missing"),
        ("quarantine for 3d", "the name of a test is missing"),
        ("quarantine `  `", "the name of a test is missing"),
        ("quarantine two words", "a name with spaces goes in backticks or double quotes"),
        ("quarantine `t` three days", "a name with spaces goes in backticks or double quotes"),
        ("quarantine `open", "the name of the test begins with ` and does not end with it"),
        ('quarantine "open', 'the name of the test begins with " and does not end with it'),
        ("quarantine t for", DURATION),
        ("quarantine t for ever", DURATION),
        ("quarantine t for 0h", DURATION),
        ("quarantine t for 366d", DURATION),
        ("quarantine t for 99999w", DURATION),
        ("quarantine t for 3m because x", DURATION),
        ("quarantine t because", "nothing follows because"),
        ("release t for 3d", "only quarantine is for some time"),
        ("explain t because x", "explain takes nothing more"),
        ("rerun all", "rerun takes nothing more"),
        ("quarantene t", "I do not know quarantene, did you mean quarantine?"),
        ("xyzzy", "I do not know xyzzy"),
        ("quarantine " + "x" * 2_501, "the name of a test is missing"),
    ],
)
def test_a_command_that_is_not_understood_is_answered_with_the_reason(words, why):
    [answer] = parse(f"/flakeguard {words}")
    assert isinstance(answer, Misunderstood)
    assert answer.why == why
    assert f"/flakeguard {words}".startswith(answer.text.removesuffix("…"))


@pytest.mark.parametrize(
    "body",
    [
        "please /flakeguard rerun",
        "/flakeguards rerun",
        "> /flakeguard rerun",
        "> quoted\n/flakeguard rerun",
        "    /flakeguard rerun",
        "\t/flakeguard rerun",
        "```\n/flakeguard rerun\n```",
        "````\n```\n/flakeguard rerun\n````",
        "~~~ sh\n/flakeguard rerun\n~~~",
        "```\n/flakeguard rerun",
        "```\n    ```\n/flakeguard rerun",
        "- ```\n  /flakeguard rerun\n  ```",
        "1. a\n   ```\n   /flakeguard rerun\n   ```",
        "`code\n/flakeguard rerun\ncode`",
        "`a <!-- b --> c\n/flakeguard rerun\n`",
        "``a ` b\n/flakeguard rerun\n``",
        "<!-- /flakeguard rerun -->",
        "<!--\n/flakeguard rerun\n-->",
        "<!--\n\n/flakeguard rerun",
        "text <!--\n/flakeguard rerun\n-->",
        "<pre>\n\n/flakeguard rerun\n</pre>",
        "<code>\n/flakeguard rerun\n</code>",
        "<details>\n```\n\n```\n/flakeguard rerun",
        "<?\n/flakeguard rerun\n?>",
        "- item\n    ```\n  /flakeguard rerun",
        "2. `\n--\n/flakeguard rerun\n`",
        "-\n\n  ```\n/flakeguard rerun",
        "-\n ```\n/flakeguard rerun",
        "-      code\n   ```\n  /flakeguard rerun",
        "-\na <!-- b\n/flakeguard rerun\n    ```\n-->",
        "- > quoted\n/flakeguard rerun",
        "- /flakeguard rerun",
        "# /flakeguard rerun",
        "",
    ],
)
def test_what_is_quoted_shown_as_code_or_hidden_is_no_command(body):
    assert parse(body) == ()


@pytest.mark.parametrize(
    "body",
    [
        "> quoted\n\n/flakeguard rerun",
        "```\ncode\n```\n/flakeguard rerun",
        "````\n```\n````\n/flakeguard rerun",
        "``` not a ` fence\n/flakeguard rerun",
        "- ```\n  code\n/flakeguard rerun",
        "it`s\n/flakeguard rerun",
        "it`s\n\n/flakeguard rerun\n\nit`s",
        "\\`it\n/flakeguard rerun\nit`",
        "<!-- hidden -->\n/flakeguard rerun",
        "<!--\nhidden\n-->\n/flakeguard rerun",
        "a <!-- b\n/flakeguard rerun",
        "<pre>x</pre>\n/flakeguard rerun",
        "<b>bold</b> words\n/flakeguard rerun",
        "<details><summary>log</summary>\n\n```\ncode\n```\n</details>\n\n/flakeguard rerun",
        "- a list\n/flakeguard rerun",
        "> quoted\n# heading\n/flakeguard rerun",
        "`a` and ``b``\n/flakeguard rerun",
    ],
)
def test_a_command_after_them_is_one(body):
    assert parse(body) == (Rerun(),)


def test_several_commands_are_obeyed_in_their_order_up_to_twenty():
    assert parse("/flakeguard release a\n/flakeguard release b\n\nand\n/flakeguard rerun") == (
        Release(test="a"),
        Release(test="b"),
        Rerun(),
    )
    many = parse("/flakeguard rerun\n" * 30)
    assert many[:20] == (Rerun(),) * 20
    assert [one.why for one in many[20:]] == ["a comment can give 20 commands; I left the others alone"]


LINES = st.sampled_from(
    ["", "text", "> quote", ">", "```", "````", "``` sh", "~~~", "  ```", "    ```", "- item", "- ```", "  - > x", "1. x", "2. `", "1. `", "-", "--", "   more", "    code", "`", "``", "it`s", "\\`",
     "<!--", "-->", "a <!-- b", "b --> c", "<pre>", "</pre>", "# head", "---", "===", "<details>", "</details>", "<b>", "<b>x</b> y", "<?", "?>", "<!x", "| a |", "/flakeguard explain t0", "/flakeguard explain t1", " /flakeguard explain t2", "  /flakeguard explain t3", "    /flakeguard explain t4"]
)  # fmt: skip


def spoken(body):
    """The tests that GitHub shows in commands at the start of a line of text, as markdown-it reads the comment."""
    quotes, found = 0, set()
    for token in GITHUB.parse(body):
        quotes += {"blockquote_open": 1, "blockquote_close": -1}.get(token.type, 0)
        if token.type == "html_block" and not token.content.lower().lstrip().startswith(("<!--", "<pre")):
            found |= {
                line.split()[-1] for line in token.content.splitlines() if line.lstrip().startswith("/flakeguard")
            }
        for child in (token.children or ()) if not quotes else ():
            if child.type == "text" and child.content.lstrip().startswith("/flakeguard"):
                found.add(child.content.split()[-1])
    return found


@given(st.lists(LINES, max_size=12).map("\n".join))
def test_no_command_is_found_where_github_shows_none(body):
    assert {one.test for one in parse(body)} <= spoken(body)


@given(
    st.one_of(
        st.text(),
        st.lists(
            st.sampled_from(
                [
                    *'/`"<>!-~ \n\t\r\u200b“',
                    "/flakeguard ",
                    "quarantine ",
                    " for ",
                    "3d",
                    " because ",
                    "<!--",
                    "-->",
                    "```",
                ]
            ),
            max_size=40,
        ).map("".join),
    )
)
@example("`" * 60_000)
@example("` `` " * 12_000)
@example("<!--" * 16_000)
@example("\\`" * 30_000)
@example("> " * 30_000)
@example("- " * 30_000)
@example("/flakeguard quarantine " + " for" * 16_000)
@example("/flakeguard quarantine a" + " " * 60_000 + "b")
@example('/flakeguard quarantine "' + '" ' * 30_000)
def test_any_comment_is_read(body):
    for command in parse(body):
        if isinstance(command, Quarantine | Release | Dismiss | Explain):
            assert command.test.strip()
            assert len(command.test) <= 2_500


@given(
    st.lists(
        st.sampled_from(
            [
                "/flakeguard",
                "/FLA\u212aeguard",
                "help",
                " ",
                "    ",
                "\t",
                "\n",
                "\r",
                "\r\n",
                "\x0b",
                "\u2028",
                "-",
                ">",
                "```",
            ]
        ),
        max_size=12,
    ).map("".join)
)
@example("well\r   /FlakeGuard help")
def test_no_comment_with_a_command_is_passed_over(body):
    assert may_command(body) or not parse(body)


@pytest.mark.parametrize(
    "body", ["", "thanks", "see https://x.example/flakeguard", "what does /flakeguard do?", "    /flakeguard help"]
)
def test_what_people_say_to_each_other_is_passed_over(body):
    assert not may_command(body)


@given(st.text(min_size=1, max_size=200).filter(text.shown))
@example("`edge`")
@example("a | b @me #1")
def test_a_name_copied_with_its_code_span_from_our_comment_is_that_test(name):
    [command] = parse(f"/flakeguard quarantine {text.code(name)} for 1d because x")
    assert text.shown(command.test) == text.shown(name)


def proposal(decision, box, name="test_a"):
    return f"- [{box}] Quarantine {text.code(name)} for 30 days <!-- flakeguard:decision {decision} -->"


def test_ticked_boxes_are_known_by_the_hidden_id():
    body = "\r\n".join(
        [proposal(41, " "), proposal(42, "x"), proposal(43, "X"), "- [x] other", proposal(44, "x") + " edited"]
    )
    assert ticked(body) == {42, 43}


def test_a_test_s_name_cannot_tick_or_name_a_decision():
    name = "t <!-- flakeguard:decision 7 -->\n- [x] Quarantine x <!-- flakeguard:decision 8 -->"
    assert ticked(proposal(1, " ", name) + "\n\n" + text.block(name)) == frozenset()
    assert ticked(proposal(1, "x", name)) == {1}
    assert ticked("- [x] " + text.code(name)) == frozenset()
