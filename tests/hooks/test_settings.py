"""How an operator sets hooks, and what they are told where it makes no sense: never an address, never a secret."""

import traceback

import pytest

from app.core.hooks.hook import HookEvent, Preset
from app.settings import BadSetting, Settings

SECRET = "0123456789abcdef-not-shown"
URL = "https://receiver.example/hook?token=not-shown"


def hooks_of(**environ):
    return Settings.from_env({f"FLAKEGUARD_{name}": text for name, text in environ.items()}).hooks


@pytest.fixture
def write(tmp_path):
    """Writes the file of hooks and returns the hooks that are read from it."""

    def put(text, **environ):
        file = tmp_path / "hooks.yml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return hooks_of(HOOKS_FILE=str(file), **environ)

    return put


def test_without_a_setting_nobody_is_told():
    assert hooks_of() == ()


def test_one_hook_can_stand_in_the_environment_and_hears_of_everything():
    [hook] = hooks_of(HOOK_URL=URL, HOOK_SECRET=SECRET)
    assert (hook.url, hook.secret, hook.preset, hook.allows_private) == (URL, SECRET, Preset.GENERIC, False)
    assert hook.name.startswith("receiver.example-")
    assert all(hook.hears(event, "acme/shop") for event in HookEvent)


def test_a_chats_address_is_a_secret_in_a_file_and_says_by_itself_in_which_form_it_is_told_things(tmp_path):
    (tmp_path / "url").write_text("https://hooks.slack.com/services/T0/B0/not-shown\n", encoding="utf-8")
    [hook] = hooks_of(HOOK_URL_FILE=str(tmp_path / "url"))
    assert (hook.preset, hook.secret) == (Preset.SLACK, None)
    assert "not-shown" not in repr(hook)


def test_a_file_has_any_number_of_hooks(write, tmp_path):
    (tmp_path / "secret").write_text(SECRET + "\n", encoding="utf-8")
    chat, single, relay = sorted(
        write(
            f"""
            - name: chat
              url: https://discord.com/api/webhooks/1/not-shown
              events: [quarantine, incident]
              repositories: ["acme/*", else/one]
            - name: relay
              url: http://10.1.2.3:8080/hook
              secret_file: {tmp_path / "secret"}
              allow_private: true
              preset: generic
            """,
            HOOK_URL=URL,
            HOOK_SECRET=SECRET,
        ),
        key=lambda one: one.name,
    )
    assert (chat.preset, chat.events) == (Preset.DISCORD, {HookEvent.QUARANTINE, HookEvent.INCIDENT})
    assert chat.repositories == ("acme/*", "else/one")
    assert (relay.secret, relay.allows_private) == (SECRET, True)
    assert single.url == URL


