from pathlib import Path

import yaml

from app.github.webhooks import HANDLED

MANIFEST = yaml.safe_load((Path(__file__).parents[2] / "manifest.yml").read_text())
# These come to every App; GitHub refuses a manifest that asks for them.
AUTOMATIC = {"installation", "installation_repositories", "ping"}


def test_the_manifest_subscribes_to_exactly_what_is_handled():
    assert not AUTOMATIC & set(MANIFEST["default_events"])
    assert set(MANIFEST["default_events"]) | AUTOMATIC == HANDLED
    assert len(MANIFEST["default_events"]) == len(set(MANIFEST["default_events"]))


def test_the_manifest_asks_for_no_more_rights_than_are_used():
    assert MANIFEST["default_permissions"] == {
        "actions": "write",
        "checks": "write",
        "contents": "read",
        "issues": "write",
        "pull_requests": "write",
        "metadata": "read",
    }
    assert MANIFEST["public"] is False
