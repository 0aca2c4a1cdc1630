"""docs/digest.md shows what the weekly digest says now."""

from app.core.policy import load
from app.core.weekly import ENDING, LISTED, NEW, OVER, WORST
from docs.digest.make import PAGE, page

TEXT = PAGE.read_text(encoding="utf-8")


def test_the_page_is_what_the_bot_writes_now():
    assert page() == TEXT, "run: PYTHONPATH=. python -m docs.digest.make"


def test_each_part_of_the_digest_is_in_the_example_with_a_row():
    for title in (NEW, OVER, WORST, ENDING):
        assert f"> ### {title}\n>\n> | Test |" in TEXT


def test_the_page_says_what_each_part_means_and_how_long_a_table_is():
    for title in (NEW, OVER, WORST, ENDING):
        assert f"\n| {title} | " in TEXT
    assert f"A table has {LISTED} rows at most" in TEXT


def test_its_policy_asks_for_the_digest():
    assert load(TEXT.partition("```yaml\n")[2].partition("```")[0]).digest.issue