BAD_FILES = {
    "no list": ("url: x", "must be a list of 1 to 100 hooks"),
    "nothing": ("", "must be a list"),
    "too many": ("- {url: 'https://a.example/'}\n" * 101, "must be a list of 1 to 100"),
    "no hook": ("- https://receiver.example/not-shown", "line 1: a hook is written as keys and values"),
    "no address": (f"- secret: {SECRET}", "line 1: url or url_file is missing"),
    "an unknown key": (f"- url: {URL}\n  secret: {SECRET}\n  urls: x", "line 3: the key urls is none of name, url"),
    "a key twice": (f"- url: {URL}\n  url: {URL}", "line 2, column 3: the key url is here twice"),
    "no YAML": ("- url: [not-shown", "line 1, column"),
    "a tag": (f"- secret: !not-shown!{SECRET} x", "line 1, column"),
    "an alias": ("- secret: *not-shown", "aliases"),
    "no UTF-8": (b"- secret: not-shown\xff", "not UTF-8"),
    "an address that is none": (f"- url: not-shown\n  secret: {SECRET}", "line 1: url must be an address"),
    "plain HTTP": (f"- secret: {SECRET}\n  url: http://a.example/not-shown", "line 2: url must begin with https://"),
    "a password": (f"- url: https://not-shown:{SECRET}@a.example/", "line 1: url must not hold a user"),
    "this machine": (f"- url: https://127.0.0.1/not-shown\n  secret: {SECRET}", "line 1: url leads into a private"),
    "a cloud's": (
        f"- url: http://169.254.169.254/not-shown\n  allow_private: true\n  secret: {SECRET}",
        "line 1: url leads to where a cloud gives out credentials",
    ),
    "no secret": (f"- url: {URL}", "line 1: secret is missing"),
    "a short secret": (f"- url: {URL}\n  secret: not-shown", "line 2: secret must have 16 characters at least"),
    "a secret of another kind": (f"- url: {URL}\n  secret: 1234567890123", "line 2: secret must be text"),
    "two secrets": (f"- url: {URL}\n  secret: {SECRET}\n  secret_file: /x", "line 3: secret_file secret is given, too"),
    "a file that is away": (f"- url: {URL}\n  secret_file: /not-there", "line 2: secret_file names a file that cannot"),
    "an unknown event": (
        f"- url: {URL}\n  secret: {SECRET}\n  events: [push]",
        "line 3: events must be one of standing",
    ),
    "no event": (f"- url: {URL}\n  secret: {SECRET}\n  events: []", "line 3: events must be a list"),
    "no list of events": (f"- url: {URL}\n  secret: {SECRET}\n  events: issue", "line 3: events must be a list"),
    "a glob of no repository": (
        f"- url: {URL}\n  secret: {SECRET}\n  repositories: [shop]",
        "line 3: repositories each must be OWNER/NAME",
    ),
    "an unknown form": (f"- url: {URL}\n  secret: {SECRET}\n  preset: teams", "line 3: preset must be one of generic"),
    "a switch that is none": (f"- url: {URL}\n  allow_private: 'yes'", "line 2: allow_private must be true or false"),
    "an odd name": (f"- url: {URL}\n  secret: {SECRET}\n  name: 'a b'", "line 3: name must be letters"),
    "two of one name": (
        f"- {{url: '{URL}', secret: {SECRET}, name: a}}\n- {{url: '{URL}', secret: {SECRET}, name: a}}",
        "two hooks are called a",
    ),
}


@pytest.mark.parametrize(("text", "says"), BAD_FILES.values(), ids=BAD_FILES)
def test_a_bad_value_is_named_by_its_line_and_key_and_never_shown(write, text, says):
    with pytest.raises(BadSetting) as bad:
        write(text)
    assert says in str(bad.value)
    assert str(bad.value).startswith(("FLAKEGUARD_HOOKS_FILE", "two hooks"))
    told = "".join(traceback.format_exception(bad.value))
    assert "\n" not in str(bad.value)
    assert "not-shown" not in str(bad.value)
    assert SECRET not in told
    assert "token=not-shown" not in told


@pytest.mark.parametrize(
    ("environ", "says"),
    [
        ({"HOOK_URL": URL}, "FLAKEGUARD_HOOK_SECRET is missing"),
        ({"HOOK_SECRET": SECRET}, "FLAKEGUARD_HOOK_SECRET is set, but FLAKEGUARD_HOOK_URL is missing"),
        ({"HOOK_URL": "https://10.0.0.1/not-shown", "HOOK_SECRET": SECRET}, "FLAKEGUARD_HOOK_URL leads into a private"),
        ({"HOOK_URL": URL, "HOOK_SECRET": "not-shown"}, "FLAKEGUARD_HOOK_SECRET must have 16"),
        ({"HOOKS_FILE": "/not-there/hooks.yml"}, "FLAKEGUARD_HOOKS_FILE cannot be read"),
    ],
)
def test_what_is_wrong_in_the_environment_is_named_and_never_shown(environ, says):
    with pytest.raises(BadSetting, match=says) as bad:
        hooks_of(**environ)
    assert "not-shown" not in str(bad.value)


def test_links_lead_to_our_pages_only_where_there_are_some():
    address = {"FLAKEGUARD_PUBLIC_URL": "https://flakes.example.com"}
    client = {"FLAKEGUARD_CLIENT_ID": "Iv1", "FLAKEGUARD_CLIENT_SECRET": "x"}
    assert Settings.from_env(address).pages_url is None
    assert Settings.from_env(address | client).pages_url == "https://flakes.example.com"
