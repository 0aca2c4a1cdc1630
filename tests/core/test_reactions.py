"""What a thumb on our comment means, and how often it is looked for."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.reactions import Answer, OpenProposal, Reaction, Thumb, next_pause, what_is_meant

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def thumb(kind, *, minutes=10, login="dana", number=1):
    return Reaction(id=number, thumb=kind, login=login, at=NOW + timedelta(minutes=minutes))


def proposals(*minutes):
    return [OpenProposal(decision_id=n, since=NOW + timedelta(minutes=at)) for n, at in enumerate(minutes, 1)]


def meant(thumbs, *minutes):
    found = what_is_meant(thumbs, proposals(*minutes))
    return None if found is None else (found.answer, found.proposals)


def test_a_thumb_up_approves_the_only_proposal():
    assert meant([thumb(Thumb.UP)], 0) == (Answer.APPROVE, (1,))


def test_with_several_proposals_a_thumb_up_does_not_say_which():
    assert meant([thumb(Thumb.UP)], 0, 0) == (Answer.AMBIGUOUS, (1, 2))


def test_a_thumb_down_dismisses_all():
    assert meant([thumb(Thumb.DOWN)], 0, 0) == (Answer.DISMISS, (1, 2))


def test_a_thumb_says_nothing_about_what_was_proposed_after_it():
    assert meant([thumb(Thumb.UP, minutes=10)], 11) is None
    assert meant([thumb(Thumb.UP, minutes=10)], 0, 11) == (Answer.APPROVE, (1,))


def test_the_earliest_thumb_is_heard_first():
    both = [thumb(Thumb.UP, minutes=20, number=2), thumb(Thumb.DOWN, minutes=10)]
    assert meant(both, 0) == (Answer.DISMISS, (1,))


def test_no_thumb_and_no_proposal_mean_nothing():
    assert meant([], 0) is None
    assert meant([thumb(Thumb.UP)]) is None


def test_looks_come_less_and_less_often_up_to_an_hour():
    pauses = [None]
    for _ in range(9):
        pauses.append(next_pause(pauses[-1], watched=1))
    assert pauses[1:] == [60, 120, 240, 480, 960, 1920, 3600, 3600, 3600]


@given(st.integers(1, 10_000), st.one_of(st.none(), st.integers(60, 3600)))
def test_however_many_are_watched_all_looks_together_keep_within_a_twentieth_of_the_rate_limit(watched, before):
    assert watched * 3_600 / next_pause(before, watched) <= 5_000 * 0.05 * 1.02


@pytest.mark.parametrize("kind", Thumb)
def test_thumbs_are_called_as_github_calls_them(kind):
    assert kind in ("+1", "-1")
