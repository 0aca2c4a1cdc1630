import argparse
import importlib.util
import json
import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from app.cli import score

HISTORY = Path(__file__).parents[3] / "shared" / "check" / "history.py"


def flakeguard(*arguments):
    parser = argparse.ArgumentParser()
    score.add_parser(parser.add_subparsers(required=True))
    args = parser.parse_args(["score", *map(str, arguments)])
    return args.run(args)


def line(run, outcome="passed", name="test_total", **fields):
    known = {
        "test": {"suite": "s", "class_name": "Cart", "name": name},
        "run_id": run,
        "run_attempt": 1,
        "job": "test",
        "ordinal": 1,
        "event": "push",
        "head_sha": f"head-{run}",
        "base_sha": None,
        "tree_sha": None,
        "head_repository": "acme/shop",
        "branch": "main",
        "is_default_branch": True,
        "pull": None,
        "at": f"2026-03-{run:02d}T08:00:00Z",
        "outcome": outcome,
        "duration_ms": 5,
        "message": "boom 17" if outcome == "failed" else None,
        "stack_trace": None,
    }
    return known | fields


def retried(run, **fields):
    return [line(run, "failed", **fields), line(run, ordinal=2, **fields)]


FLAKY = [*(line(run) for run in range(1, 10)), *retried(10), *retried(11), *(line(run) for run in range(12, 15))]


@pytest.fixture
def write(tmp_path):
    def to_file(lines, name="history.jsonl"):
        path = tmp_path / name
        path.write_text("".join(f"{one if isinstance(one, str) else json.dumps(one)}\n" for one in lines))
        return path

    return to_file


def test_each_test_is_one_json_object(write, capsys):
    healthy = [line(run, name="test_other") for run in range(1, 5)]
    assert flakeguard("--json", write([*FLAKY, *healthy])) == 0
    other, total = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    assert other == {
        "test": {"suite": "s", "class_name": "Cart", "name": "test_other"},
        "score": 0.0,
        "flake_rate": 0.0,
        "low": 0.0,
        "high": pytest.approx(0.36, abs=0.01),
        "standing": "healthy",
        "recommendation": "none",
        "runs": 4,
        "failures": 0,
        "evidence": {"E1": 0, "E2": 0, "E3": 0, "E4": 0, "E5": 0},
        "since": None,
        "legs": None,
    }
    assert total["since"]["kind"] == "flaky"
    assert (total["since"]["after"], total["since"]["runs_in_doubt"]) == ("head-2", 8)
    assert (total["standing"], total["recommendation"], total["evidence"]["E1"]) == ("flaky", "quarantine", 2)
    assert (total["runs"], total["failures"], total["flake_rate"]) == (14, 2, pytest.approx(2 / 14, abs=1e-6))


def test_the_order_of_lines_and_their_repetition_change_no_byte(write, capsys):
    lines = [*FLAKY, *(line(run, "failed", name="test_broken") for run in range(1, 9))]
    flakeguard("--json", write(lines))
    expected = capsys.readouterr().out
    random.Random(7).shuffle(lines)
    flakeguard("--json", write(lines + lines[:5]))
    assert capsys.readouterr().out == expected


def test_people_get_a_table_of_what_is_not_healthy(write, capsys):
    assert flakeguard(write([*FLAKY, *(line(run, name="test_fine") for run in range(1, 9))])) == 0
    out = capsys.readouterr().out
    assert "flaky" in out
    assert "Cart.test_total" in out
    assert "E1×2" in out
    assert "test_fine" not in out
    assert out.endswith("1 healthy, 0 suspect, 1 flaky, 0 broken\n")


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("{", "Input data was truncated"),
        ("[]", "Expected `object`, got `array`"),
        ('{"test": null}', "Expected `object`, got `null` - at `$.test`"),
        (json.dumps(line(1)) + " {}", "trailing characters"),
        (json.dumps(line(1) | {"outcome": "exploded"}), "Invalid enum value 'exploded' - at `$.outcome`"),
        (json.dumps({key: value for key, value in line(1).items() if key != "at"}), "missing required field `at`"),
        (json.dumps(line(1) | {"at": "yesterday"}), "yesterday"),
        (json.dumps(line(1) | {"run_id": "1"}), "Expected `int`, got `str` - at `$.run_id`"),
        (json.dumps(line(1, name=["x"])), "Expected `str`, got `array` - at `$.test.name`"),
        (json.dumps(line(1, name=None)), "Expected `str`, got `null` - at `$.test.name`"),
        ("\udcff".encode("utf-8", "surrogateescape").decode("latin-1"), "JSON is malformed"),
    ],
)
def test_a_line_that_is_no_occurrence_is_named_and_the_rest_is_judged(write, capsys, bad, why):
    path = write(["", bad, *FLAKY])
    assert flakeguard("--json", path) == 1
    out, err = capsys.readouterr()
    assert [json.loads(text)["standing"] for text in out.splitlines()] == ["flaky"]
    assert f"{path}:2: " in err
    assert why in err


