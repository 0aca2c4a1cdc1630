"""Webhooks: signed, kept, sent again under the same GUID, held, shuffled, copied and lost."""

import hashlib
import hmac
import json


async def push(repo, text="1"):
    await repo.push(branch="main", files={"a.py": text}, message="a", author="dana")


def guids(receiver):
    return [headers["X-GitHub-Delivery"] for headers, _ in receiver.taken]


async def test_a_delivery_is_signed_over_the_very_bytes_that_are_sent(repo, receiver):
    await push(repo)
    headers, body = receiver.taken[0]
    signature = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={signature}"
    assert headers["X-GitHub-Event"] == "push"
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["X-GitHub-Hook-Installation-Target-ID"] == "1"
    payload = json.loads(body)
    assert payload["installation"]["id"] == repo.data.installation_id
    assert payload["head_commit"]["added"] == ["a.py"]


async def test_a_redelivery_keeps_the_guid_and_is_told_apart_in_the_list(github, repo, receiver, app):
    receiver.status = 500
    await push(repo)
    receiver.status = 202
    listed = (await app("GET", "/app/hook/deliveries")).body
    assert {one["status"] for one in listed} == {"Invalid HTTP Response: 500"}
    [failed] = [one for one in listed if one["event"] == "push"]
    assert (await app("POST", f"/app/hook/deliveries/{failed['id']}/attempts")).status == 202
    newest = (await app("GET", "/app/hook/deliveries")).body[0]
    assert (newest["guid"], newest["status"], newest["redelivery"]) == (failed["guid"], "OK", True)
    assert newest["id"] != failed["id"]
    assert guids(receiver).count(failed["guid"]) == 2
    await github.redeliver(failed["guid"])
    assert guids(receiver).count(failed["guid"]) == 3


async def test_a_delivery_can_be_read_with_its_headers_and_payload(repo, receiver, app):
    await push(repo)
    body = (await app("GET", "/app/hook/deliveries/1")).body
    assert body["request"]["payload"] == json.loads(receiver.taken[0][1])
    assert body["request"]["headers"]["X-GitHub-Delivery"] == guids(receiver)[0]


async def test_deliveries_are_listed_by_a_cursor_newest_first(repo, receiver, app):
    for text in "123":
        await push(repo, text)
    first = await app("GET", "/app/hook/deliveries?per_page=4")
    assert [one["id"] for one in first.body] == [6, 5, 4, 3]
    assert "cursor=2" in first.headers["link"]
    second = await app("GET", "/app/hook/deliveries?per_page=4&cursor=2")
    assert [one["id"] for one in second.body] == [2, 1]
    assert "link" not in second.headers


async def test_deliveries_are_forgotten_after_three_days(github, repo, receiver, app):
    await push(repo)
    github.advance(days=3, seconds=1)
    assert (await app("GET", "/app/hook/deliveries")).body == []
    assert (await app("POST", "/app/hook/deliveries/1/attempts")).status == 404


async def test_lost_webhooks_reach_nobody_but_stand_in_the_list(github, repo, receiver, app):
    github.lose_webhooks(2)
    await push(repo)
    assert receiver.taken == []
    assert {one["status"] for one in (await app("GET", "/app/hook/deliveries")).body} == {"failed to connect to host"}
    await push(repo, "2")
    assert len(receiver.taken) == 2


async def test_held_webhooks_come_later_shuffled_and_copied_under_their_guids(github, repo, receiver, app):
    github.hold_webhooks()
    for text in "12345":
        await push(repo, text)
    assert receiver.taken == []
    assert (await app("GET", "/app/hook/deliveries")).body == []
    sent = [one.guid for one in github.deliveries]
    await github.release_webhooks(order="shuffled", seed=7, copies=3)
    assert guids(receiver) != sent * 3
    assert sorted(guids(receiver)) == sorted(sent * 3)
    await push(repo, "6")
    assert len(receiver.taken) == 32


async def test_the_copies_of_a_held_webhook_can_come_in_one_burst(github, repo, receiver):
    github.hold_webhooks()
    for text in "12":
        await push(repo, text)
    sent = [one.guid for one in github.deliveries]
    await github.release_webhooks(copies=5, is_burst=True)
    assert guids(receiver) == [guid for guid in sent for _ in range(5)]


async def test_held_webhooks_can_come_backwards(github, repo, receiver):
    github.hold_webhooks()
    for text in "12":
        await push(repo, text)
    await github.release_webhooks(order="reversed")
    assert guids(receiver) == [one.guid for one in reversed(github.deliveries)]


async def test_who_has_not_installed_the_app_is_not_told_about(github, receiver):
    other = github.repository("eve/own", installed=False)
    await push(other)
    assert receiver.taken == []
