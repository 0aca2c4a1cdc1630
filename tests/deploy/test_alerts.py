"""Alerts, dashboard and runbook name what there is: metrics with their labels, and each alert its section."""

import importlib
import json
import re
from collections.abc import Iterator

import pytest
import yaml
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector
from prometheus_client.metrics import MetricWrapperBase

from app import metrics
from tests.deploy.metric_names import LABELS_OF_SCRAPING, OF_EVERY_PROCESS
from tests.deploy.on_machine import DEPLOY, ROOT, done, text, tool

RULES = [rule for group in yaml.safe_load(text("prometheus/alerts.yml"))["groups"] for rule in group["rules"]]
DASHBOARD = json.loads(text("grafana/flakeguard.json"))
PANELS = [panel for panel in DASHBOARD["panels"] if panel["type"] != "row"]
RUNBOOK = text("runbook.md")
SECTIONS = dict(re.findall(r"(?ms)^## (FlakeGuard\w+)\n(.+?)(?=^## |\Z)", RUNBOOK))


def _spoken(query):
    return query.replace("$__rate_interval", "5m").replace("$__range", "1d")


ALERTS = {rule["alert"]: rule["expr"] for rule in RULES}
QUERIES = {
    f"{panel['title']}: {target['legendFormat']}": _spoken(target["expr"])
    for panel in PANELS
    for target in panel["targets"]
}


def _series(metric) -> Iterator[str]:
    match metric:
        case Counter():
            yield f"{metric._name}_total"
        case Gauge():
            yield metric._name
        case Histogram():
            yield from (metric._name + part for part in ("_bucket", "_sum", "_count"))


OURS = {
    series: set(metric._labelnames) | ({"le"} if series.endswith("_bucket") else set())
    for metric in vars(metrics).values()
    if isinstance(metric, MetricWrapperBase)
    for series in _series(metric)
}


def check_known(name):
    """Insist on a metric of ours or of every process."""
    whole = re.sub(r"_(bucket|sum|count)$", "", name)
    if name not in OURS and whole not in {re.sub(r"_(bucket|sum|count)$", "", one) for one in OURS}:
        assert name in OF_EVERY_PROCESS, name


@pytest.fixture
def parse():
    try:
        return importlib.import_module("promql_parser").parse
    except ModuleNotFoundError:
        pytest.skip("promql-parser is not installed")


def nodes(expr):
    """Return the expression's parts, itself included."""
    found = []
    importlib.import_module("promql_parser").walk(expr, found.append)
    return found


def selectors(expr):
    return [one for one in nodes(expr) if type(one).__name__ == "VectorSelector"]


@pytest.mark.parametrize("expr", [*ALERTS.values(), *QUERIES.values()], ids=[*ALERTS, *QUERIES])
def test_every_expression_is_promql_over_metrics_and_labels_that_there_are(parse, expr):
    tree = parse(expr)
    found = selectors(tree)
    assert found
    for one in found:
        check_known(one.name)
        asked = {matcher.name for matcher in one.matchers.matchers}
        assert asked <= OURS.get(one.name, set()) | LABELS_OF_SCRAPING, one.name
    kept = set().union(*(OURS.get(one.name, set()) for one in found)) | LABELS_OF_SCRAPING
    for node in nodes(tree):
        if type(node).__name__ == "AggregateExpr" and node.modifier is not None:
            assert set(node.modifier.labels) <= kept, node.prettify()


@pytest.mark.parametrize("name", sorted(set(re.findall(r"flakeguard_[a-z_]*[a-z](?=\{|`| |$)", RUNBOOK))))
def test_every_metric_that_the_runbook_names_is_there(name):
    check_known(name)


def test_no_label_of_ours_is_one_that_prometheus_puts_on_whatever_it_asks_for():
    # It would call ours `exported_job`, and no expression that asks for `job` would find what it means.
    assert [name for name, labels in OURS.items() if labels & LABELS_OF_SCRAPING] == []


def test_every_metric_of_ours_is_on_the_dashboard():
    asked = " ".join(QUERIES.values())
    counted = {name for name in OURS if not name.endswith(("_sum", "_count"))}
    assert sorted(name for name in counted if name not in asked) == []


@pytest.mark.parametrize("name", sorted(OF_EVERY_PROCESS))
def test_every_process_tells_of_itself(name):
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    assert registry.get_sample_value(name) is not None


def test_every_alert_has_its_section_and_every_section_its_alert():
    assert list(SECTIONS) == list(dict.fromkeys(SECTIONS))
    assert sorted(SECTIONS) == sorted(ALERTS)
    assert len(ALERTS) == len(RULES)


@pytest.mark.parametrize("name", sorted(SECTIONS))
def test_a_section_says_what_it_means_what_people_see_where_to_look_and_how_to_mend_it(name):
    assert re.findall(r"\*\*(It means|People see|Look|Mend)\b", SECTIONS[name]) == [
        "It means",
        "People see",
        "Look",
        "Mend",
    ]


@pytest.mark.parametrize("rule", RULES, ids=ALERTS)
def test_an_alert_says_how_urgent_it_is_and_leads_to_its_section(rule):
    assert rule["labels"]["severity"] in ("page", "ticket")
    assert rule["annotations"]["summary"].endswith(".")
    assert rule["annotations"]["runbook"] == f"deploy/runbook.md#{rule['alert'].lower()}"


def test_nobody_who_only_knows_our_address_keeps_the_alert_of_no_webhooks_quiet():
    asked = re.findall(r"flakeguard_webhooks_total(\S*?)\[", ALERTS["FlakeGuardNoWebhooks"])
    assert asked == ['{answer=~"200|202"}'] * 2


def test_prometheus_itself_takes_the_rules():
    done(tool("promtool"), "check", "rules", DEPLOY / "prometheus/alerts.yml")


def test_prometheus_itself_fires_where_it_should_and_nowhere_else():
    files = sorted((ROOT / "tests/deploy").glob("alerts_*test.yml"))
    assert len(files) == 2
    done(tool("promtool"), "test", "rules", *files)


def test_every_panel_says_what_it_shows_and_has_its_own_place():
    assert all(panel["title"] and panel["description"].endswith(".") for panel in PANELS)
    assert len({panel["id"] for panel in DASHBOARD["panels"]}) == len(DASHBOARD["panels"])
    taken = [
        (x, y)
        for one in (panel["gridPos"] for panel in DASHBOARD["panels"])
        for x in range(one["x"], one["x"] + one["w"])
        for y in range(one["y"], one["y"] + one["h"])
    ]
    assert len(taken) == len(set(taken))
    assert max(x for x, _ in taken) == 23


async def test_every_question_of_the_runbook_is_one_that_the_database_answers(conn):
    questions = re.findall(r"(?s)```sql\n(.+?)```", RUNBOOK)
    assert len(questions) > 4
    for question in questions:
        await conn.fetch(question)