def test_a_file_that_cannot_be_read_is_wrong_usage(tmp_path, capsys):
    assert flakeguard("--json", tmp_path / "gone.jsonl") == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "gone.jsonl" in err


@pytest.mark.parametrize(
    ("policy", "standing"),
    [
        ("{}", "flaky"),
        ("quarantine_threshold: 0.95", "suspect"),
        ("min_runs: 15", "suspect"),
        ("min_failures: 3", "suspect"),
        ("{warn_threshold: 0.9, quarantine_threshold: 0.9}", "healthy"),
    ],
)
def test_the_thresholds_of_a_policy_file_change_where_a_test_stands(write, tmp_path, capsys, policy, standing):
    file = tmp_path / "flakeguard.yml"
    file.write_text(policy)
    assert flakeguard("--json", "--policy", file, write(FLAKY)) == 0
    assert json.loads(capsys.readouterr().out)["standing"] == standing


def test_the_window_of_a_policy_file_hides_what_is_older(write, tmp_path, capsys):
    file = tmp_path / "flakeguard.yml"
    file.write_text("window_size: 10")
    lines = [*retried(1), *retried(2), *(line(run) for run in range(3, 15))]
    scores = []
    for options in ([], ["--policy", file]):
        assert flakeguard("--json", *options, write(lines)) == 0
        scores.append(json.loads(capsys.readouterr().out))
    assert [(one["runs"], one["standing"]) for one in scores] == [(14, "flaky"), (10, "healthy")]


def test_a_policy_file_that_is_broken_is_named_with_the_place_of_what_is_wrong(write, tmp_path, capsys):
    file = tmp_path / "flakeguard.yml"
    file.write_text("version: 1\nquarantine_threshold: high\n")
    assert flakeguard("--json", "--policy", file, write(FLAKY)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"flakeguard score: {file}: line 2, column 23: this must be a number\n"


def test_an_empty_history_has_no_tests(write, capsys):
    assert flakeguard("--json", write([])) == 0
    assert capsys.readouterr().out == ""


def test_forks_are_known_by_where_the_repositorys_own_branches_are(write, capsys):
    fork = {"event": "pull_request", "is_default_branch": False, "head_repository": "mallory/shop", "base_sha": "b"}
    proofs = [one for run in (10, 11, 12) for one in retried(run, pull=run, **fork)]
    flakeguard("--json", write([*(line(run) for run in range(1, 10)), *proofs]))
    assert json.loads(capsys.readouterr().out)["standing"] == "suspect"
    own = [one | {"head_repository": "acme/shop"} for one in proofs]
    flakeguard("--json", write([*(line(run) for run in range(1, 10)), *own]))
    assert json.loads(capsys.readouterr().out)["standing"] == "flaky"


def test_an_outage_proves_nothing_about_the_tests_that_it_hit(write, capsys):
    names = [f"test_{number}" for number in range(30)]
    lines = [line(run, name=name) for run in range(1, 12) for name in names]
    outages = [one for run in (5, 6) for name in names for one in retried(run, name=name)]
    flakeguard("--json", write(lines + outages))
    assert {json.loads(text)["score"] for text in capsys.readouterr().out.splitlines()} == {0.0}


@pytest.mark.skipif(not HISTORY.exists(), reason="the simulator of histories is not part of the repository")
@pytest.mark.parametrize("retry", ["none", "job", "test"])
def test_no_innocent_test_of_a_simulated_history_is_recommended_for_quarantine(write, capsys, retry):
    spec = importlib.util.spec_from_file_location("flakeguard_simulated_history", HISTORY)
    history = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = history
    spec.loader.exec_module(history)
    few = {"stable": 30, "flaky": 12, "regression": 12, "pr_bug": 12, "always": 3, "service": 12, "mass_regression": 10}
    lines, truth = history.simulate(5, history.Mix(classes=few, runs=100, retry=retry, outage=0.03))
    assert flakeguard("--json", write(lines)) == 0
    answers = [json.loads(text) for text in capsys.readouterr().out.splitlines()]
    blamed = {one["test"]["name"] for one in answers if one["recommendation"] == "quarantine"}
    assert blamed
    assert {name for name in blamed if not truth[name].is_flaky} == set()


@pytest.mark.parametrize(
    "elsewhere", [{"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo"}, {"PYTHONHASHSEED": "99", "LC_ALL": "C"}]
)
def test_the_same_history_is_judged_alike_on_any_machine(write, elsewhere):
    lines = [*FLAKY, *(line(run, "failed" if run % 5 == 0 else "passed", name=f"t{run % 3}") for run in range(1, 29))]
    command = [sys.executable, "-m", "app", "score", "--json", str(write(lines))]
    usual = {**os.environ, "PYTHONHASHSEED": "0"}
    here = subprocess.run(command, env=usual, capture_output=True, check=True).stdout
    there = subprocess.run(command, env=usual | elsewhere, capture_output=True, check=True).stdout
    assert there == here
    assert here.count(b"\n") == 4
