import asyncio
import contextlib
import itertools
import time
from datetime import timedelta

import pytest
from aiohttp import web

from app.github.client import Patience
from app.github.errors import (
    Archived,
    GitHubError,
    Gone,
    Limited,
    NotAllowed,
    NotInstalled,
    NotOurs,
    Rejected,
    TryLater,
    UnexpectedAnswer,
)
from app.github.routes import route
from app.github.wire import Request

REPOSITORY = "/repos/acme/shop"
WHERE = route("/repos/{owner}/{repo}", owner="acme", repo="shop")
ISSUES = f"{REPOSITORY}/issues"
WHERE_ISSUES = route("/repos/{owner}/{repo}/issues", owner="acme", repo="shop")


async def drop(request):
    """Do what was asked and lose the answer."""
    request.transport.close()
    return web.Response()


async def test_every_request_names_us_and_the_version_of_the_api(fake, client, say):
    fake.says("GET", REPOSITORY, say(body={"id": 1}))
    await client.get(WHERE)
    for asked in fake.asked:
        assert asked.headers["user-agent"] == "FlakeGuard/test"
        assert asked.headers["x-github-api-version"] == "2022-11-28"
        assert asked.headers["accept"] == "application/vnd.github+json"


async def test_an_enterprise_server_is_asked_under_its_own_path(fake_server, connect, say):
    github = connect(to=fake_server)
    fake_server.says(
        "GET",
        ISSUES,
        say(body=[{"id": 1}], headers={"Link": f'<{fake_server.url("/repositories/7/issues?page=2")}>; rel="next"'}),
    )
    fake_server.says("GET", "/repositories/7/issues", say(body=[{"id": 2}]))
    found = [one.number("id") async for one in github.installation(9).get_all(WHERE_ISSUES)]
    assert found == [1, 2]
    assert all(asked.path.startswith("/api/v3/") for asked in fake_server.asked)


async def test_pages_are_followed_with_path_and_query_only(fake, client, say):
    link = '<https://elsewhere.example/repos/acme/shop/issues?page=2&q=a%2Fb>; rel="next", <https://x.example/>; rel="last"'
    fake.says(
        "GET",
        ISSUES,
        say(body={"found": [{"id": 1}, {"id": 2}]}, headers={"Link": link}),
        say(body={"found": [{"id": 3}]}),
    )
    assert [one.number("id") async for one in client.get_all(WHERE_ISSUES, "found")] == [1, 2, 3]
    assert fake.without_minting[1].raw_path == "/repos/acme/shop/issues?page=2&q=a%2Fb"


async def test_a_renamed_repository_is_followed_and_a_write_stays_a_write(fake, client, say):
    fake.says("GET", REPOSITORY, say(301, headers={"Location": fake.url("/repositories/7")}))
    fake.says("GET", "/repositories/7", say(body={"id": 7}))
    fake.says("POST", ISSUES, say(301, headers={"Location": "/repositories/7/issues"}))
    fake.says("POST", "/repositories/7/issues", say(201, {"number": 3}))
    assert (await client.get(WHERE)).number("id") == 7
    answer = await client.post(WHERE_ISSUES, {"title": "x"})
    assert answer.fields.number("number") == 3
    assert fake.asked[-1].body == {"title": "x"}


@pytest.mark.attack("links")
@pytest.mark.parametrize("location", ["https://evil.example/repositories/7", "//evil.example/", "mailto:a@b.c"])
async def test_the_token_never_follows_a_redirect_to_another_host(fake, client, say, location):
    fake.says("GET", REPOSITORY, say(302, headers={"Location": location}))
    with pytest.raises(UnexpectedAnswer, match="redirected out of the API"):
        await client.get(WHERE)


@pytest.mark.parametrize("headers", [{}, {"Location": "http://h:99999999/"}])
async def test_a_redirect_to_nowhere_is_unexpected(fake, client, say, headers):
    fake.says("GET", REPOSITORY, say(301, headers=headers))
    with pytest.raises(UnexpectedAnswer, match="nowhere"):
        await client.get(WHERE)


