"""What the environment says, checked before anything starts."""

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from traceback import format_exception

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from app.core.upkeep import Keeping
from app.settings import AppIdentity, BadSetting, ReceivingApp, Settings, SignIn


def pem(key):
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()).decode().strip()


KEY = pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))
APP = {"FLAKEGUARD_APP_ID": "12", "FLAKEGUARD_PRIVATE_KEY": KEY, "FLAKEGUARD_WEBHOOK_SECRET": "new, old"}


def test_an_empty_environment_means_github_com_no_app_and_a_database_of_our_own():
    settings = Settings.from_env({"HOME": "/home/x"})
    assert settings.app is None
    assert settings.database_url is None
    assert settings.data_dir == Path("/home/x/.local/share/flakeguard")
    assert settings.github_api_url == "https://api.github.com"
    assert settings.log_format == "console"


def test_only_an_enterprise_server_may_have_no_limits():
    none, server = {"FLAKEGUARD_GITHUB_LIMITS": "none"}, {"FLAKEGUARD_GITHUB_URL": "https://github.example.com"}
    assert Settings.from_env(server).has_limits
    assert not Settings.from_env(server | none).has_limits
    for given in ({}, {"FLAKEGUARD_GITHUB_URL": "https://acme.ghe.com"}):
        with pytest.raises(BadSetting, match="FLAKEGUARD_GITHUB_LIMITS"):
            Settings.from_env(given | none)


@pytest.mark.parametrize(
    ("given", "days"),
    [({}, 30), ({"FLAKEGUARD_FORGET_AFTER_DAYS": "0"}, 0), ({"FLAKEGUARD_FORGET_AFTER_DAYS": "90"}, 90)],
)
def test_a_repository_that_was_lost_may_come_back_for_a_month_unless_told_otherwise(given, days):
    assert Settings.from_env(given).keeping.forget_after == timedelta(days=days)


def test_an_app_has_an_id_a_key_and_as_many_secrets_as_are_being_rotated():
    app = Settings.from_env(APP).app
    assert (app.app_id, app.secrets) == (12, ("new", "old"))


def test_a_key_whose_line_ends_were_written_out_is_a_key():
    settings = Settings.from_env(APP | {"FLAKEGUARD_PRIVATE_KEY": KEY.replace("\n", "\\n")})
    assert settings.app.private_key == KEY + "\n"


MADE = APP | {"FLAKEGUARD_APP_ID": "13", "FLAKEGUARD_PUBLIC_URL": "https://flakes.example.com"}


@pytest.fixture
def keep(tmp_path):
    """Keeps an App as the set-up page does; returns the environment in which it is found."""

    def put(content):
        file = tmp_path / "app" / "app.json"
        file.parent.mkdir()
        file.write_text(content if isinstance(content, str) else json.dumps(content))
        return {"FLAKEGUARD_DATA_DIR": str(tmp_path)}

    return put


def test_the_app_that_the_set_up_page_made_is_ours_where_the_environment_names_none(keep):
    settings = Settings.from_env(keep(MADE) | {"FLAKEGUARD_APP_ID": " "})
    assert (settings.app.app_id, settings.app.private_key, settings.is_app_kept) == (13, KEY + "\n", True)
    assert settings.public_url == "https://flakes.example.com"


def test_an_app_in_the_environment_counts_and_nothing_of_the_kept_one_is_mixed_in(keep):
    settings = Settings.from_env(keep(MADE) | APP)
    assert (settings.app.app_id, settings.is_app_kept, settings.public_url) == (12, False, None)


def test_what_else_the_environment_says_counts_more_than_what_was_kept(keep, tmp_path):
    (tmp_path / "other").write_text("x")
    environ = keep(MADE | {"FLAKEGUARD_DATABASE_URL": "postgresql://kept/d"}) | {
        "FLAKEGUARD_PUBLIC_URL": "https://new.example.com",
        "FLAKEGUARD_DATABASE_URL_FILE": str(tmp_path / "other"),
    }
    (tmp_path / "other").write_text("postgresql://told/d")
    settings = Settings.from_env(environ)
    assert (settings.public_url, settings.database_url) == ("https://new.example.com", "postgresql://told/d")


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "is no JSON"), ("[]", "holds something else"), ("{}", "something else"), ({"FLAKEGUARD_APP_ID": 1}, "else")],
    ids=["cut off", "a list", "empty", "a number"],
)
def test_a_kept_app_that_makes_no_sense_is_named_by_its_file(keep, content, says):
    with pytest.raises(BadSetting, match=r"app\.json.*" + says):
        Settings.from_env(keep(content))


