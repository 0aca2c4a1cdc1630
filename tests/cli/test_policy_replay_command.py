"""`flakeguard policy replay`: what a policy file would have done, over the sample's first story."""

import json

import pytest

from app.cli import asking
from app.settings import Settings
from tests.cli.in_main import run
from tests.told import UNTIL, told_url

REPOSITORY = "acme-corp/web-app"


@pytest.fixture
def replay(monkeypatch, capsys, server_url, tmp_path):
    """Replay a policy at the end of the story; returns exit status, output and lines of complaint."""
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)
    monkeypatch.setattr(Settings, "clock", lambda _: lambda: UNTIL)
    url = told_url(server_url)
    capsys.readouterr()

    def ask(text, *options, repository=REPOSITORY):
        file = tmp_path / "policy.yml"
        file.write_text(text)
        status = run(monkeypatch, "policy", "replay", str(file), repository, *options, DATABASE_URL=url)
        out, err = capsys.readouterr()
        return status, out, err.splitlines()

    return ask


def test_the_policy_in_force_makes_no_difference(replay):
    status, out, complaints = replay("")
    assert (status, complaints) == (0, [])
    assert out.startswith("No difference in the last 30 days.\n")


def test_another_policy_is_set_beside_the_one_in_force(replay):
    status, out, complaints = replay("quarantine: {mode: auto}\n")
    assert (status, complaints) == (0, [])
    assert out.startswith("With this policy, in the last 30 days: 2 tests put into quarantine")
    assert "\nWith the policy in force: 2 tests proposed" in out
    assert "| `ApiIntegration.should_handle_timeout` | put into quarantine " in out


def test_json_is_one_object_an_event_and_nothing_else(replay):
    status, out, complaints = replay("quarantine: {mode: auto}\n", "--json")
    assert (status, complaints) == (0, [])
    events = [json.loads(line) for line in out.splitlines()]
    assert {one["policy"] for one in events} == {"asked", "in force"}
    first = next(one for one in events if one["what"] == "quarantined")
    assert first.keys() == {"policy", "at", "test", "what", "why", "cause", "run_id", "run_attempt"}
    assert first["why"].startswith("score ")


def test_a_broken_file_is_told_with_its_place_and_an_unknown_repository_by_name(replay):
    status, out, [complaint] = replay("min_runs: x\n")
    assert (status, out) == (1, "")
    assert complaint.endswith("policy.yml:1:11: this must be a whole number")
    status, out, [complaint] = replay("", repository="acme/none")
    assert (status, out) == (1, "")
    assert "acme/none" in complaint
