"""How long an answer is waited for, and what is left of it when the next is asked for."""

from app.core.quota import LONGEST_WRITE
from app.github import wire
from app.github.people import get_person


def test_no_write_is_waited_for_as_long_as_its_turn_lasts():
    assert wire._WRITE_TIMEOUT.total < LONGEST_WRITE


async def test_a_cookie_that_comes_with_one_persons_answer_goes_out_with_no_others_question(fake, say):
    said = {"Set-Cookie": "session=danas; Path=/"}
    fake.says("GET", "/user", say(body={"id": 1, "login": "dana"}, headers=said))
    # Nobody keeps a cookie of a host that has no name.
    there = fake.url().replace("127.0.0.1", "localhost")
    async with wire.open_wire(api_url=there, user_agent="FlakeGuard/test") as opened:
        for token in ("ghu_dana", "ghu_max"):
            await get_person(opened, token)
    assert [one.headers["Authorization"] for one in fake.asked] == ["Bearer ghu_dana", "Bearer ghu_max"]
    assert ["Cookie" in one.headers for one in fake.asked] == [False, False]
