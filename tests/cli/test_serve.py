"""`flakeguard serve`: starts with good settings only, and ends in order."""

import asyncio
import socket
import sys
import time
from datetime import UTC, datetime

import asyncpg
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from app.cli import running
from tests.cli.in_main import answers, run, stop_when

PEM = (
    rsa.generate_private_key(public_exponent=65537, key_size=2048)
    .private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    .decode()
)
APP = {"APP_ID": "12", "PRIVATE_KEY": PEM, "WEBHOOK_SECRET": "secret"}


@pytest.fixture
def port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.parametrize(
    ("environ", "name"),
    [({"APP_ID": "twelve"}, "FLAKEGUARD_APP_ID"), ({"LOG_FORMAT": "xml"}, "FLAKEGUARD_LOG_FORMAT")],
    ids=["an app without a number", "an unknown format"],
)
def test_a_bad_setting_is_named_in_one_line_and_nothing_starts(monkeypatch, capsys, environ, name):
    assert run(monkeypatch, "serve", **environ) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert name in err


@pytest.mark.parametrize("app", [{}, APP], ids=["without an App", "with an App"])
def test_it_brings_the_database_up_to_date_listens_and_ends_at_sigterm(monkeypatch, empty_database_url, port, app):
    stop_when(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
    assert run(monkeypatch, "serve", "--port", str(port), DATABASE_URL=empty_database_url, **app) == 0
    assert not answers(f"http://127.0.0.1:{port}/livez")


WITHOUT_KEY = {name: value for name, value in APP.items() if name != "PRIVATE_KEY"}


def test_who_only_takes_webhooks_needs_no_private_key(monkeypatch, database_url, port):
    stop_when(lambda: answers(f"http://127.0.0.1:{port}/readyz"))
    arguments = ("--role", "web", "--no-migrate", "--port", str(port))
    assert run(monkeypatch, "serve", *arguments, DATABASE_URL=database_url, **WITHOUT_KEY) == 0


@pytest.mark.parametrize(
    "command",
    [("serve",), ("serve", "--role", "worker"), ("backfill", "acme-corp/web-app"), ("report", "acme-corp/web-app")],
    ids=" ".join,
)
def test_without_a_private_key_nothing_else_starts(monkeypatch, capsys, database_url, command):
    assert run(monkeypatch, *command, DATABASE_URL=database_url, **WITHOUT_KEY) == 2
    assert capsys.readouterr().err == "FLAKEGUARD_PRIVATE_KEY or FLAKEGUARD_PRIVATE_KEY_FILE is missing\n"


def test_a_worker_alone_works_shows_how_it_is_and_ends_at_sigterm(monkeypatch, database_url, port):
    async def ask():
        conn = await asyncpg.connect(database_url)
        done = await conn.fetchval("SELECT count(*) FROM pgqueuer_log WHERE status = 'successful'")
        await conn.close()
        return done > 0

    stop_when(lambda: answers(f"http://127.0.0.1:{port}/readyz") and asyncio.run(ask()))
    arguments = ("--role", "worker", "--no-migrate", "--port", str(port))
    assert run(monkeypatch, "serve", *arguments, DATABASE_URL=database_url, **APP) == 0


@pytest.mark.parametrize("role", ["web", "worker"])
def test_who_does_not_migrate_waits_until_somebody_else_has(monkeypatch, empty_database_url, port, role):
    started = []

    def migrated_and_ready():
        if not started:
            time.sleep(1.0)
            assert not answers(f"http://127.0.0.1:{port}/livez")
            asyncio.run(running.apply_migrations(empty_database_url, lambda: datetime(2026, 3, 1, tzinfo=UTC)))
        started.append(True)
        return answers(f"http://127.0.0.1:{port}/readyz")

    stop_when(migrated_and_ready)
    arguments = ("--role", role, "--no-migrate", "--port", str(port))
    assert run(monkeypatch, "serve", *arguments, DATABASE_URL=empty_database_url, **APP) == 0


@pytest.mark.parametrize("role", ["web", "worker"])
def test_a_port_that_another_process_has_is_named_in_one_line(monkeypatch, capsys, database_url, role):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert run(monkeypatch, "serve", "--role", role, "--port", str(port), DATABASE_URL=database_url) == 1
    err = capsys.readouterr().err
    assert f"cannot listen on 127.0.0.1:{port} (--host, --port)" in err
    assert "Traceback" not in err


def test_traces_that_cannot_be_sent_for_want_of_the_extra_are_named_in_one_line(monkeypatch, capsys, database_url):
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318")
    monkeypatch.setitem(sys.modules, "app.cli.otlp", None)
    assert run(monkeypatch, "serve", DATABASE_URL=database_url) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "flakeguard-app[otel]" in err


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda url: url.replace("/fg_empty_", "/fg_nowhere_"), "the database refuses us"),
        (lambda _: "postgresql://127.0.0.1:9/nobody", "the database cannot be reached"),
        (lambda _: "postgresql://127.0.0.1:port/x", "FLAKEGUARD_DATABASE_URL makes no sense"),
    ],
    ids=["unknown", "away", "no address"],
)
def test_a_database_that_cannot_be_had_is_named_in_one_line(monkeypatch, capsys, empty_database_url, change, said):
    monkeypatch.setattr(running, "_A_SECOND", 0.0)
    assert run(monkeypatch, "serve", DATABASE_URL=change(empty_database_url)) == 1
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
