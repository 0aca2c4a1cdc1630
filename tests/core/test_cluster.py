import json
from collections import Counter
from pathlib import Path

import pytest

from app.core.cluster import Failure, place

TRACES = Path(__file__).parents[3] / "shared" / "traces" / "pulsar.jsonl"


def failure(number, message, stack_trace=None):
    return Failure(id=number, message=message, stack_trace=stack_trace)


def test_failures_of_one_cause_share_a_cluster():
    one, other = place(failure(1, "waited 30 ms")), place(failure(2, "waited 7 ms"))
    assert one.signature == other.signature
    assert one.cluster == other.cluster
    assert (one.id, other.id) == (1, 2)


def test_failures_of_different_causes_do_not():
    assert place(failure(1, "waited")).cluster != place(failure(2, "refused")).cluster


def test_failures_that_say_nothing_share_nothing():
    one, other = place(failure("a", None)), place(failure("b", " "))
    assert one.signature is None
    assert one.cluster != other.cluster


def pairs(counts):
    return sum(n * (n - 1) // 2 for n in counts.values())


@pytest.mark.skipif(not TRACES.exists(), reason="the labelled traces are not part of the repository")
def test_real_failures_are_grouped_as_people_label_them():
    rows = [json.loads(line) for line in TRACES.read_text(encoding="utf-8").splitlines()]
    labels = [row["label"] for row in rows]
    clusters = [place(failure(row["id"], row["message"], row["stack_trace"])).cluster for row in rows]
    both = pairs(Counter(zip(labels, clusters, strict=True)))
    assert both / pairs(Counter(clusters)) > 0.99
    assert both / pairs(Counter(labels)) > 0.8
