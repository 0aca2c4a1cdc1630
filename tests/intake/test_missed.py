"""Which deliveries reached nobody."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.events import InstallationChanged, Ping, RepositoriesChanged
from app.github.installations import DeliveryInfo
from app.github.webhooks import HANDLED
from app.intake import may_ask, read_delivery
from app.intake.missed import find_missed, list_taken_again
from app.intake.plan import job_for, job_for_installation

EXAMPLES = Path(__file__).parents[2] / "../shared/github/webhooks"
FAILED, TAKEN = "failed to connect to host", "OK"


def tried(number, guid, status, *, event="workflow_run", action="completed", again=False):
    at = datetime(2026, 3, 1, 12, tzinfo=UTC)
    return DeliveryInfo(
        id=number, guid=guid, event=event, action=action, status=status, is_redelivery=again, delivered_at=at
    )


def guids(found):
    return [one.guid for one in found]


@pytest.mark.parametrize(
    "status", [FAILED, "Invalid HTTP Response: 401", "Invalid HTTP Response: 503", "timed out", "a new word"]
)
def test_whatever_was_not_taken_was_missed(status):
    assert guids(find_missed([tried(2, "b", TAKEN), tried(1, "a", status)], set())) == ["a"]


def test_of_several_tries_of_a_delivery_one_that_was_taken_is_enough():
    page = [tried(4, "a", TAKEN, again=True), tried(3, "b", FAILED, again=True), tried(2, "b", FAILED)]
    assert guids(find_missed([*page, tried(1, "a", FAILED)], set())) == ["b"]
    assert find_missed([tried(2, "a", FAILED, again=True), tried(1, "a", TAKEN)], set()) == []


def test_a_delivery_that_was_taken_at_a_later_try_was_not_missed_on_an_older_page():
    newer = [tried(9, "a", TAKEN, again=True), tried(8, "b", TAKEN)]
    assert list_taken_again(newer) == {"a"}
    assert guids(find_missed([tried(2, "a", FAILED), tried(1, "c", FAILED)], {"a"})) == ["c"]


def test_the_newest_come_first():
    assert guids(find_missed([tried(3, "c", FAILED), tried(2, "b", FAILED), tried(1, "a", FAILED)], set())) == [*"cba"]


@pytest.mark.parametrize(
    ("event", "action"),
    [
        ("ping", None), ("star", "created"), ("workflow_run", "dreamt"),
        ("workflow_run", None), ("pull_request", "assigned"), ("issues", "opened"),
    ],
)  # fmt: skip
def test_what_never_asks_for_anything_is_not_worth_a_request(event, action):
    assert not may_ask(event, action)
    assert find_missed([tried(1, "a", FAILED, event=event, action=action)], set()) == []


def planned(delivery):
    event = delivery.event
    if event is None or isinstance(event, Ping):
        return None
    if isinstance(event, InstallationChanged | RepositoriesChanged):
        return job_for_installation(event, "guid")
    return job_for(event, 1, "guid")


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="GitHub's example payloads are not beside the checkout")
def test_every_example_of_github_that_asks_for_a_job_is_one_that_may_ask():
    asking = set()
    for file in sorted(EXAMPLES.glob("*/*.json")):
        payload = json.loads(file.read_text())
        name, action = file.parent.name, payload.get("action")
        if planned(read_delivery(guid="guid", name=name, payload=payload, own_app_id=1)):
            asking.add(name)
            assert may_ask(name, action), file.name
    assert asking >= {"check_suite", "installation", "pull_request", "workflow_run"} & HANDLED