async def test_redirects_in_a_circle_end(fake, client, say):
    fake.says("GET", REPOSITORY, say(302, headers={"Location": REPOSITORY}))
    with pytest.raises(UnexpectedAnswer, match="too often"):
        await client.get(WHERE)


@pytest.mark.parametrize("failure", [502, 500, drop])
async def test_a_read_that_fails_is_tried_twice_more(fake, client, say, failure):
    failing = say(failure, b"<html>") if isinstance(failure, int) else failure
    fake.says("GET", REPOSITORY, failing, failing, say(body={"id": 1}))
    assert (await client.get(WHERE)).number("id") == 1


@pytest.mark.parametrize("failure", [502, drop])
async def test_a_read_that_keeps_failing_is_left_for_later(fake, client, say, failure):
    fake.says("GET", REPOSITORY, say(failure, b'{"mess') if isinstance(failure, int) else failure)
    with pytest.raises(TryLater):
        await client.get(WHERE)
    assert len(fake.asked_for(REPOSITORY)) >= 3


@pytest.mark.parametrize("failure", [502, drop])
async def test_a_write_that_fails_is_never_repeated_blindly(fake, client, say, failure):
    fake.says("POST", ISSUES, say(failure, b"") if isinstance(failure, int) else failure)
    with pytest.raises(TryLater) as caught:
        await client.post(WHERE_ISSUES, {"title": "x"})
    assert timedelta() < caught.value.after <= timedelta(minutes=1)
    assert len(fake.asked_for(ISSUES)) == 1


async def test_a_server_that_is_not_there_is_a_matter_of_time(fake, client):
    await fake.server.close()
    with pytest.raises(TryLater, match="ClientConnectorError"):
        await client.get(WHERE)


async def test_an_answer_that_was_cut_off_is_a_matter_of_time(fake, client, say):
    fake.says("GET", REPOSITORY, say(200, b'{"id": '))
    with pytest.raises(TryLater, match="no JSON"):
        await client.get(WHERE)


@pytest.mark.parametrize(
    ("status", "message", "kind"),
    [
        (404, "Not Found", Gone),
        (410, "Issues are disabled for this repo", Gone),
        (403, "Resource not accessible by integration", NotAllowed),
        (403, "This installation has been suspended", NotInstalled),
        (403, "Repository was archived so is read-only.", Archived),
        (403, "Whatever else", NotOurs),
        (422, "Validation Failed", Rejected),
        (400, "Problems parsing JSON", UnexpectedAnswer),
    ],
)
async def test_a_refusal_keeps_what_github_said(fake, client, say, status, message, kind):
    fake.says("POST", ISSUES, say(status, {"message": message}))
    with pytest.raises(kind) as caught:
        await client.post(WHERE_ISSUES, {})
    assert type(caught.value) is kind
    assert caught.value.said == message
    assert caught.value.reason.startswith("POST /repos/{owner}/{repo}/issues: ")


@pytest.mark.parametrize("status", [403, 429])
async def test_no_request_goes_out_before_githubs_wait_is_over(fake, github, client, say, status):
    fake.says("GET", REPOSITORY, say(status, {"message": "slow down"}, {"retry-after": "60"}))
    with pytest.raises(TryLater) as caught:
        await client.get(WHERE)
    assert caught.value.after == timedelta(seconds=60)
    sent = len(fake.asked)
    for ask in (client.get(WHERE), github.installation(9).post(WHERE_ISSUES, {})):
        with pytest.raises(TryLater) as caught:
            await ask
        assert timedelta(seconds=50) < caught.value.after <= timedelta(seconds=60)
    assert len(fake.asked) == sent


