"""Asking again for what was read before: it costs nothing where nothing has changed, and what is remembered is bounded."""

import tracemalloc

import pytest
from multidict import CIMultiDict, CIMultiDictProxy

from app.github.errors import Gone, NotOurs, TryLater
from app.github.remembered import Remembered, remember_answers
from app.github.routes import route
from app.github.wire import Answer

REPOSITORY = "/repos/acme/shop"
WHERE = route("/repos/{owner}/{repo}", owner="acme", repo="shop")
ISSUES = f"{REPOSITORY}/issues"
WHERE_ISSUES = route("/repos/{owner}/{repo}/issues", owner="acme", repo="shop")


async def test_what_has_not_changed_is_not_sent_again_and_is_the_same(fake, client, say):
    pages = [f'<{fake.url(f"{ISSUES}?page=2")}>; rel="next"', ""]
    fake.says(
        "GET",
        ISSUES,
        say(body=[{"id": 1}], headers={"etag": '"a"', "Link": pages[0]}),
        say(body=[{"id": 2}], headers={"etag": '"b"'}),
        say(304),
        say(304),
        say(304),
        say(body=[{"id": 3}], headers={"etag": '"c"'}),
    )
    read = [[one.number("id") async for one in client.get_all(WHERE_ISSUES)] for _ in range(3)]
    assert read == [[1, 2], [1, 2], [1, 3]]
    asked = [one.headers.get("if-none-match") for one in fake.without_minting]
    assert asked == [None, None, '"a"', '"b"', '"a"', '"b"']


async def test_what_one_installation_was_told_is_never_shown_to_another(fake, github, say):
    fake.says("GET", REPOSITORY, say(body={"id": 1}, headers={"etag": '"a"'}), say(404, {"message": "Not Found"}))
    assert (await github.installation(9).get(WHERE)).number("id") == 1
    with pytest.raises(Gone):
        await github.installation(10).get(WHERE)
    assert "if-none-match" not in fake.without_minting[-1].headers


@pytest.mark.parametrize(("status", "kind"), [(404, Gone), (403, NotOurs)])
async def test_what_may_not_be_seen_any_more_is_not_remembered_in_its_place(fake, client, say, status, kind):
    fake.says("GET", REPOSITORY, say(body={"id": 1}, headers={"etag": '"a"'}), say(status, {"message": "Not Found"}))
    assert (await client.get(WHERE)).number("id") == 1
    with pytest.raises(kind):
        await client.get(WHERE)


async def test_an_answer_that_was_cut_off_is_not_remembered(fake, client, say):
    whole = say(body={"id": 1}, headers={"etag": '"a"'})
    fake.says("GET", REPOSITORY, say(body=b'{"id":', headers={"etag": '"a"'}), whole)
    with pytest.raises(TryLater, match="no JSON"):
        await client.get(WHERE)
    assert (await client.get(WHERE)).number("id") == 1
    assert "if-none-match" not in fake.without_minting[-1].headers


def answer_of(size):
    """An answer with headers as GitHub sends them."""
    told = CIMultiDict({f"X-Header-{number}": f"{number}" * 100 for number in range(10)})
    told["ETag"], told["Link"] = f'"{size:064}"', f'<https://api.github.com/{size:0100}>; rel="next"'
    return Answer(what="", status=200, headers=CIMultiDictProxy(told), body=bytes(size))


def remember_many(count, size):
    answers = remember_answers()
    for number in range(count):
        Remembered(answers, 9).keep(f"/repos/acme/web/issues/{number:050}", answer_of(size))
    return answers


@pytest.mark.parametrize(("count", "size"), [(9_000, 2), (4_000, 10_000), (60, 1_000_000)])
def test_answers_are_remembered_within_some_megabytes(count, size):
    tracemalloc.start()
    try:
        answers = remember_many(count, size)
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert 0 < len(answers) < count
    assert taken < 20 << 20


def test_the_latest_answers_are_remembered_unless_they_are_very_large():
    answers = remember_many(4_000, 10_000)
    remembered = Remembered(answers, 9)
    assert remembered.find(f"/repos/acme/web/issues/{3_999:050}").headers["link"] == answer_of(10_000).headers["link"]
    assert remembered.find(f"/repos/acme/web/issues/{0:050}") is None
    remembered.keep("/large", answer_of(2_000_000))
    assert remembered.find("/large") is None
