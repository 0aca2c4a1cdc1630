"""deploy/systemd, as systemd itself reads it."""

import re

import pytest

from app.cli.parsers import SECONDS_EACH
from app.web.webhook import READ_SECONDS
from tests.deploy.on_machine import done, text, tool

UNITS = ("web", "worker", "migrate")
PROGRAM = "/opt/flakeguard/bin/flakeguard"
MOST_EXPOSED = 20
"""Tenths: systemd's own measure goes from 0 to 100, and calls all up to 40 OK."""


def unit(name):
    return text(f"systemd/flakeguard-{name}.service")


def said(name, key):
    return re.findall(rf"(?m)^{key}=(.*)$", unit(name))


@pytest.fixture
def units(tmp_path):
    """Our units with a program that is on this machine, since systemd looks whether it is there."""
    for name in UNITS:
        (tmp_path / f"flakeguard-{name}.service").write_text(unit(name).replace(PROGRAM, "/bin/true"))
    return tmp_path


def test_systemd_finds_nothing_wrong_with_the_units(units):
    done(tool("systemd-analyze"), "verify", *sorted(units.glob("*.service")))


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_exposed_no_more_than_it_has_to_be(units, name):
    file = units / f"flakeguard-{name}.service"
    done(tool("systemd-analyze"), "security", "--offline=true", f"--threshold={MOST_EXPOSED}", file)


DATABASE, SECRET, KEY = (
    ("FLAKEGUARD_DATABASE_URL_FILE", "database-url"),
    ("FLAKEGUARD_WEBHOOK_SECRET_FILE", "webhook-secret"),
    ("FLAKEGUARD_PRIVATE_KEY_FILE", "private-key.pem"),
)


@pytest.mark.parametrize(
    ("name", "needed"), [("migrate", [DATABASE]), ("web", [DATABASE, SECRET]), ("worker", [DATABASE, SECRET, KEY])]
)
def test_a_unit_has_the_secrets_that_it_needs_as_credentials_and_no_other(name, needed):
    assert said(name, "LoadCredential") == [f"{file}:/etc/flakeguard/{file}" for _, file in needed]
    assert said(name, "Environment")[:-1] == [f"{variable}=%d/{file}" for variable, file in needed]
    assert said(name, "EnvironmentFile") == ([] if name == "migrate" else ["/etc/flakeguard/flakeguard.env"])


@pytest.mark.parametrize("name", ["web", "worker"])
def test_who_serves_starts_after_the_migration_and_is_not_down_for_good_where_that_fails(name):
    assert said(name, "Requires") == []
    assert "flakeguard-migrate.service" in said(name, "Wants")[0].split()
    assert "flakeguard-migrate.service" in said(name, "After")[0].split()
    assert said(name, "Restart") == ["always"]
    assert said(name, "StartLimitIntervalSec") == ["0"]
    assert said(name, "ExecStart")[0].startswith(f"{PROGRAM} serve --role {name} --host 127.0.0.1 ")
    assert " --no-migrate" in said(name, "ExecStart")[0]


def test_a_migration_for_which_no_database_is_there_yet_is_tried_until_one_is():
    assert said("migrate", "Restart") == ["on-failure"]
    assert said("migrate", "StartLimitIntervalSec") == ["0"]
    assert said("migrate", "RestartPreventExitStatus") == ["2"]
    assert "RemainAfterExit" not in unit("migrate"), "each start of who serves looks whether something is missing"


def test_whoever_is_stopped_has_time_to_end_what_it_does():
    drain = int(said("worker", "ExecStart")[0].split()[-1])
    assert int(said("worker", "TimeoutStopSec")[0]) > drain > SECONDS_EACH
    assert int(said("web", "TimeoutStopSec")[0]) > 2 * READ_SECONDS


def test_a_worker_that_stops_keeps_the_processes_that_read_for_it():
    assert said("worker", "KillMode") == ["mixed"]
    assert said("worker", "OOMPolicy") == ["continue"]


def test_the_example_of_the_settings_holds_no_secret():
    assert re.findall(r"(?m)^(\w+)=", text("systemd/flakeguard.env")) == ["FLAKEGUARD_APP_ID"]
