import pytest

from app.core.grants import Feature, barred, is_granted, missing, refusal_words
from app.core.policy import DEFAULT, Policy

ALL = {
    "actions": "write", "checks": "write", "contents": "read", "issues": "write", "metadata": "read",
    "pull_requests": "write",
}  # fmt: skip


@pytest.mark.parametrize("feature", Feature)
def test_what_the_manifest_asks_for_is_enough_for_everything(feature):
    assert is_granted(ALL, feature)


@pytest.mark.parametrize("feature", Feature)
def test_rights_that_are_not_known_yet_keep_nobody_from_trying(feature):
    assert is_granted({}, feature)


@pytest.mark.parametrize("feature", Feature)
def test_nothing_but_metadata_is_enough_for_nothing(feature):
    assert not is_granted({"metadata": "read"}, feature)


def test_a_right_to_write_lets_read_and_a_level_that_nobody_knows_lets_nothing():
    assert is_granted({"contents": "write"}, Feature.FILES)
    assert is_granted({"issues": "admin"}, Feature.ISSUES)
    assert not is_granted({"issues": "read"}, Feature.ISSUES)
    assert not is_granted({"issues": "whatever"}, Feature.THUMBS)


def test_only_what_the_policy_wants_is_missed():
    read_only = dict.fromkeys(ALL, "read")
    assert missing(ALL, DEFAULT) == ()
    assert set(missing(read_only, DEFAULT)) == {Feature.COMMENT, Feature.CHECK, Feature.ISSUES}
    quiet = Policy.from_json({"comment": {"when": "never"}, "issues": {"enabled": False}, "check": {"enabled": False}})
    assert missing(read_only, quiet) == ()
    assert missing(read_only, Policy.from_json({"rerun": {"enabled": True}}))[-1] is Feature.RERUN


def test_a_right_of_which_nothing_was_granted_is_missed_once_at_the_level_that_is_needed():
    assert set(missing({"metadata": "read"}, DEFAULT)) == {
        Feature.RUNS, Feature.FILES, Feature.COMMENT, Feature.CHECK, Feature.ISSUES,
    }  # fmt: skip


def test_what_is_missing_is_said_with_what_would_help():
    assert refusal_words(Feature.ISSUES) == "FlakeGuard may not write issues here: grant Issues: write"
    assert all("grant " in refusal_words(one) for one in Feature)


def test_nobody_can_have_done_what_was_not_granted_or_is_switched_off():
    assert barred(ALL, DEFAULT) == barred({}, DEFAULT) == set()
    assert barred(ALL | {"actions": "read"}, DEFAULT) == {Feature.RERUN}
    assert barred(ALL, Policy.from_json({"issues": {"enabled": False}})) == {Feature.ISSUES}
    assert barred(ALL, Policy.from_json({"rerun": {"max_per_day": 0}})) == {Feature.RERUN}
