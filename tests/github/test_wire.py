"""How long an answer is waited for."""

from app.core.quota import LONGEST_WRITE
from app.github import wire


def test_no_write_is_waited_for_as_long_as_its_turn_lasts():
    assert wire._WRITE_TIMEOUT.total < LONGEST_WRITE
