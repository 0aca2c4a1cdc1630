from datetime import UTC, datetime, timedelta

from app.core.names import Names

THEN = datetime(2026, 3, 1, tzinfo=UTC)
BEFORE, AFTER = THEN - timedelta(days=1), THEN + timedelta(days=1)
NAMES = Names(
    full_name="umbrella/shop",
    default_branch="trunk",
    former_names={"acme/web": THEN},
    former_branches={"main": THEN},
)


def test_the_default_branch_is_the_present_one_at_any_time_and_a_former_one_until_it_was_none_any_more():
    assert NAMES.was_default("trunk", BEFORE)
    assert NAMES.was_default("trunk", AFTER)
    assert NAMES.was_default("main", BEFORE)
    assert not NAMES.was_default("main", THEN)
    assert not NAMES.was_default("feature", BEFORE)
    assert not NAMES.was_default(None, BEFORE)


def test_a_repository_is_known_by_a_former_name_until_that_may_be_another_ones():
    assert NAMES.today("acme/web", BEFORE) == "umbrella/shop"
    assert NAMES.today("acme/web", AFTER) == "acme/web"
    assert NAMES.today("umbrella/shop", AFTER) == "umbrella/shop"
    assert NAMES.today("mallory/web", BEFORE) == "mallory/web"
    assert NAMES.today(None, BEFORE) is None
