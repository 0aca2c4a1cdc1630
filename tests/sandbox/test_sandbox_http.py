"""HTTP as GitHub speaks it: pages, ETags, limits, and what goes wrong when it is told to."""

import asyncio
import time

import aiohttp
import pytest

from app.sandbox.github.doors import real_now
from app.sandbox.github.faults import Fault, Mischief


@pytest.fixture
async def issues(ask):
    for number in range(5):
        await ask("POST", "/repos/acme/web/issues", {"title": f"issue {number}"})


async def test_lists_come_by_pages_and_link_to_one_another(ask, issues):
    said = await ask("GET", "/repos/acme/web/issues?per_page=2&state=open")
    assert [one["title"] for one in said.body] == ["issue 4", "issue 3"]
    assert 'page=2>; rel="next"' in said.headers["link"]
    assert 'page=3>; rel="last"' in said.headers["link"]
    assert "state=open" in said.headers["link"]
    last = await ask("GET", "/repos/acme/web/issues?per_page=2&page=3")
    assert [one["title"] for one in last.body] == ["issue 0"]
    assert 'rel="next"' not in last.headers["link"]
    assert 'rel="prev"' in last.headers["link"]


async def test_a_page_holds_a_hundred_at_most(ask, repo):
    for number in range(101):
        await repo.open_pull(author="dana", branch=f"b{number}", files={}, title=str(number))
    said = await ask("GET", "/repos/acme/web/pulls?per_page=1000")
    assert len(said.body) == 100


async def test_what_has_not_changed_is_a_304_that_costs_nothing(ask, issues):
    first = await ask("GET", "/repos/acme/web/issues/1")
    again = await ask("GET", "/repos/acme/web/issues/1", **{"If-None-Match": first.headers["etag"]})
    assert again.status == 304
    assert again.headers["x-ratelimit-remaining"] == first.headers["x-ratelimit-remaining"]
    await ask("PATCH", "/repos/acme/web/issues/1", {"title": "new"})
    assert (await ask("GET", "/repos/acme/web/issues/1", **{"If-None-Match": first.headers["etag"]})).status == 200


async def test_each_answer_tells_what_is_left_of_the_limit_and_none_left_is_a_403(github, ask):
    first = await ask("GET", "/repos/acme/web")
    second = await ask("GET", "/repos/acme/web")
    remaining = [int(one.headers["x-ratelimit-remaining"]) for one in (first, second)]
    assert remaining[0] - remaining[1] == 1
    assert int(first.headers["x-ratelimit-reset"]) > real_now().timestamp()
    github.api.limit = 2
    said = await ask("GET", "/repos/acme/web")
    assert (said.status, said.headers["x-ratelimit-remaining"]) == (403, "0")


async def test_a_planted_primary_limit_names_its_end(github, ask):
    github.rate_limit(60)
    said = await ask("GET", "/repos/acme/web")
    assert (said.status, said.headers["x-ratelimit-remaining"]) == (403, "0")
    assert 55 <= int(said.headers["x-ratelimit-reset"]) - real_now().timestamp() <= 65
    assert (await ask("GET", "/repos/acme/web")).status == 200


@pytest.mark.parametrize("status", [403, 429])
async def test_a_planted_secondary_limit_names_a_wait(github, ask, status):
    github.rate_limit(30, secondary=True, status=status, times=2)
    for _ in range(2):
        said = await ask("GET", "/repos/acme/web")
        assert (said.status, said.headers["retry-after"]) == (status, "30")
        assert "secondary rate limit" in said.body["message"]
    assert (await ask("GET", "/repos/acme/web")).status == 200


async def test_a_lost_answer_is_of_something_that_was_done(github, ask, repo):
    github.lose_answer(method="POST", path="*/issues")
    with pytest.raises(aiohttp.ClientError):
        await ask("POST", "/repos/acme/web/issues", {"title": "made"})
    assert [one.title for one in repo.issues] == ["made"]


async def test_a_limit_is_never_lost_on_its_way(github, ask):
    github.rate_limit(30, secondary=True)
    github.lose_answer(method="POST", path="*/issues")
    assert (await ask("POST", "/repos/acme/web/issues", {"title": "a"})).status == 403
    with pytest.raises(aiohttp.ClientError):
        await ask("POST", "/repos/acme/web/issues", {"title": "a"})


async def test_failures_strike_the_requests_that_they_are_planted_for(github, ask):
    github.fail_next(502, method="GET", path="*/issues", times=2, message="Bad gateway")
    assert (await ask("GET", "/repos/acme/web")).status == 200
    said = [await ask("GET", "/repos/acme/web/issues") for _ in range(3)]
    assert [one.status for one in said] == [502, 502, 200]
    assert said[0].body["message"] == "Bad gateway"


async def test_a_planted_fault_may_spare_the_first_requests(github, ask):
    github.plant(Fault(kind=Mischief.FAIL, status=500, after=2, times=2))
    said = [await ask("GET", "/repos/acme/web") for _ in range(5)]
    assert [one.status for one in said] == [200, 200, 500, 500, 200]


async def test_a_secondary_limit_may_leave_out_how_long_it_lasts(github, ask):
    github.plant(Fault(kind=Mischief.SECONDARY_LIMIT, status=429, is_named=False))
    said = await ask("GET", "/repos/acme/web")
    assert (said.status, "retry-after" in said.headers) == (429, False)


async def test_a_failures_json_may_be_cut_off(github, ask):
    github.plant(Fault(kind=Mischief.FAIL, status=502, is_cut=True))
    with pytest.raises(ValueError, match="Unterminated string"):
        await ask("GET", "/repos/acme/web")
    assert github.requests[-1].response_body is None


async def test_answers_can_be_slow_though_what_is_asked_is_done_at_once(github, ask, repo):
    github.slow(0.2, path="*/issues")
    begin = time.monotonic()
    asked = asyncio.create_task(ask("POST", "/repos/acme/web/issues", {"title": "made"}))
    while not repo.issues:  # noqa: ASYNC110 - the sandbox is watched
        await asyncio.sleep(0.01)
    assert not asked.done()
    await asked
    assert time.monotonic() - begin >= 0.2


async def test_bodies_that_are_no_json_object_are_refused(github, session, ask):
    async with session.post("/repos/acme/web/issues", data=b"{", headers=ask.headers) as answer:
        assert answer.status == 400
    assert (await ask("POST", "/repos/acme/web/issues", ["title"])).status == 400


async def test_observers_see_each_exchange_whole(github, ask):
    seen = []
    github.observers.append(seen.append)
    await ask("POST", "/repos/acme/web/issues?x=1", {"title": "a"})
    [one] = seen
    assert (one.method, one.path, one.query, one.status) == ("POST", "/repos/acme/web/issues", {"x": "1"}, 201)
    assert (one.request_body, one.response_body["title"]) == ({"title": "a"}, "a")
    assert "x-ratelimit-limit" in one.response_headers