def test_a_kept_app_that_cannot_be_read_is_named_by_its_file(tmp_path):
    (tmp_path / "app" / "app.json").mkdir(parents=True)
    with pytest.raises(BadSetting, match="cannot be read: Is a directory"):
        Settings.from_env({"FLAKEGUARD_DATA_DIR": str(tmp_path)})


DATABASE = "postgresql://u:pass@h/d"
SECRETS = {
    "FLAKEGUARD_PRIVATE_KEY": KEY,
    "FLAKEGUARD_WEBHOOK_SECRET": "new, old",
    "FLAKEGUARD_DATABASE_URL": DATABASE,
}


@pytest.fixture
def in_files(tmp_path):
    """An App and a database of which all that is secret stands in files, each with a line end."""
    environ = {"FLAKEGUARD_APP_ID": "12"}
    for name, text in SECRETS.items():
        (tmp_path / name).write_text(f"{text}\n")
        environ |= {name: "", f"{name}_FILE": str(tmp_path / name)}
    return environ


def test_what_is_secret_can_stand_in_files(in_files):
    settings = Settings.from_env(in_files)
    assert settings.app == AppIdentity(app_id=12, secrets=("new", "old"), private_key=KEY + "\n")
    assert settings.database_url == DATABASE


@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_stands_in_a_variable_and_in_a_file_is_refused_by_both_names(in_files, name):
    with pytest.raises(BadSetting, match=f"{name} and {name}_FILE are both set") as bad:
        Settings.from_env(in_files | {name: SECRETS[name]})
    assert "\n" not in str(bad.value)


@pytest.mark.parametrize("name", SECRETS)
@pytest.mark.parametrize("holds", [None, b"", b"\n", b"\xff\xfe"], ids=["missing", "empty", "a line end", "no text"])
def test_a_file_that_holds_no_secret_is_named_in_one_line(in_files, tmp_path, name, holds):
    (tmp_path / name).unlink()
    if holds is not None:
        (tmp_path / name).write_bytes(holds)
    with pytest.raises(BadSetting, match=f"^{name}_FILE ") as bad:
        Settings.from_env(in_files)
    assert "\n" not in str(bad.value)


@pytest.mark.attack("secrets")
@pytest.mark.parametrize("name", SECRETS)
def test_a_secret_that_stands_where_the_name_of_its_file_should_is_not_repeated(in_files, name):
    secret = SECRETS[name].replace("new, old", "the-secret-itself")
    with pytest.raises(BadSetting, match=f"^{name}_FILE cannot be read: ") as bad:
        Settings.from_env(in_files | {f"{name}_FILE": secret})
    told = "".join(format_exception(bad.value))
    assert not any(piece in told for piece in re.split(r"[\n/]+", secret) if len(piece) > 4)


@pytest.mark.parametrize(
    ("name", "holds"),
    [
        ("FLAKEGUARD_PRIVATE_KEY", "hello"),
        ("FLAKEGUARD_WEBHOOK_SECRET", " , "),
        ("FLAKEGUARD_DATABASE_URL", "mysql://x"),
    ],
)
def test_a_bad_secret_is_named_by_the_variable_of_its_file(in_files, tmp_path, name, holds):
    (tmp_path / name).write_text(holds)
    with pytest.raises(BadSetting, match=f"^{name}_FILE ") as bad:
        Settings.from_env(in_files)
    assert holds.strip() not in str(bad.value).replace(",", "").split()


