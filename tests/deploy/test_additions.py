"""What adds the dashboard and outgoing webhooks to an installation, and runs its commands: each process has the secrets that it needs."""

import os
import re
import shutil
import subprocess

import pytest
import yaml

from tests.deploy.on_machine import DEPLOY, done, text, tool

DASHBOARD, HOOKS = ("FLAKEGUARD_CLIENT_SECRET_FILE", "client-secret"), ("FLAKEGUARD_HOOKS_FILE", "hooks.yaml")


@pytest.mark.parametrize(
    ("file", "unit", "secret"), [("dashboard.conf", "web", DASHBOARD), ("hooks.conf", "worker", HOOKS)]
)
def test_a_unit_reads_the_secret_of_an_addition_as_a_credential(tmp_path, file, unit, secret):
    variable, name = secret
    said = text(f"systemd/{file}")
    assert f"\nLoadCredential={name}:/etc/flakeguard/{name}\n" in said
    assert f"\nEnvironment={variable}=%d/{name}\n" in said
    assert f"/etc/systemd/system/flakeguard-{unit}.service.d/{file}\n" in said
    program = "/opt/flakeguard/bin/flakeguard"
    for one in ("migrate", unit):
        whole = text(f"systemd/flakeguard-{one}.service").replace(program, "/bin/true")
        (tmp_path / f"flakeguard-{one}.service").write_text(whole)
    added = tmp_path / f"flakeguard-{unit}.service.d"
    added.mkdir()
    shutil.copy(DEPLOY / "systemd" / file, added)
    done(tool("systemd-analyze"), "verify", tmp_path / f"flakeguard-{unit}.service")


@pytest.mark.parametrize(
    ("file", "service", "secret"),
    [("compose.dashboard.yaml", "web", DASHBOARD), ("compose.hooks.yaml", "worker", HOOKS)],
)
def test_compose_mounts_the_secret_of_an_addition_for_who_needs_it_alone(file, service, secret):
    variable, name = secret
    added = yaml.safe_load(text(file))
    (key,) = added["secrets"]
    assert added["secrets"][key] == {"file": f"./secrets/{name}"}
    assert list(added["services"]) == [service]
    assert added["services"][service]["environment"] == {variable: f"/run/secrets/{key}"}
    assert added["services"][service]["secrets"] == [key]


@pytest.fixture(scope="module")
def deployments(tmp_path_factory):
    """What kubectl builds of the example with both additions, as each says that it is added."""
    folder = tmp_path_factory.mktemp("kubernetes")
    shutil.copytree(DEPLOY / "kubernetes", folder, dirs_exist_ok=True)
    file = folder / "overlays/example/kustomization.yaml"
    overlay = yaml.safe_load(file.read_text())
    overlay["components"] = ["../../components/dashboard", "../../components/hooks"]
    overlay["configMapGenerator"].append({"name": "flakeguard-dashboard", "literals": ["FLAKEGUARD_CLIENT_ID=Iv23"]})
    file.write_text(yaml.safe_dump(overlay))
    built = yaml.safe_load_all(done(tool("kubectl"), "kustomize", file.parent))
    found = {one["metadata"]["name"]: one for one in built if one["kind"] == "Deployment"}
    return {name.removeprefix("flakeguard-"): one["spec"]["template"]["spec"] for name, one in found.items()}


@pytest.mark.parametrize(("name", "secret", "other"), [("web", DASHBOARD, HOOKS), ("worker", HOOKS, DASHBOARD)])
def test_a_pod_has_the_secret_of_the_addition_that_is_its_own(deployments, name, secret, other):
    pod = deployments[name]
    files = {one["name"]: one["value"] for one in pod["containers"][0]["env"]}
    assert files[secret[0]] == f"/run/secrets/flakeguard/{secret[1]}"
    assert other[0] not in files
    (volume,) = [one["secret"] for one in pod["volumes"] if "secret" in one]
    keys = [one["key"] for one in volume["items"]]
    assert secret[1] in keys
    assert other[1] not in keys
    named = [one["configMapRef"]["name"].rpartition("-")[0] for one in pod["containers"][0]["envFrom"]]
    assert named == (["flakeguard", "flakeguard-dashboard"] if name == "web" else ["flakeguard"])


def test_a_command_under_systemd_has_the_workers_user_settings_and_secrets(tmp_path):
    (tmp_path / "systemd-run").write_text("#!/bin/sh\nprintf '%s\\n' \"$@\"\n")
    (tmp_path / "systemd-run").chmod(0o755)
    environ = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    command = [DEPLOY / "systemd/flakeguard", "query", "a b", "*"]
    ran = subprocess.run(command, env=environ, capture_output=True, text=True, check=True)
    said = ran.stdout.splitlines()
    assert said[-4:] == ["/opt/flakeguard/bin/flakeguard", "query", "a b", "*"]
    worker = text("systemd/flakeguard-worker.service")
    for key in ("LoadCredential", "EnvironmentFile", "DynamicUser", "User"):
        asked = [one.removeprefix(f"--property={key}=") for one in said if one.startswith(f"--property={key}=")]
        assert asked == re.findall(rf"(?m)^{key}=(.*)$", worker)
    (unit,) = [one.removeprefix("--unit=") for one in said if one.startswith("--unit=")]
    files = [one.removeprefix("--setenv=") for one in said if "_FILE=" in one]
    there = f"/run/credentials/{unit}.service"
    assert files == [one.replace("%d", there) for one in re.findall(r"(?m)^Environment=(\S+_FILE=.*)$", worker)]


def test_the_way_to_a_collector_of_traces_is_open_where_that_is_added_and_only_there():
    policies = {}
    for folder in ("base", "components/traces"):
        for file in (DEPLOY / "kubernetes" / folder).glob("network.yaml"):
            policies[folder] = list(yaml.safe_load_all(file.read_text(encoding="utf-8")))
    opened = {
        folder: {port["port"] for one in found for rule in one["spec"].get("egress", ()) for port in rule["ports"]}
        for folder, found in policies.items()
    }
    assert opened == {"base": {53, 5432, 443}, "components/traces": {4318}}
    (policy,) = policies["components/traces"]
    (github,) = [one for one in policies["base"] if one["metadata"]["name"] == "flakeguard-github"]
    assert policy["spec"]["podSelector"] == github["spec"]["podSelector"]
    assert "(kubernetes/components/traces/kustomization.yaml)" in text("operating.md")


def test_kustomize_takes_the_policy_for_traces(tmp_path):
    shutil.copytree(DEPLOY / "kubernetes", tmp_path, dirs_exist_ok=True)
    file = tmp_path / "overlays/example/kustomization.yaml"
    overlay = yaml.safe_load(file.read_text()) | {"components": ["../../components/traces"]}
    file.write_text(yaml.safe_dump(overlay))
    built = list(yaml.safe_load_all(done(tool("kubectl"), "kustomize", file.parent)))
    assert "flakeguard-traces" in {one["metadata"]["name"] for one in built if one["kind"] == "NetworkPolicy"}


def test_the_pod_with_postgres_programs_is_what_its_namespace_lets_in_and_has_the_databases_url_alone():
    pod = yaml.safe_load(text("kubernetes/postgres-tools.yaml"))["spec"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    (container,) = pod["containers"]
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "readOnlyRootFilesystem": True,
        "capabilities": {"drop": ["ALL"]},
    }
    (secret,) = [one["secret"] for one in pod["volumes"] if "secret" in one]
    assert secret["items"] == [{"key": "database-url", "path": "database-url"}]
    assert container["image"] == yaml.safe_load(text("compose.yaml"))["services"]["postgres"]["image"]
