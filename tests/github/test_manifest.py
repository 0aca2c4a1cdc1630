import ast
import re
from pathlib import Path

import pytest
import yaml

from app.github.webhooks import HANDLED
from app.sandbox.github.routes import OPERATIONS, REPO

ROOT = Path(__file__).parents[2]
MANIFEST = yaml.safe_load((ROOT / "manifest.yml").read_text())
# These come to every App; GitHub refuses a manifest that asks for them.
AUTOMATIC = {"installation", "installation_repositories", "ping"}


def test_the_manifest_subscribes_to_exactly_what_is_handled():
    assert not AUTOMATIC & set(MANIFEST["default_events"])
    assert set(MANIFEST["default_events"]) | AUTOMATIC == HANDLED
    assert len(MANIFEST["default_events"]) == len(set(MANIFEST["default_events"]))


LEVELS = ("none", "read", "write")
VERBS = {"get": "GET", "get_all": "GET", "get_if_changed": "GET", "post": "POST", "patch": "PATCH", "delete": "DELETE"}
NEEDED = {(method, re.sub(r":[^}]*", "", path)): needed for method, path, _, needed in OPERATIONS}
"""What right each operation takes: the sandbox asks for it, and a contract test holds that to GitHub's documentation."""

TAKES_BOTH = ("POST", f"{REPO}/issues/{{issue_number}}/comments")
"""On a pull request, one right of the two is not enough, whatever the documentation says: github/rest-api-description#6994."""


def operations_in(function):
    """Read which operations a function of app/github calls: the routes that it fills, and how it asks them."""
    calls = [node for node in ast.walk(function) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    templates = {
        call.args[0].value
        for call in calls
        if call.func.attr == "route" and call.args and isinstance(call.args[0], ast.Constant)
    }
    methods = {VERBS[call.func.attr] for call in calls if call.func.attr in VERBS}
    methods |= {
        word.value.value
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Request"
        for word in node.keywords
        if word.arg == "method"
    }
    return {(method, REPO + template) for method in methods for template in templates}


def operations():
    found = set()
    for file in (ROOT / "app" / "github").glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                found |= operations_in(node)
    return {one: NEEDED[one] for one in found if one in NEEDED}


def is_granted(needed, granted):
    """Say whether one of the rights of which one will do is granted."""
    rights = (right.split(":") for right in needed.split())
    return any(LEVELS.index(granted.get(name, "none")) >= LEVELS.index(level) for name, level in rights)


def test_the_operations_that_we_call_are_found():
    found = operations()
    assert ("POST", f"{REPO}/check-runs") in found
    assert ("DELETE", f"{REPO}/issues/comments/{{comment_id}}") in found
    assert ("POST", f"{REPO}/actions/runs/{{run_id}}/rerun-failed-jobs") in found
    assert len(found) > 25


def test_the_manifest_grants_all_that_we_call():
    refused = [one for one, needed in operations().items() if not is_granted(needed, MANIFEST["default_permissions"])]
    assert refused == []


@pytest.mark.parametrize("permission", MANIFEST["default_permissions"])
def test_with_less_of_any_permission_something_that_we_call_would_be_refused(permission):
    granted = MANIFEST["default_permissions"]
    less = granted | {permission: LEVELS[LEVELS.index(granted[permission]) - 1]}
    needed = operations()
    on_pulls = needed.pop(TAKES_BOTH).split()
    assert [one for one in [*needed.values(), *on_pulls] if not is_granted(one, less)]


def test_each_permission_and_event_has_its_reason():
    text = (ROOT / "manifest.yml").read_text(encoding="utf-8")
    lines = [line for line in text.partition("default_permissions:")[2].splitlines() if line.startswith("  ")]
    assert len(lines) == len(MANIFEST["default_permissions"]) + len(MANIFEST["default_events"])
    assert [line for line in lines if len(line.partition(" # ")[2]) < 10] == []


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
