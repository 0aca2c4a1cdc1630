"""deploy/compose.yaml, as Docker Compose itself reads it."""

import shutil
import subprocess

import pytest
import yaml

from app.cli.parsers import SECONDS_EACH
from app.handlers.ingest.read import LARGEST_ARTIFACT
from app.web.webhook import READ_SECONDS
from tests.deploy.on_machine import DEPLOY, done


def compose():
    """Return the command of Docker Compose: the plugin that most have, or a program of its own. Version 1 reads other files."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            said = subprocess.run([*command, "version", "--short"], capture_output=True, text=True, check=False)
            if said.returncode == 0 and not said.stdout.startswith("1."):
                return command
    pytest.skip("Docker Compose 2 is not installed")


@pytest.fixture(scope="module")
def services(tmp_path_factory):
    """What Compose makes of the file; its schema is checked on the way."""
    folder = tmp_path_factory.mktemp("compose")
    shutil.copy(DEPLOY / "compose.yaml", folder)
    (folder / "flakeguard.env").write_text("FLAKEGUARD_APP_ID=12\n")
    said = done(*compose(), "--file", folder / "compose.yaml", "config")
    return yaml.safe_load(said)["services"]


def ours(services):
    return {name: one for name, one in services.items() if name != "postgres"}


def seconds(duration):
    minutes, _, rest = duration.rpartition("m")
    return int(minutes or 0) * 60 + int(rest.removesuffix("s") or 0)


def test_there_are_a_web_a_worker_a_migration_and_a_database(services):
    assert sorted(services) == ["migrate", "postgres", "web", "worker"]


def test_no_container_can_write_to_its_root_or_gain_rights(services):
    for name, one in services.items():
        assert one["read_only"], name
        assert one["cap_drop"] == ["ALL"], name
        assert one["security_opt"] == ["no-new-privileges:true"], name
        assert not one["user"].startswith(("0", "root")), name


def test_every_container_has_limits(services):
    assert [name for name, one in services.items() if "mem_limit" not in one or "pids_limit" not in one] == []


def test_ours_start_once_the_schema_is_there_and_no_two_of_them_migrate(services):
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    assert services["postgres"]["healthcheck"]["test"]
    for name in ("web", "worker"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"
        assert "--no-migrate" in services[name]["command"]
    assert services["migrate"]["restart"] == "no"


def plain():
    """The file as it stands, for what needs no Compose."""
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))["services"]


@pytest.mark.parametrize(
    ("name", "needed"),
    [
        ("migrate", {"DATABASE_URL": "database-url"}),
        ("web", {"DATABASE_URL": "database-url", "WEBHOOK_SECRET": "webhook-secret"}),
        (
            "worker",
            {"DATABASE_URL": "database-url", "WEBHOOK_SECRET": "webhook-secret", "PRIVATE_KEY": "private-key"},
        ),
    ],
)
def test_each_has_the_secrets_that_it_needs_as_files_and_no_other(name, needed):
    files = {f"FLAKEGUARD_{variable}_FILE": f"/run/secrets/{secret}" for variable, secret in needed.items()}
    assert plain()[name]["environment"] == files
    assert plain()[name]["secrets"] == list(needed.values())
    assert ("env_file" in plain()[name]) == (name != "migrate"), "who knows of no App needs none of its secrets"


def test_no_secret_stands_in_a_variable_that_the_file_sets(services):
    for one in ours(services).values():
        assert all(value.startswith("/run/secrets/") for name, value in one["environment"].items() if "_FILE" in name)
        assert not {"FLAKEGUARD_PRIVATE_KEY", "FLAKEGUARD_WEBHOOK_SECRET", "FLAKEGUARD_DATABASE_URL"} & set(
            one["environment"]
        )
    assert "POSTGRES_PASSWORD" not in services["postgres"]["environment"]


def test_only_this_machine_reaches_the_web_and_nobody_the_database(services):
    assert [port["host_ip"] for port in services["web"]["ports"]] == ["127.0.0.1"]
    assert [name for name, one in services.items() if "ports" in one] == ["web"]
    assert list(services["postgres"]["networks"]) == ["database"]
    assert services["postgres"]["volumes"][0]["type"] == "volume"


def test_whoever_is_stopped_has_time_to_end_what_it_does(services):
    drain = int(services["worker"]["command"][-1])
    assert seconds(services["worker"]["stop_grace_period"]) > drain > SECONDS_EACH
    assert seconds(services["web"]["stop_grace_period"]) > 2 * READ_SECONDS


def test_artifacts_are_unpacked_on_disk():
    assert LARGEST_ARTIFACT == 512 << 20
    worker = plain()["worker"]
    assert worker["volumes"] == [{"type": "volume", "target": "/tmp"}]
    assert "tmpfs" not in worker
