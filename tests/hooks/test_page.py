"""docs/webhooks.md shows what goes out: its examples are what the code makes, and its code does what it says."""

import json
import re
from pathlib import Path

import pytest

from app.core.hooks.body import decode, encode
from app.core.hooks.envelope import headers_of
from app.core.hooks.form import formed
from app.core.hooks.hook import HookEvent, Preset
from app.core.model import DecisionState, Standing
from app.settings import Settings
from app.settings.hooks import _KEYS
from tests.hooks.said import every

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "webhooks.md").read_text(encoding="utf-8")
BODIES = {body.event: body for body in every()}


def after(heading, language="json"):
    return re.search(rf"(?s){re.escape(heading)}.*?```{language}\n(.*?)```", PAGE)[1]


@pytest.mark.parametrize("event", HookEvent)
def test_the_example_of_each_event_is_what_goes_out(event):
    assert json.loads(after(f"### `{event}`")) == json.loads(encode(BODIES[event]))
    assert decode(after(f"### `{event}`").encode()) == BODIES[event]


@pytest.mark.parametrize(("words", "preset"), [("Slack gets:", Preset.SLACK), ("And Discord:", Preset.DISCORD)])
def test_the_example_of_each_chat_is_what_goes_out(words, preset):
    assert json.loads(after(words)) == json.loads(formed(encode(BODIES[HookEvent.QUARANTINE]), preset))


def test_the_code_that_checks_a_signature_does_so():
    made = {}
    exec(after("## How it comes", "python"), made)  # the page's own
    body, secret = encode(BODIES[HookEvent.ISSUE]), "a secret of sixteen and more"
    headers = headers_of(HookEvent.ISSUE, "guid", body, secret)
    assert made["is_from_flakeguard"](body, headers, secret)
    assert not made["is_from_flakeguard"](body + b" ", headers, secret)
    assert not made["is_from_flakeguard"](body, {}, secret)
    assert {name for name in headers if name.startswith("X-")} <= set(re.findall(r"(?m)^\| `(X-[\w-]+)`", PAGE))


def test_the_file_of_the_page_is_one_that_is_read(tmp_path):
    file = after("`FLAKEGUARD_HOOKS_FILE` names", "yaml")
    for name, text in (
        ("slack-url", "https://hooks.slack.com/services/T0/B0/x"),
        ("tickets-secret", "t" * 16),
        ("relay-secret", "r" * 16),
    ):
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "hooks.yml").write_text(file.replace("/run/secrets", str(tmp_path)), encoding="utf-8")
    hooks = Settings.from_env({"FLAKEGUARD_HOOKS_FILE": str(tmp_path / "hooks.yml")}).hooks
    assert [one.name for one in hooks] == ["team-chat", "tickets", "relay"]


def test_every_key_event_and_action_is_on_the_page():
    keys = re.findall(r"`(\w+)`", " ".join(re.findall(r"(?m)^\| (`\w+`(?: or `\w+`)?) \|", PAGE)))
    assert set(_KEYS) <= set(keys)
    told = PAGE.partition("## What is told")[2].partition("### ")[0]
    assert {one.lower() for one in DecisionState} | set(HookEvent) | set(Standing) <= set(re.findall(r"`(\w+)`", told))