async def test_the_wait_of_one_installation_is_not_that_of_another(fake, github, say):
    fake.says("GET", REPOSITORY, say(429, {"message": "slow down"}, {"retry-after": "60"}), say(body={"id": 1}))
    with pytest.raises(TryLater):
        await github.installation(9).get(WHERE)
    assert (await github.installation(10).get(WHERE)).number("id") == 1


async def test_after_the_wait_all_is_well_again(fake, client, say):
    fake.says("GET", REPOSITORY, say(429, {"message": "slow down"}, {"retry-after": "1"}), say(body={"id": 1}))
    with pytest.raises(TryLater):
        await client.get(WHERE)
    await asyncio.sleep(1.01)
    assert (await client.get(WHERE)).number("id") == 1


async def test_the_last_request_of_the_hour_is_answered_and_the_next_one_waits(fake, client, say):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 900)}  # noqa: TID251
    fake.says("GET", REPOSITORY, say(body={"id": 1}, headers=headers))
    assert (await client.get(WHERE)).number("id") == 1
    with pytest.raises(TryLater) as caught:
        await client.get(WHERE)
    assert timedelta(seconds=880) < caught.value.after <= timedelta(seconds=901)
    assert len(fake.asked_for(REPOSITORY)) == 1


@pytest.mark.parametrize(("status", "end"), [(404, Gone), (304, None), (302, None)])
async def test_the_last_request_of_the_hour_closes_the_door_whatever_its_answer(fake, client, say, status, end):
    headers = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 900)}  # noqa: TID251
    fake.says("GET", REPOSITORY, say(status, None, headers))
    request = Request(method="GET", where=WHERE, also_good=(304, 302))
    with contextlib.nullcontext() if end is None else pytest.raises(end):
        assert (await client.call(request)).status == status
    with pytest.raises(TryLater):
        await client.call(request)
    assert len(fake.asked_for(REPOSITORY)) == 1


async def test_writes_go_out_one_by_one_and_a_pause_apart(fake, connect, say):
    at = []
    running = 0

    async def take(_):
        nonlocal running
        running += 1
        assert running == 1
        at.append(time.monotonic())
        await asyncio.sleep(0.02)
        running -= 1
        return web.json_response({"number": 1}, status=201)

    fake.says("POST", ISSUES, take)
    client = connect(patience=Patience(write_pause=0.1)).installation(9)
    await asyncio.gather(*(client.post(WHERE_ISSUES, {}) for _ in range(3)))
    assert all(later - earlier >= 0.1 for earlier, later in itertools.pairwise(at))


async def test_reads_wait_for_no_write(fake, connect, say):
    fake.says("POST", ISSUES, say(201, {"number": 1}))
    fake.says("GET", REPOSITORY, say(body={"id": 1}))
    client = connect(patience=Patience(write_pause=30)).installation(9)
    await client.post(WHERE_ISSUES, {})
    async with asyncio.timeout(5):
        await client.get(WHERE)


async def test_a_write_that_waits_for_its_turn_does_not_go_out_into_a_limit(fake, client, say):
    fake.says("POST", ISSUES, say(403, {"message": "You have exceeded a secondary rate limit"}))
    ends = await asyncio.gather(*(client.post(WHERE_ISSUES, {}) for _ in range(3)), return_exceptions=True)
    assert [type(end) for end in ends] == [Limited] * 3
    assert len(fake.asked_for(ISSUES)) == 1


async def test_each_exchange_is_counted_by_route_and_never_by_name(fake, connect, say):
    counted = []
    fake.says("GET", REPOSITORY, say(body={"id": 1}))
    github = connect(on_request=lambda *seen: counted.append(seen))
    await github.installation(9).get(WHERE)
    await fake.server.close()
    with pytest.raises(GitHubError):
        await github.installation(9).post(WHERE_ISSUES, {})
    assert counted == [
        ("POST /app/installations/{installation_id}/access_tokens", 201),
        ("GET /repos/{owner}/{repo}", 200),
        ("POST /repos/{owner}/{repo}/issues", 0),
    ]
