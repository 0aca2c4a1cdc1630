"""docs/installations.md names each right that something of ours takes, and the settings as they are."""

from pathlib import Path

import pytest

from app.core.grants import Feature, refusal_words
from app.core.upkeep import KEEP_ALL

PAGE = (Path(__file__).parents[1] / "docs" / "installations.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("feature", Feature)
def test_the_page_says_what_is_left_out_without_a_right(feature):
    right = refusal_words(feature).rpartition("grant ")[2]
    assert f"\n| {right} | " in PAGE


def test_the_page_says_how_long_a_repository_may_come_back():
    assert (
        f"**The grace period** is {KEEP_ALL.forget_after.days} days, or what `FLAKEGUARD_FORGET_AFTER_DAYS` says"
        in PAGE
    )
