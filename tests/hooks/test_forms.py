"""What goes out in each form: our own JSON as it is, and messages in which no stranger's text means anything."""

import json
import re

import msgspec
import pytest

from app.core.hooks.answer import seconds_to_wait
from app.core.hooks.body import MOST_BYTES, decode, encode
from app.core.hooks.envelope import headers_of, sign
from app.core.hooks.form import formed
from app.core.hooks.hook import Hook, HookEvent, Preset, name_of, preset_of
from tests.hooks.said import a_test, every

HOSTILE = [
    "<!channel>",
    "<!here|here>",
    "<!subteam^S0|@team>",
    "<@U012AB3CD>",
    "<#C012AB3CD>",
    "<https://evil.example|log in>",
    "&lt;!channel&gt;",
    "`<!channel>`",
    "``` <!everyone> ```",
    "`*bold* @everyone",
    "@everyone",
    "@here",
    "<@123456789012345678>",
    "<@&123456789012345678>",
    "[log in](https://evil.example)",
    "||spoiler|| ~~gone~~ **bold** __under__",
    "# a heading\n> a quote\n- a list",
    "line\r\n\r\n@everyone",
    "\u2028@everyone\u2029<!channel>",
    "\u202e<!channel>\u202c",
    "\x1b[31m<!channel>\x1b[0m\x00",
    "https://evil.example/",
    '"},{"text":"<!channel>"',
    "</script><img src=x onerror=alert(1)>",
    "",
    " ",
    "`" * 5_000,
    "<!channel>" * 5_000,
    "&" * 70_000,
    "🧪" * 70_000,
]
IDS = [repr(text)[:24] for text in HOSTILE]


def all_said(text):
    return every(text=text, why=text, branch=text, by=text)


def texts(value):
    """All texts of a JSON value."""
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from texts(one)


@pytest.mark.attack("hooks")
@pytest.mark.parametrize("text", HOSTILE, ids=IDS)
def test_in_slack_nothing_of_a_stranger_is_a_mention_a_link_or_a_notation(text):
    for body in all_said(text):
        message = json.loads(formed(encode(body), Preset.SLACK))
        assert message["unfurl_links"] is False
        assert len(message["blocks"]) <= 50
        for block in message["blocks"]:
            assert block["text"]["verbatim"] is True
            assert 0 < len(block["text"]["text"]) <= 3_000
        for line in [message["text"], *(block["text"]["text"] for block in message["blocks"])]:
            _is_harmless_in_slack(line)


def _is_harmless_in_slack(line):
    links = re.findall(r"<[^>]*>", line)
    assert all(re.fullmatch(r"<https://(github\.com|flakes\.example\.com)/[^|<>]*\|[a-z0-9# ]+>", one) for one in links)
    assert line.count("<") == line.count(">") == len(links)
    assert re.sub(r"&(amp|lt|gt);", "", line).count("&") == 0
    assert "\n" not in line
    # What is left outside of code spans is ours.
    assert re.fullmatch(r"[\w .,:;%#·()-]*", re.sub(r"`[^`]+`|<[^>]*>", "", line)), line


@pytest.mark.attack("hooks")
@pytest.mark.parametrize("text", HOSTILE, ids=IDS)
def test_in_discord_nothing_of_a_stranger_is_a_mention_a_link_or_markdown(text):
    for body in all_said(text):
        message = json.loads(formed(encode(body), Preset.DISCORD))
        assert message["allowed_mentions"] == {"parse": []}
        [embed] = message["embeds"]
        assert 0 < len(message["content"]) <= 2_000
        assert 0 < len(embed["description"]) <= 4_096
        for line in [message["content"], *embed["description"].split("\n")]:
            rest = re.sub(r"`[^`]+`", "", line)
            ours = re.sub(r"\[[\w \u200b#]+\]\(<https://(github\.com|flakes\.example\.com)/[^<>() ]*>\)", "", rest)
            assert re.fullmatch(r"[\w .,:;%·()-]*", ours), line
            assert "@everyone" not in line
            assert not re.search(r"<[@#!]", line)


@pytest.mark.parametrize("text", HOSTILE, ids=IDS)
def test_in_our_own_form_a_strangers_text_is_data_and_no_body_is_large(text):
    for body in all_said(text):
        raw = encode(body)
        assert len(raw) < MOST_BYTES
        assert decode(raw) == body
        assert max(len(one) for one in texts(json.loads(raw))) <= 500
        assert formed(raw, Preset.GENERIC) == raw