def test_who_only_takes_webhooks_may_lack_the_key_and_nobody_else():
    without = APP | {"FLAKEGUARD_PRIVATE_KEY": ""}
    assert Settings.from_env(without, needs_key=False).app == ReceivingApp(app_id=12, secrets=("new", "old"))
    with pytest.raises(BadSetting, match=r"^FLAKEGUARD_PRIVATE_KEY or FLAKEGUARD_PRIVATE_KEY_FILE is missing$"):
        Settings.from_env(without)
    with pytest.raises(BadSetting, match=r"^FLAKEGUARD_PRIVATE_KEY is no private key"):
        Settings.from_env(APP | {"FLAKEGUARD_PRIVATE_KEY": "hello"}, needs_key=False)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"FLAKEGUARD_APP_ID": "twelve"}, "FLAKEGUARD_APP_ID"),
        ({"FLAKEGUARD_APP_ID": ""}, "FLAKEGUARD_APP_ID"),
        ({"FLAKEGUARD_WEBHOOK_SECRET": " , "}, "FLAKEGUARD_WEBHOOK_SECRET"),
        ({"FLAKEGUARD_PRIVATE_KEY": ""}, "FLAKEGUARD_PRIVATE_KEY"),
        ({"FLAKEGUARD_PRIVATE_KEY": "hello"}, "FLAKEGUARD_PRIVATE_KEY"),
        ({"FLAKEGUARD_PRIVATE_KEY": pem(ec.generate_private_key(ec.SECP256R1()))}, "FLAKEGUARD_PRIVATE_KEY"),
        ({"FLAKEGUARD_PRIVATE_KEY": "", "FLAKEGUARD_PRIVATE_KEY_FILE": "/nowhere"}, "FLAKEGUARD_PRIVATE_KEY_FILE"),
        ({"FLAKEGUARD_DATABASE_URL": "mysql://x"}, "FLAKEGUARD_DATABASE_URL"),
        ({"FLAKEGUARD_GITHUB_API_URL": "github"}, "FLAKEGUARD_GITHUB_API_URL"),
        ({"FLAKEGUARD_LOG_FORMAT": "xml"}, "FLAKEGUARD_LOG_FORMAT"),
        ({"FLAKEGUARD_CLOCK_OFFSET": "1h"}, "FLAKEGUARD_CLOCK_OFFSET"),
    ],
)
def test_a_bad_value_is_one_line_that_names_it(changes, name):
    with pytest.raises(BadSetting) as bad:
        Settings.from_env(APP | changes)
    assert name in str(bad.value)
    assert "\n" not in str(bad.value)


def test_secrets_do_not_show_in_a_traceback():
    said = repr(Settings.from_env(APP | {"FLAKEGUARD_DATABASE_URL": "postgresql://u:pass@h/d"}))
    assert not any(secret in said for secret in ("new", KEY[40:60], "pass"))


def test_the_clock_can_be_moved_for_tests_and_the_demo():
    clock = Settings.from_env({"FLAKEGUARD_CLOCK_OFFSET": "-86400"}).clock()
    behind = datetime.now(UTC) - clock()  # noqa: TID251 - against the real one
    assert abs(behind - timedelta(days=1)) < timedelta(seconds=5)


def test_the_api_of_an_enterprise_server_is_found_beside_it_and_never_on_github_com():
    settings = Settings.from_env({"FLAKEGUARD_GITHUB_URL": "https://ghe.example/"})
    assert settings.github_api_url == "https://ghe.example/api/v3"


def test_links_lead_to_the_server_whose_api_alone_was_given():
    settings = Settings.from_env({"FLAKEGUARD_GITHUB_API_URL": "https://ghe.example/api/v3"})
    assert settings.github_url == "https://ghe.example"
    region = Settings.from_env({"FLAKEGUARD_GITHUB_API_URL": "https://api.octocorp.ghe.com"})
    assert region.github_url == "https://octocorp.ghe.com"
    assert Settings.from_env({"FLAKEGUARD_GITHUB_API_URL": "https://proxy.example"}).github_url == "https://github.com"


def test_the_host_of_a_github_may_be_written_in_capitals():
    assert Settings.from_env({"FLAKEGUARD_GITHUB_URL": "https://GitHub.com"}).github_api_url == "https://api.github.com"
    server = Settings.from_env({"FLAKEGUARD_GITHUB_URL": "HTTPS://GHE.example:8443/"})
    assert (server.github_url, server.github_api_url) == ("https://ghe.example:8443", "https://ghe.example:8443/api/v3")
    told_by_its_api = Settings.from_env({"FLAKEGUARD_GITHUB_API_URL": "https://GHE.example/api/v3"})
    assert told_by_its_api.github_url == "https://ghe.example"


