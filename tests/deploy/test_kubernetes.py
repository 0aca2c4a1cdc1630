"""deploy/kubernetes, as kubectl builds it and as Kubernetes' own schemas have it."""

import importlib
import re
from datetime import timedelta

import pytest
import yaml

from app.cli.parsers import SECONDS_EACH
from app.handlers.policy import REPLAY_SECONDS
from app.web.webhook import READ_SECONDS
from tests.deploy.on_machine import DEPLOY, done, text, tool
from tests.deploy.test_proxy import PAGES_BELOW

VERSIONS = ("1.30", "1.34", "1.37")
"""The oldest that the base names, one in between, and the newest that the schemas know."""

FOLDERS = ("base", "overlays/example")


def built(folder):
    said = done(tool("kubectl"), "kustomize", DEPLOY / "kubernetes" / folder)
    return {(one["kind"], one["metadata"]["name"]): one for one in yaml.safe_load_all(said)}


@pytest.fixture(scope="module")
def objects():
    return built("overlays/example")


def pods(objects):
    """Return the pods' descriptions by the name of what makes them."""
    made = [(name, one) for (kind, name), one in objects.items() if kind in ("Deployment", "Job")]
    return {name: one["spec"]["template"]["spec"] for name, one in made}


def containers(objects):
    return [one for pod in pods(objects).values() for one in pod["containers"] + pod.get("initContainers", [])]


@pytest.mark.parametrize("folder", FOLDERS)
@pytest.mark.parametrize("version", VERSIONS)
def test_each_object_is_as_the_schema_of_that_version_has_it(folder, version):
    try:
        schemas = importlib.import_module("kubernetes_validate")
    except ModuleNotFoundError:
        pytest.skip("kubernetes-validate is not installed")
    for one in built(folder).values():
        schemas.validate(one, version, True)


def test_there_is_everything_that_the_bot_needs(objects):
    assert sorted(objects) == [
        ("ConfigMap", next(name for kind, name in objects if kind == "ConfigMap")),
        ("Deployment", "flakeguard-web"),
        ("Deployment", "flakeguard-worker"),
        ("HorizontalPodAutoscaler", "flakeguard-worker"),
        ("Ingress", "flakeguard"),
        ("Ingress", "flakeguard-pages"),
        ("Job", "flakeguard-migrate"),
        ("Namespace", "flakeguard"),
        ("NetworkPolicy", "flakeguard"),
        ("NetworkPolicy", "flakeguard-github"),
        ("NetworkPolicy", "flakeguard-web"),
        ("PodDisruptionBudget", "flakeguard-web"),
        ("PodDisruptionBudget", "flakeguard-worker"),
        ("Service", "flakeguard-web"),
        ("ServiceAccount", "flakeguard"),
    ]


def test_all_of_it_lies_in_one_namespace_that_refuses_what_is_not_restricted(objects):
    namespace = objects["Namespace", "flakeguard"]
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    others = [one["metadata"].get("namespace") for key, one in objects.items() if key[0] != "Namespace"]
    assert set(others) == {"flakeguard"}


def test_every_pod_is_what_the_restricted_standard_asks_for(objects):
    for pod in pods(objects).values():
        assert pod["securityContext"]["runAsNonRoot"]
        assert pod["securityContext"]["runAsUser"] > 0
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not any(pod.get(word) for word in ("hostNetwork", "hostPID", "hostIPC"))
        assert {next(iter(one.keys() - {"name"})) for one in pod["volumes"]} <= {"secret", "emptyDir", "configMap"}
    for one in containers(objects):
        assert not one["securityContext"]["allowPrivilegeEscalation"]
        assert one["securityContext"]["capabilities"] == {"drop": ["ALL"]}
        assert one["securityContext"]["readOnlyRootFilesystem"]


def test_no_pod_has_a_token_or_the_variables_of_a_service(objects):
    assert not objects["ServiceAccount", "flakeguard"]["automountServiceAccountToken"]
    for pod in pods(objects).values():
        assert pod["serviceAccountName"] == "flakeguard"
        assert pod["automountServiceAccountToken"] is False
        assert pod["enableServiceLinks"] is False


def test_every_container_asks_for_what_it_needs_and_has_a_limit(objects):
    for one in containers(objects):
        assert one["resources"]["requests"].keys() == {"cpu", "memory"}
        assert "memory" in one["resources"]["limits"]


