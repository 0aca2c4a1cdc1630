"""What GitHub could send and does not: every value of a field is read or refused by name."""

from datetime import UTC, datetime

import pytest
from yarl import URL

from app.github.errors import UnexpectedAnswer
from app.github.fields import Fields, UnknownShape
from app.github.wire import Answer

ROOT = URL("https://github.example/api/v3")


def answer(**headers):
    return Answer(what="GET /x", status=302, headers=headers, body=b"")


@pytest.mark.parametrize("value", [True, False, None, [], {}, "", "yesterday", 10**20, -(10**20)])
def test_what_is_no_time_is_none_and_named_where_there_has_to_be_one(value):
    fields = Fields(what="a run", root={"at": value})
    assert fields.time_or_none("at") is None
    with pytest.raises(UnknownShape, match="a run: at is missing"):
        fields.time("at")


@pytest.mark.parametrize(
    "value", ["2026-03-04T05:06:07Z", "2026-03-04T06:06:07+01:00", "2026-03-04T05:06:07", 1772600767]
)
def test_a_time_is_read_in_each_of_its_spellings(value):
    assert Fields(what="a run", root={"at": value}).time("at") == datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.mark.parametrize("where", ["http://x:0/", "http://x:99999/", "http://[x/"])
def test_a_redirect_to_where_nobody_can_be_is_not_followed(where):
    with pytest.raises(UnexpectedAnswer, match="a redirect to nowhere"):
        answer(location=where).location(ROOT)


def test_a_next_page_outside_of_the_api_is_not_asked_for():
    link = '<https://github.example/login?page=2>; rel="next"'
    with pytest.raises(UnexpectedAnswer, match="outside of the API"):
        answer(link=link).next_page("/x", ROOT)