def test_an_enterprise_of_its_own_region_has_its_api_at_a_host_beside():
    settings = Settings.from_env({"FLAKEGUARD_GITHUB_URL": "https://octocorp.ghe.com"})
    assert settings.github_api_url == "https://api.octocorp.ghe.com"


def test_history_is_kept_for_ever_and_as_it_is_unless_days_are_given():
    assert Settings.from_env({}).keeping == Keeping()
    environ = {"FLAKEGUARD_RETENTION_DAYS": "730", "FLAKEGUARD_COMPACT_AFTER_DAYS": "90"}
    assert Settings.from_env(environ).keeping == Keeping(
        retention=timedelta(days=730), compact_after=timedelta(days=90)
    )


@pytest.mark.parametrize("name", ["FLAKEGUARD_RETENTION_DAYS", "FLAKEGUARD_COMPACT_AFTER_DAYS"])
@pytest.mark.parametrize("days", ["0", "30", "-1", "36501", "a year"])
def test_no_history_is_given_up_while_github_may_still_change_it(name, days):
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({name: days})


@pytest.mark.parametrize(
    ("environ", "has_traces"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://collector/v1/traces"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318", "OTEL_SDK_DISABLED": "true"}, False),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, False),
    ],
)
def test_traces_are_sent_where_an_endpoint_is_named(environ, has_traces):
    assert Settings.from_env(environ).has_traces is has_traces


@pytest.mark.parametrize(
    ("name", "value"),
    [("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"), ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")],
)
def test_an_endpoint_that_we_cannot_speak_to_is_named(name, value):
    with pytest.raises(BadSetting, match=name):
        Settings.from_env({name: value})


SIGN_IN = {
    "FLAKEGUARD_CLIENT_ID": "Iv1.x",
    "FLAKEGUARD_CLIENT_SECRET": "client secret",
    "FLAKEGUARD_PUBLIC_URL": "https://flakeguard.example/",
}


def test_without_a_client_nobody_signs_in_and_nothing_is_open():
    settings = Settings.from_env({"FLAKEGUARD_CLIENT_SECRET": "x"})
    assert (settings.sign_in, settings.opens_public) == (None, False)


def test_with_a_client_people_sign_in_and_its_secret_seals_their_sessions_unless_a_key_is_given():
    assert Settings.from_env(SIGN_IN).sign_in == SignIn(
        client_id="Iv1.x", client_secret="client secret", session_keys=("client secret",)
    )
    keys = {"FLAKEGUARD_SESSION_KEY": f"{'n' * 32}, {'o' * 32}", "FLAKEGUARD_PUBLIC_REPOSITORIES": "open"}
    settings = Settings.from_env(SIGN_IN | keys)
    assert settings.sign_in.session_keys == ("n" * 32, "o" * 32)
    assert settings.opens_public


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"FLAKEGUARD_CLIENT_SECRET": ""}, "FLAKEGUARD_CLIENT_SECRET or FLAKEGUARD_CLIENT_SECRET_FILE"),
        ({"FLAKEGUARD_PUBLIC_URL": ""}, "FLAKEGUARD_PUBLIC_URL"),
        ({"FLAKEGUARD_SESSION_KEY": "short"}, "FLAKEGUARD_SESSION_KEY"),
        ({"FLAKEGUARD_SESSION_KEY": f"{'n' * 32},short"}, "FLAKEGUARD_SESSION_KEY"),
        ({"FLAKEGUARD_PUBLIC_REPOSITORIES": "yes"}, "FLAKEGUARD_PUBLIC_REPOSITORIES"),
    ],
)
def test_what_signing_in_lacks_is_named(changes, name):
    with pytest.raises(BadSetting) as bad:
        Settings.from_env(SIGN_IN | changes)
    assert name in str(bad.value)
    assert "client secret" not in str(bad.value)
