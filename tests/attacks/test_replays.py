"""A delivery that comes again, whole or in parts, does nothing twice and takes nothing away."""

import asyncio
import json

import pytest

from app.db.deliveries import mark_processed
from tests.attacks.conftest import NOW

pytestmark = pytest.mark.attack("replays")

REPOSITORY = {"id": 501, "name": "web", "owner": {"login": "acme"}, "default_branch": "main", "private": False}


def run(number=77):
    return {
        "action": "completed",
        "workflow_run": {"id": number, "run_attempt": 1, "head_sha": "a" * 40},
        "repository": REPOSITORY,
        "installation": {"id": 9},
    }


async def send(door, guid="guid-1", number=77):
    return (await door.deliver(run(number), event="workflow_run", guid=guid))[0]


async def held(conn):
    """Return the GUIDs that are written down, and the runs that are to be read."""
    guids = [row["guid"] for row in await conn.fetch("SELECT guid FROM fg_delivery ORDER BY guid")]
    jobs = await conn.fetch("SELECT payload FROM pgqueuer ORDER BY id")
    return guids, [json.loads(row["payload"])["run_id"] for row in jobs]


async def test_a_delivery_that_is_done_and_comes_a_hundred_times_more_asks_for_nothing(open_door, conn):
    assert await send(open_door) == 202
    await mark_processed(conn, "guid-1", NOW)
    assert {await send(open_door) for _ in range(100)} == {200}
    assert await held(conn) == (["guid-1"], [77])


async def test_fifty_copies_at_once_are_one_delivery_whose_jobs_find_the_same(open_door, conn):
    assert set(await asyncio.gather(*(send(open_door) for _ in range(50)))) == {202}
    guids, runs = await held(conn)
    assert guids == ["guid-1"]
    assert set(runs) == {77}


async def test_another_body_under_a_guid_that_is_done_is_not_read(open_door, conn):
    await send(open_door)
    await mark_processed(conn, "guid-1", NOW)
    assert await send(open_door, number=78) == 200
    assert await held(conn) == (["guid-1"], [77])


async def test_the_same_body_under_another_guid_is_another_delivery_of_the_same_run(open_door, conn):
    assert [await send(open_door, guid) for guid in ("guid-1", "guid-2")] == [202, 202]
    assert await held(conn) == (["guid-1", "guid-2"], [77, 77])


async def test_the_signature_of_one_body_brings_in_no_other(open_door, conn):
    body = json.dumps(run()).encode()
    await open_door.deliver(body, event="workflow_run")
    other = json.dumps(run(78)).encode()
    signature = {"X-Hub-Signature-256": "sha256=" + "0" * 64}
    assert (await open_door.deliver(other, event="workflow_run", guid="guid-2", **signature))[0] == 401
    assert await held(conn) == (["guid-1"], [77])


GUIDS = {
    "ten thousand characters": "g" * 7_000,
    "one more than there may be": "g" * 101,
    "bytes that are no text": b"guid-\xff\xfe",
    "letters that are not ASCII": "güid",
    "a right-to-left mark": "guid\u202e",
    "a tab": "gu\tid",
    "half of a pair": "guid\ud800".encode("utf-8", "surrogatepass"),
    "nothing": "",
    "NUL": b"gu\0id",
    "an escape": b"gu\x1b[2Jid",
    "a delete": b"gu\x7fid",
    "a lone line end": b"gu\nid",
    "a lone carriage return": b"gu\rid",
    "a header within": b"guid\r\nX-GitHub-Event : push",
}


@pytest.mark.parametrize("guid", GUIDS.values(), ids=GUIDS)
async def test_what_is_no_guid_is_refused(door, guid):
    assert (await door.deliver(run(), event="workflow_run", guid=guid))[0] == 400


async def test_a_guid_of_odd_characters_is_mere_text(open_door, conn):
    odd = ["'; DROP TABLE fg_delivery; --", "../../x", "${jndi:ldap://x}", "%s%n", "<script>"]
    assert [await send(open_door, guid) for guid in odd] == [202] * len(odd)
    assert sorted((await held(conn))[0]) == sorted(odd)
