"""docs/metrics.md has every figure, field of the log and span that there is, and no other."""

import re
from pathlib import Path

import pytest
from prometheus_client.metrics import MetricWrapperBase

from app import metrics

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")


def section(name):
    return PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0]


def rows(name, table=0):
    """The rows of a table of a section, each a list of its cells."""
    table = re.findall(r"(?:^\|.*\|\n)+", section(name), re.MULTILINE)[table]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in table.splitlines()[2:]]


def ours():
    """Each figure of app/metrics.py as Prometheus shows it, with its labels."""
    made = [one for one in vars(metrics).values() if isinstance(one, MetricWrapperBase)]
    ends = {"counter": "_total", "gauge": "", "histogram": ""}
    return {one._name + ends[one._type]: list(one._labelnames) for one in made}


def test_each_figure_is_on_the_page_with_its_labels():
    told = {name.strip("`"): re.findall(r"`(\w+)`", labels) for name, labels, _ in rows("Figures")}
    assert told == ours()


def test_no_label_could_hold_a_repositorys_name():
    assert {label for labels in ours().values() for label in labels} <= {
        *(
            "event",
            "answer",
            "state",
            "kind",
            "result",
            "format",
            "route",
            "status",
            "installation",
            "version",
            "role",
            "outcome",
        )
    }


EVENTS = [event for first, *_ in rows("The log", 1) for event in re.findall(r"`(\w+)`", first)]


@pytest.mark.parametrize("event", EVENTS)
def test_each_event_that_asks_for_something_is_one_that_is_logged(event):
    written = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "app").rglob("*.py"))
    assert f'("{event}"' in written
