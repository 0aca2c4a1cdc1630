"""GitHub's own description of its REST API and of its webhooks, and a sandbox whose every exchange is held to it."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import pytest

from app.github.client import GitHub, Patience
from app.github.wire import open_wire
from app.sandbox.github import ENTERPRISE_SERVER, GITHUB_COM, SandboxGitHub
from tests.e2e.conftest import START, bot, processes, repo

__all__ = ["bot", "processes", "repo"]

SHARED = Path(__file__).parents[2] / "../shared/github"

DESCRIPTIONS = {
    GITHUB_COM: "rest-openapi-subset.json",
    ENTERPRISE_SERVER: "rest-openapi-subset-ghes-3.19.json",
}

KNOWN_IMPERFECTIONS = {
    # The parameter is a range in GitHub's search syntax, as its own words beside the format say.
    ("GET /repos/{owner}/{repo}/actions/runs 200", "query.created"),
    # Whose account it is is described as a user and an enterprise at once (allOf), which nothing can be.
    ("GET /app/installations 200", "$[0].account"),
    # Described where one installation is given, forgotten where they are listed.
    ("GET /app/installations 200", "$[0].client_id"),
    # Described for the API and for two of the three actions of this webhook; GitHub sends it with all of them.
    ("workflow_run.in_progress", "$.workflow_run.display_title"),
}
"""Exchanges or webhooks and places where the description, not the sandbox, is wrong."""


@pytest.fixture(scope="session")
def description():
    if not (SHARED / "validate.py").is_file():
        pytest.skip("GitHub's description is not beside the checkout")
    spec = importlib.util.spec_from_file_location("github_description_for_the_sandbox", SHARED / "validate.py")
    module = importlib.util.module_from_spec(spec)
    # Its dataclasses look their own module up by name.
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def contracts(description):
    """What each edition of GitHub says of its REST API."""
    return {one: description.Contract(SHARED / name, base_path=one.prefix) for one, name in DESCRIPTIONS.items()}


@pytest.fixture(scope="session")
def webhook_contract(description):
    return description.WebhookContract()


@pytest.fixture(scope="session")
def needed(description):
    """Which rights GitHub asks for, by method and route template."""
    return json.loads((SHARED / "permissions-subset.json").read_text())["operations"]


@pytest.fixture(params=DESCRIPTIONS, ids=["github.com", "enterprise-server"])
async def github(request, contracts, webhook_contract):
    """A sandbox of each edition; every exchange and webhook is held to that edition's description when the test is over."""
    sandbox = SandboxGitHub(app_id=4242, app_slug="flakeguard", webhook_secret="secret", edition=request.param)
    sandbox.now = START
    async with sandbox:
        yield sandbox
    problems = [problem for one in sandbox.requests for problem in check_exchange(contracts[request.param], one)]
    problems += [problem for one in sandbox.deliveries for problem in check_delivery(webhook_contract, one)]
    assert not problems, "\n".join(sorted(set(problems)))


DESCRIBED_ELSEWHERE = {
    r"/user/installations/\d+/repositories": "/installation/repositories",
    r"/user": None,
    r"/user/installations": None,
    r"/applications/[^/]+/(token|grant)": None,
}
"""Operations that are not in our part of the description: which other one answers the same, if any does."""


def path_of(contract, one):
    """Return the path by whose description an exchange is checked, None where none fits."""
    for pattern, other in DESCRIBED_ELSEWHERE.items():
        if re.fullmatch(contract.base_path + pattern, one.path):
            return other
    return one.path


def check_exchange(contract, one):
    path = path_of(contract, one)
    if path is None:
        return []
    problems = contract.check(
        one.method,
        path,
        query=one.query,
        request_body=one.request_body,
        status=one.status,
        response_body=one.response_body,
        response_headers=one.response_headers,
    )
    what = f"{one.method} {template(contract, one)} {one.status}"
    return [f"{what}: {problem}" for problem in problems if not is_known(what, problem)]


def template(contract, one):
    found = contract.find(one.method, one.path)
    return found[0] if found else one.path


def check_delivery(contract, one):
    problems = contract.check_webhook(one.event, one.payload)
    what = f"{one.event}.{one.action}"
    return [f"{what}: {problem}" for problem in problems if not is_known(what, problem)]


def is_known(what, problem):
    return any(what == known and problem.where.startswith(place) for known, place in KNOWN_IMPERFECTIONS)


@pytest.fixture
async def client(github):
    """The bot's own client, connected to the sandbox."""
    patience = Patience(fresh=(0, 0, 0), reads=(0, 0), write_pause=0)
    async with open_wire(api_url=github.api_url, user_agent="FlakeGuard/test") as wire:
        yield GitHub(wire, app_id=4242, private_key=github.private_key_pem, patience=patience)
