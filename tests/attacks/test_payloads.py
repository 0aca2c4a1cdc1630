"""Signed payloads of every shape: each field of each event missing or odd; each is read, refused by name, or nothing."""

import asyncio
import json
import math
from dataclasses import asdict, dataclass
from itertools import product

import pytest

from app.core.events import InstallationChanged, RepositoriesChanged
from app.github.webhooks import HANDLED, UnknownShape, parse
from app.intake import Delivery, store_delivery
from app.intake.plan import job_for, job_for_installation
from app.sandbox.github import JobSpec, SandboxGitHub
from app.sandbox.github.world import CheckRun
from tests.attacks.conftest import APP_ID, NOW

pytestmark = pytest.mark.attack("payloads")


async def _tell():
    """Let everything happen that we hear of, once, on a GitHub whose deliveries go nowhere."""
    async with SandboxGitHub(app_id=APP_ID) as github:
        repo = github.repository("acme/web")
        repo.commit(branch="main", files={"a": "1"}, message="first", author="dana")
        await github.install(repo)
        await github.permit(repo, issues="read")
        await repo.push(branch="main", files={".github/flakeguard.yml": "version: 1\n"}, message="m", author="dana")
        pull = await repo.open_pull(author="dana", branch="f", files={"b": "1"}, title="F")
        run = await repo.start_run(workflow="CI", head=pull, jobs=[JobSpec(name="test")], artifacts=[])
        await run.complete()
        said = await repo.comment(pull.number, "dana", "/flakeguard status")
        await repo.edit_comment(said.id, "dana", "- [x] x <!-- flakeguard:decision 1 -->")
        await repo.delete_comment(said.id, "dana")
        issue = github.world.issue(repo.data, "A question", "", github.world.account("rudi"))
        await repo.close_issue(issue.number, "dana")
        check = CheckRun(9, "FlakeGuard", pull.head_sha, "completed", "failure", NOW, NOW, None, None)
        repo.data.checks[9] = check
        await repo.press_button(check, "rerun", "dana")
        await repo.rerequest_check(check, "dana")
        await repo.open_suite(pull.head_sha, "f")
        await repo.send("repository", {"action": "renamed", "changes": {"repository": {"name": {"from": "old"}}}})
        installed = github.stage.render.installed_repository(repo.data)
        told = {"action": "added", "repositories_added": [installed], "repositories_removed": [installed]}
        await repo.send("installation_repositories", told)
        return [(one.event, one.payload) for one in github.deliveries]


MISSING = object()
DEEP = []
for _ in range(50_000):
    DEEP = [DEEP]

ODD = {
    "missing": MISSING,
    "null": None,
    "true": True,
    "a number": 7,
    "zero": 0,
    "a negative number": -1,
    "the least number over the limit": 2**63,
    "a number of five hundred digits": 10**500,
    "half a number": 0.5,
    "no number": math.nan,
    "an endless number": -math.inf,
    "an empty text": "",
    "NUL": "a\0b",
    "half of a pair": "a\ud800b",
    "a number as text": "7",
    "a hundred kilobytes": "".join(f"{number:x}" for number in range(25_000)),
    "a way out": "../../../etc/passwd",
    "SQL": "'); DROP TABLE fg_delivery; --",
    "bidi": "\u202egnp.exe",
    "an empty list": [],
    "an empty object": {},
    "a list of objects": [{"id": 1}, None, 3, "x"],
    "an object of itself": {"id": {"id": {"id": 1}}},
    "fifty thousand lists within each other": DEEP,
}


def places(node, path=()):
    """Go through all places of a payload."""
    pairs = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, value in list(pairs):
        yield (*path, key)
        yield from places(value, (*path, key))


def put(payload, path, value):
    """Return the payload with something else at one place."""
    whole = node = dict(payload)
    for key in path[:-1]:
        node[key] = node[key].copy()
        node = node[key]
    if value is not MISSING:
        node[path[-1]] = value
    elif isinstance(node, dict):
        del node[path[-1]]
    else:
        node.pop(path[-1])
    return whole


def read(event, payload):
    """Return what becomes of a payload: an event, nothing, or the words in which it is refused."""
    try:
        return parse(event, payload, own_app_id=APP_ID)
    except UnknownShape as refused:
        return str(refused)


@dataclass(frozen=True)
class Sample:
    """What the sandbox sends of one event and action, and the places of it that are looked at."""

    event: str
    action: str
    payload: dict
    places: tuple

    def spoilt(self, odd):
        for path in self.places:
            yield put(self.payload, path, odd)