def test_every_container_is_of_the_image_that_the_overlay_names(objects):
    assert {one["image"] for one in containers(objects)} == {"registry.example/flakeguard:0.1.0"}


@pytest.mark.parametrize("name", ["flakeguard-web", "flakeguard-worker"])
def test_who_serves_is_asked_whether_it_lives_and_whether_it_is_ready(objects, name):
    (container,) = pods(objects)[name]["containers"]
    assert container["livenessProbe"]["httpGet"]["path"] == "/livez"
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"


@pytest.mark.parametrize("name", ["flakeguard-web", "flakeguard-worker"])
def test_who_serves_starts_once_the_schema_is_its_own(objects, name):
    pod = pods(objects)[name]
    assert [one["args"] for one in pod["initContainers"]] == [["migrate", "--status"]]
    assert "--no-migrate" in pod["containers"][0]["args"]
    assert pods(objects)["flakeguard-migrate"]["containers"][0]["args"] == ["migrate"]


def test_the_job_that_migrates_outlasts_a_database_that_is_away_for_days(objects):
    job = objects["Job", "flakeguard-migrate"]["spec"]
    assert job["template"]["spec"]["restartPolicy"] == "OnFailure", "a pod for each try would be left behind"
    longest_pause = timedelta(minutes=5)
    assert job["backoffLimit"] * longest_pause > timedelta(days=7)
    assert "activeDeadlineSeconds" not in job


def test_a_job_that_cannot_be_changed_is_gone_before_the_next_release_is_applied(objects):
    assert 0 < objects["Job", "flakeguard-migrate"]["spec"]["ttlSecondsAfterFinished"] <= 3600
    upgrade = text("operating.md").partition("\n## Upgrade\n")[2].partition("\n## ")[0]
    for words in (upgrade, text("kubernetes/overlays/example/kustomization.yaml")):
        deleted = words.index("kubectl --namespace flakeguard delete job flakeguard-migrate --ignore-not-found")
        assert deleted < words.index("kubectl apply --kustomize deploy/kubernetes/overlays/example")


