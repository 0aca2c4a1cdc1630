from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.github.errors import Gone, NotOurs, Rejected, TryLater, UnexpectedAnswer, VersionRefused
from app.github.refusals import refusal, wait_asked
from app.github.wire import Answer

DATE = "Thu, 01 Jan 2026 00:00:00 GMT"
EPOCH = 1767225600


def answer(status, body=b"", **headers):
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(what="GET /x", status=status, headers={"date": DATE} | named, body=body)


def spent(status, reset=EPOCH + 90, **more):
    return answer(status, x_ratelimit_remaining="0", x_ratelimit_reset=str(reset), **more)


@pytest.mark.parametrize(
    ("given", "strikes", "seconds"),
    [
        (answer(403, retry_after="17"), 0, 17),
        (answer(429, retry_after="0"), 0, 1),
        (spent(403), 0, 90),
        (spent(429), 5, 90),
        (spent(403, retry_after="5"), 0, 5),
        (spent(200), 0, 90),
        (spent(403, reset=EPOCH - 5), 0, 1),
        (answer(429), 0, 60),
        (answer(429), 1, 120),
        (answer(429), 99, 3600),
        (answer(403, b'{"message": "You have exceeded a secondary rate limit."}'), 2, 240),
        (answer(403, retry_after="99999999999999999999"), 0, 86400),
    ],
)
def test_the_wait_is_githubs_own_by_githubs_own_clock(given, strikes, seconds):
    assert wait_asked(given, strikes=strikes) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    "given",
    [
        answer(403, b'{"message": "Resource not accessible by integration"}'),
        answer(404),
        answer(200, x_ratelimit_remaining="1"),
        spent(200, x_ratelimit_resource="search"),
        answer(500, b"rate limit"),
    ],
)
def test_what_is_no_matter_of_limits_asks_for_no_wait(given):
    assert wait_asked(given, strikes=0) is None


def test_without_a_clock_of_githubs_the_wait_is_a_minute():
    told = Answer(what="", status=403, headers={"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9"}, body=b"")
    assert wait_asked(told, strikes=0) == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (301, UnexpectedAnswer),
        (400, UnexpectedAnswer),
        (401, TryLater),
        (403, NotOurs),
        (404, Gone),
        (409, UnexpectedAnswer),
        (410, Gone),
        (422, Rejected),
        (451, NotOurs),
        (500, TryLater),
        (503, TryLater),
        (599, TryLater),
    ],
)
def test_errors_are_sorted_by_what_can_be_done(status, kind):
    assert type(refusal(answer(status))) is kind


UNKNOWN_VERSION = (
    b'{"message": "Bad Request", "errors": "The version you specified in the \\"X-GitHub-API-Version\\" request header,'
    b' \\"2022-11-28\\", is not a supported version."}'
)


@pytest.mark.parametrize("status", [400, 410])
def test_a_server_that_does_not_know_our_version_of_the_api_loses_no_job(status):
    problem = refusal(answer(status, UNKNOWN_VERSION))
    assert type(problem) is VersionRefused
    assert problem.after == timedelta(minutes=5)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"message": "no"}', "no"),
        (b'{"message": "no", "errors": ["a", {"message": "b"}, {"code": "c"}, 7]}', "no: a: b"),
        (b'{"message": "no", "errors": "a"}', "no: a"),
        (b"{}", "HTTP 422"),
        (b"[]", "HTTP 422"),
        (b"<html>", "HTTP 422"),
        (b"\xff", "HTTP 422"),
        (b"[" * 100_000, "HTTP 422"),
    ],
)
def test_what_github_said_is_kept_whatever_it_looks_like(body, said):
    problem = refusal(answer(422, body))
    assert (problem.said, problem.reason) == (said, f"GET /x: {said}")


@given(st.integers(100, 599), st.binary(max_size=50), st.text(max_size=10), st.text(max_size=10), st.integers(0, 99))
def test_no_answer_whatever_breaks_the_judge(status, body, retry_after, remaining, strikes):
    told = answer(status, body, retry_after=retry_after, x_ratelimit_remaining=remaining, x_ratelimit_reset=retry_after)
    wait = wait_asked(told, strikes=strikes)
    assert wait is None or timedelta(seconds=1) <= wait <= timedelta(days=1)
    assert refusal(told).reason
