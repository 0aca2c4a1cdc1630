"""Which figures exist from a process' start: in a process of its own, since figures are a process' own."""

import re
import subprocess
import sys

import pytest
from prometheus_client import Counter

from app import metrics
from app.cli.figures import ANSWERS, ENDS, RECOVERED
from app.github.webhooks import HANDLED
from app.worker import HANDLERS
from tests.deploy.on_machine import ROOT

SHOW = """
import sys
from app.cli.figures import start_figures
from prometheus_client import generate_latest
start_figures(sys.argv[1])
print(generate_latest().decode())
"""


OF_WORKERS = {"deliveries_recovered_total", "hook_deliveries_total", "jobs_total", "parse_failures_total"}


def figures_of(role):
    shown = subprocess.run([sys.executable, "-c", SHOW, role], capture_output=True, text=True, check=True, cwd=ROOT)
    return re.findall(r"(?m)^(flakeguard_\w+_(?:total|info)\{.+\}) (\S+)$", shown.stdout)


@pytest.mark.parametrize(
    ("role", "counted"),
    [
        ("web", {"webhooks_total"}),
        ("worker", OF_WORKERS),
        ("all", {"webhooks_total"} | OF_WORKERS),
    ],
)
def test_what_a_role_counts_begins_at_nought_and_the_role_is_told(role, counted):
    shown = figures_of(role)
    counters = [(name, value) for name, value in shown if not name.startswith("flakeguard_build_info")]
    assert {name.partition("{")[0].removeprefix("flakeguard_") for name, _ in counters} == counted
    assert {value for _, value in counters} == {"0.0"}
    (build,) = [name for name, _ in shown if name.startswith("flakeguard_build_info")]
    assert f'role="{role}"' in build


def test_every_counter_with_labels_begins_so_but_that_of_requests_to_github():
    counters = {one._name for one in vars(metrics).values() if isinstance(one, Counter) and one._labelnames}
    assert {f"{name.removeprefix('flakeguard_')}_total" for name in counters} == {
        "webhooks_total",
        *OF_WORKERS,
        "github_requests_total",
    }


def test_each_event_that_we_handle_has_its_counter_for_each_answer():
    shown = {name for name, _ in figures_of("web")}
    for event in (*HANDLED, "other"):
        for answer in ANSWERS:
            assert f'flakeguard_webhooks_total{{answer="{answer}",event="{event}"}}' in shown


def test_each_kind_of_job_has_its_counter_for_each_end_and_each_format_of_reports_one():
    shown = {name for name, _ in figures_of("worker")}
    for kind in HANDLERS:
        for result in ENDS:
            assert f'flakeguard_jobs_total{{kind="{kind.__name__}",result="{result}"}}' in shown
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "app/core/reports").glob("*.py")]
    whole = [one for one in sources if "known_as=FORMAT)" in one or "known_as: ClassVar[str] = FORMAT" in one]
    formats = [re.search(r'(?m)^FORMAT = "(.+)"$', one)[1] for one in whole]
    told = {name for name in shown if name.startswith("flakeguard_parse_failures_total")}
    assert told == {f'flakeguard_parse_failures_total{{format="{one}"}}' for one in (*formats, "unknown")}


def test_no_answer_and_no_result_that_is_given_is_left_out():
    webhook = (ROOT / "app/web/webhook.py").read_text(encoding="utf-8")
    given = re.findall(r"(?:Refused\(|return |status=)(\d{3})\b", webhook)
    assert {int(status) for status in given} <= set(ANSWERS)
    assert {200, 202, 503} <= {int(status) for status in given}
    recover = (ROOT / "app/handlers/recover.py").read_text(encoding="utf-8")
    results = re.findall(r'(?:result=|_settle\(bot, job, )"([^"]+)"', recover)
    assert set(results) == set(RECOVERED)
    worker = (ROOT / "app/worker.py").read_text(encoding="utf-8")
    assert set(re.findall(r'(?:_count\(pick, |return )"(\w[\w ]*)"', worker)) == set(ENDS)