@pytest.mark.parametrize("letter", ["\x01", "🧪", '"'])
def test_an_issue_of_many_tests_with_long_names_names_as_many_as_fit(letter):
    issue = every()[2]
    tests = tuple(a_test(letter * 300) for _ in range(10))
    raw = encode(
        msgspec.structs.replace(issue, issue=msgspec.structs.replace(issue.issue, tests=tests, tests_total=70))
    )
    assert len(raw) < MOST_BYTES
    told = decode(raw).issue
    assert 0 < len(told.tests) < 10
    assert told.tests_total == 70


def test_a_message_says_what_happened_in_plain_words():
    said = {
        body.event: [block["text"]["text"] for block in json.loads(formed(encode(body), Preset.SLACK))["blocks"]]
        for body in every()
    }
    test = "`tests.test_cart.test_pays_once`"
    page = "<https://flakes.example.com/repos/acme/shop/tests/31|all about it>"
    run = "https://github.com/acme/shop/actions/runs"
    assert said == {
        "standing": [
            f"`acme/shop`: {test} is flaky now; it was suspect.",
            "Score 0.83; it failed in 7 of 50 runs and flaked in 12%.",
            f"<{run}/9100/attempts/1|failed here> · <{run}/9100/attempts/2|passed here> · {page}",
        ],
        "quarantine": [
            f"`acme/shop`: {test} is in quarantine until 2026-03-16 09:41 UTC.",
            "By `dana`: `the payment service's sandbox is slow on Mondays`",
            page,
        ],
        "issue": [
            "`acme/shop`: <https://github.com/acme/shop/issues/88|issue #88> was closed by `dana`.",
            f"About {test}.",
        ],
        "incident": [
            "`acme/shop`: 187 of 412 tests failed together in `CI` on `main`.",
            "An outage, or a change that broke everything: it is held against no test.",
            f"<{run}/9123/attempts/1|the run> · <https://flakes.example.com/repos/acme/shop/runs/9123|all about it>",
        ],
    }


def test_a_signature_is_the_one_that_githubs_documentation_shows():
    # "Validating webhook deliveries", Testing the webhook payload validation.
    assert sign(b"Hello, World!", "It's a Secret to Everybody") == (
        "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    )


def test_without_a_secret_nothing_is_signed():
    headers = headers_of(HookEvent.ISSUE, "guid", b"{}", None)
    assert [name for name in headers if "Signature" in name] == []


@pytest.mark.parametrize(
    ("globs", "full_name", "hears"),
    [
        (("*",), "acme/shop", True),
        (("acme/*",), "ACME/Shop", True),
        (("acme/shop",), "acme/shop2", False),
        (("acme/*", "else/x"), "else/x", True),
        (("acme/*",), "notacme/shop", False),
        (("acme/[s]hop",), "acme/shop", False),
    ],
)
def test_a_hook_hears_of_the_repositories_that_its_globs_name(globs, full_name, hears):
    hook = Hook(name="a", url="https://a.example/", repositories=globs, events=frozenset({HookEvent.ISSUE}))
    assert hook.hears(HookEvent.ISSUE, full_name) is hears
    assert not hook.hears(HookEvent.STANDING, full_name)


def test_a_hook_without_a_name_is_called_by_its_host_and_shows_nothing_else():
    url = "https://hooks.slack.com/services/T0/B0/XyZ"
    assert name_of(url).startswith("hooks.slack.com-")
    assert "XyZ" not in name_of(url)
    assert preset_of(url) is Preset.SLACK
    assert preset_of("https://discord.com/api/webhooks/1/x") is Preset.DISCORD
    assert preset_of("https://hooks.slack.com.evil.example/services/x") is Preset.GENERIC


@pytest.mark.parametrize(
    ("retry_after", "date", "seconds"),
    [
        ("30", None, 30),
        ("0", None, 1),
        ("1.2", None, 2),
        ("Mon, 02 Mar 2026 09:01:00 GMT", "Mon, 02 Mar 2026 09:00:00 GMT", 60),
        ("Mon, 02 Mar 2026 09:01:00 GMT", None, None),
        ("-5", None, None),
        ("9" * 400, None, None),
        ("nan", None, None),
        (None, None, None),
    ],
)
def test_what_a_receiver_asks_us_to_wait_is_read_or_overlooked(retry_after, date, seconds):
    assert seconds_to_wait(retry_after, date) == seconds
