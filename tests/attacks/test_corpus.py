"""How many attacks are tried, by kind: `pytest -m attack` runs them all, here and beside what they attack."""

from collections import Counter
from pathlib import Path

import pytest

TESTS = Path(__file__).parents[1]
LEAST = {
    "signatures": 60,
    "replays": 15,
    "payloads": 200,
    "headers": 30,
    "archives": 60,
    "xml": 100,
    "expressions": 150,
    "markdown": 100,
    "policies": 60,
    "paths": 80,
    "links": 100,
    "overload": 8,
    "secrets": 20,
    "neighbours": 1,
    "set-up": 80,
    "access": 4,
    "spreadsheets": 6,
    "hooks": 300,
    "agents": 3,
}


def test_there_are_attacks_of_every_kind(request):
    if request.config.option.keyword or {Path(one).resolve() for one in request.config.args} - {TESTS, TESTS.parent}:
        pytest.skip("only a run of all tests sees all attacks")
    counted = Counter(mark.args[0] for item in request.session.items for mark in item.iter_markers("attack"))
    assert counted.keys() == LEAST.keys()
    assert {kind: counted[kind] for kind, least in LEAST.items() if counted[kind] < least} == {}
    assert counted.total() >= 1_000