def sample_of(event, payload):
    plain, probes = read(event, payload), (MISSING, 7, "x", True)
    looked_at = [
        path for path in places(payload) if any(read(event, put(payload, path, odd)) != plain for odd in probes)
    ]
    return Sample(event, payload.get("action"), payload, tuple(looked_at))


@pytest.fixture(scope="module")
def samples():
    """Return a sample of each event and action of which we make something."""
    found = {}
    for event, payload in asyncio.run(_tell()):
        if (event, payload.get("action")) not in found and not isinstance(read(event, payload), str | None):
            found[event, payload.get("action")] = sample_of(event, json.loads(json.dumps(payload)))
    return list(found.values())


def test_the_sandbox_sends_every_event_that_we_hear_of(samples):
    assert {one.event for one in samples} == HANDLED - {"ping"}
    assert min(len(one.places) for one in samples) >= 3


def planned(event):
    if isinstance(event, InstallationChanged | RepositoriesChanged):
        return job_for_installation(event, "guid")
    return None if event is None else job_for(event, 1, "guid")


def test_each_event_that_we_ask_github_for_has_something_done(samples):
    """An event of which nothing comes is load for nothing."""
    assert {one.event for one in samples if planned(read(one.event, one.payload))} == HANDLED - {"ping"}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
@pytest.mark.parametrize("kind", sorted(HANDLED - {"ping"}))
def test_an_odd_field_anywhere_is_read_refused_or_overlooked(samples, kind, odd):
    for sample in samples:
        for payload in sample.spoilt(odd) if sample.event == kind else ():
            found = read(kind, payload)
            if isinstance(found, str):
                # What is refused is named, and not repeated.
                assert len(found) < 200
            else:
                assert "\\u0000" not in json.dumps(asdict(planned(found)) if planned(found) else {})


WHOLE = {
    "nothing": b"",
    "no JSON": b"{",
    "two of them": b"{}{}",
    "a text": b'"x"',
    "null": b"null",
    "a list": b"[]",
    "a number": b"1",
    "NaN": b"NaN",
    "a number of a hundred thousand digits": b'{"action": ' + b"9" * 100_000 + b"}",
    "an exponent without end": b'{"action": 1e' + b"9" * 1_000 + b"}",
    "a hundred thousand lists": b"[" * 100_000,
    "a hundred thousand objects": b'{"a":' * 100_000,
    "a hundred thousand lists that end": b"[" * 100_000 + b"]" * 100_000,
    "a key twice": b'{"action": "completed", "action": "requested"}',
    "ten thousand keys": b"{" + b",".join(b'"%d":1' % number for number in range(10_000)) + b"}",
    "a byte order mark": b"\xef\xbb\xbf{}",
    "UTF-16": '{"action": "completed"}'.encode("utf-16"),
    "UTF-32": '{"action": "completed"}'.encode("utf-32"),
    "bytes that are no text": b'{"action": "\xff\xfe"}',
    "halves of a pair": rb'{"action": "\ud800"}',
    "NUL": rb'{"action": "\u0000"}',
    "a form": b"payload=%7B%7D",
    "XML": b"<?xml version='1.0'?><!DOCTYPE x [<!ENTITY a SYSTEM 'file:///etc/passwd'>]><x>&a;</x>",
    "a comment": b"{} // x",
    "a prototype": b'{"__proto__": {"action": "completed"}, "constructor": {}, "__class__": "x"}',
}


@pytest.mark.parametrize("body", WHOLE.values(), ids=WHOLE)
async def test_a_signed_body_of_any_shape_is_refused_or_nothing(door, body):
    for event in ("workflow_run", "push", "installation"):
        status, text = await door.deliver(body, event=event)
        assert status in (200, 400)
        assert "root:" not in text


async def test_whatever_is_read_of_odd_payloads_can_be_written_down(samples, conn):
    """In what is made of a payload every text and number is one that the database takes."""
    tried = set()
    for sample, odd in product(samples, ODD.values()):
        for payload in sample.spoilt(odd):
            found = read(sample.event, payload)
            if isinstance(found, str | None) or repr(found) in tried:
                continue
            tried.add(repr(found))
            delivery = Delivery(guid=f"guid-{len(tried)}", name=sample.event, action=sample.action, event=found)
            await store_delivery(conn, delivery, NOW)
    assert await conn.fetchval("SELECT count(*) FROM fg_delivery") == len(tried) > 100