def test_whoever_is_stopped_has_time_to_end_what_it_does(objects):
    web, worker = (pods(objects)[f"flakeguard-{name}"] for name in ("web", "worker"))
    drain = int(worker["containers"][0]["args"][-1])
    assert worker["terminationGracePeriodSeconds"] > drain > SECONDS_EACH
    lull = web["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert web["terminationGracePeriodSeconds"] > lull + 2 * READ_SECONDS


DATABASE, SECRET, KEY = (
    ("FLAKEGUARD_DATABASE_URL_FILE", "database-url"),
    ("FLAKEGUARD_WEBHOOK_SECRET_FILE", "webhook-secret"),
    ("FLAKEGUARD_PRIVATE_KEY_FILE", "private-key.pem"),
)


def secrets_of(container):
    """The variables that a container gets, each with the file that it names; no other is let in."""
    (mount,) = [one for one in container["volumeMounts"] if one["name"] == "secrets"]
    assert mount["readOnly"]
    return [(one["name"], one["value"].removeprefix(f"{mount['mountPath']}/")) for one in container["env"]]


@pytest.mark.parametrize(
    ("name", "needed"), [("migrate", [DATABASE]), ("web", [DATABASE, SECRET]), ("worker", [DATABASE, SECRET, KEY])]
)
def test_each_pod_has_the_secrets_that_it_needs_as_files_and_no_other(objects, name, needed):
    pod = pods(objects)[f"flakeguard-{name}"]
    assert [secrets_of(one) for one in pod["containers"]] == [needed]
    (secret,) = [volume["secret"] for volume in pod["volumes"] if "secret" in volume]
    assert [(one["key"], one["path"]) for one in secret["items"]] == [(file, file) for _, file in needed]
    assert secret["defaultMode"] == 0o440
    assert not any(kind == "Secret" for kind, _ in objects)


def test_every_container_has_the_authority_of_the_databases_certificate_where_there_is_one(objects):
    for pod in pods(objects).values():
        (volume,) = [one["configMap"] for one in pod["volumes"] if "configMap" in one]
        assert volume == {"name": "flakeguard-database-authority", "optional": True}
    for one in containers(objects):
        assert [mount["mountPath"] for mount in one["volumeMounts"] if mount["name"] == "authority"] == [
            "/etc/ssl/flakeguard"
        ]


@pytest.mark.parametrize("file", ["operating.md", "kubernetes/overlays/example/kustomization.yaml"])
def test_who_is_told_to_check_the_databases_certificate_is_told_by_which_file(file):
    asked = re.findall(r"postgresql://\S*sslmode=verify-full\S*", text(file))
    assert [one.rstrip(".`") for one in asked] == [
        "postgresql://USER:PASSWORD@HOST/flakeguard?sslmode=verify-full&sslrootcert=/etc/ssl/flakeguard/ca.crt"
    ]
    assert "create configmap flakeguard-database-authority --from-file=ca.crt=FILE" in text(file)


def test_who_looks_at_the_schema_knows_of_no_app_and_of_no_secret_but_the_databases(objects):
    looking = [one for one in containers(objects) if one["args"][0] == "migrate"]
    assert len(looking) == 3
    assert [secrets_of(one) for one in looking] == [[DATABASE]] * 3
    assert not any("envFrom" in one for one in looking)


def test_the_autoscaler_asks_for_the_age_of_the_queue(objects):
    scaler = objects["HorizontalPodAutoscaler", "flakeguard-worker"]["spec"]
    (metric,) = scaler["metrics"]
    assert metric["external"]["metric"]["name"] == "flakeguard_queue_oldest_seconds"
    assert metric["external"]["target"]["type"] == "Value"
    assert "replicas" not in objects["Deployment", "flakeguard-worker"]["spec"]
    adapter = yaml.safe_load((DEPLOY / "kubernetes/prometheus-adapter.yaml").read_text(encoding="utf-8"))
    assert [rule["name"]["as"] for rule in adapter["rules"]["external"]] == [metric["external"]["metric"]["name"]]


def test_only_webhooks_and_pages_come_in_from_outside(objects):
    ingresses = [one for (kind, _), one in objects.items() if kind == "Ingress"]
    paths = [path for one in ingresses for rule in one["spec"]["rules"] for path in rule["http"]["paths"]]
    exact = sorted((path["path"] for path in paths if path["pathType"] == "Exact"), reverse=True)
    below = {path["path"].strip("/") for path in paths if path["pathType"] == "Prefix"}
    assert exact == ["/webhooks/github", "/"]
    assert below == PAGES_BELOW
    notes = objects["Ingress", "flakeguard"]["metadata"]["annotations"]
    assert notes["nginx.ingress.kubernetes.io/proxy-body-size"] == "25m"
    waits = [int(value) for name, value in notes.items() if re.search(r"proxy-\w+-timeout$", name)]
    assert max(waits) < 10
    pages = objects["Ingress", "flakeguard-pages"]["metadata"]["annotations"]
    assert pages["nginx.ingress.kubernetes.io/proxy-body-size"] == "26m"
    assert int(pages["nginx.ingress.kubernetes.io/proxy-read-timeout"]) > REPLAY_SECONDS


def test_nothing_is_reached_that_no_policy_names(objects):
    everyone = objects["NetworkPolicy", "flakeguard"]["spec"]
    assert everyone["policyTypes"] == ["Ingress", "Egress"]
    assert [port["port"] for rule in everyone["egress"] for port in rule["ports"]] == [53, 53, 5432]
    (out,) = objects["NetworkPolicy", "flakeguard-github"]["spec"]["egress"]
    assert [port["port"] for port in out["ports"]] == [443]
    barred = {cidr for to in out["to"] for cidr in to["ipBlock"]["except"]}
    assert {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16", "fc00::/7", "fe80::/10"} <= barred


def test_every_selector_finds_the_pods_that_it_means(objects):
    labels = {
        name: one["spec"]["template"]["metadata"]["labels"]
        for (kind, name), one in objects.items()
        if kind in ("Deployment", "Job")
    }
    for (kind, name), one in objects.items():
        if kind not in ("Service", "PodDisruptionBudget", "NetworkPolicy", "Deployment"):
            continue
        selector = one["spec"].get("selector") or one["spec"]["podSelector"]
        wanted = selector.get("matchLabels", selector).items()
        found = sorted(pod for pod, has in labels.items() if wanted <= has.items() and _matches(selector, has))
        serving = ["flakeguard-web", "flakeguard-worker"]
        meant = [name] if name in labels else serving if name == "flakeguard-github" else sorted(labels)
        assert found == meant, (kind, name)


def _matches(selector, labels):
    return all(
        one["operator"] == "In" and labels.get(one["key"]) in one["values"]
        for one in selector.get("matchExpressions", ())
    )
