"""A policy told key by key, and written as a file."""

import pytest

from app.core.policy import DEFAULT, load
from app.core.policy_told import keys_of, written

ODD = """\
version: 1
min_runs: 7
quarantine:
  mode: "off"
  labels_required: ["true", flaky, "a: b # c"]
reports:
  jobs: {"z*": "unit (*)", "a*": "lint"}
exempt_tests: ["\\u2028*", 'it "is"', "\\U0001F600"]
teams:
  "@acme/web": {warn_threshold: 0.1, quarantine: {mode: auto}}
  "@acme/db": {}
infra:
  - {pattern: "no space left on \\\\w+", name: the disk}
"""


@pytest.mark.parametrize("text", ["version: 1\n", ODD], ids=["nothing", "all kinds of values"])
def test_what_is_written_is_read_as_the_same_policy(text):
    policy = load(text)
    assert load(written(policy)) == policy
    assert list(load(written(policy)).reports.jobs) == list(policy.reports.jobs)


def test_a_policy_is_written_with_what_people_turn_first_and_else_only_what_is_not_the_default():
    assert written(DEFAULT).splitlines() == [
        "version: 1",
        "window_size: 50",
        "warn_threshold: 0.3",
        "quarantine_threshold: 0.6",
        "min_runs: 10",
        "min_failures: 2",
    ]
    assert written(load("quarantine: {mode: auto}\n")).endswith("min_failures: 2\nquarantine:\n  mode: auto\n")


def test_every_key_is_told_with_its_value_and_what_it_means():
    told = {one.name: one for one in keys_of(load(ODD))}
    assert (told["min_runs"].value, told["min_runs"].is_set) == ("7", True)
    assert (told["window_size"].value, told["window_size"].is_set) == ("50", False)
    assert told["quarantine.mode"].value == "off"
    assert told["reports.artifacts"].value == '["*"]'
    assert told["teams"].value == '{"@acme/web": {warn_threshold: 0.1, quarantine: {mode: auto}}, "@acme/db": {}}'
    assert [one.name for one in told.values() if not one.means] == []
