"""Which tests have an issue, and which of them share one."""

from dataclasses import dataclass

import pytest

from app.core.issue_members import first_members, issue_to_join, issue_to_keep, needs_issue
from app.core.model import Standing


@dataclass(frozen=True)
class Issue:
    id: int
    test_id: int | None = None
    number: int | None = 1
    state: str = "open"


@pytest.mark.parametrize(
    ("standing", "of_cause", "is_active", "needs"),
    [
        (Standing.FLAKY, None, False, True),
        (Standing.SUSPECT, None, False, False),
        (Standing.HEALTHY, None, True, True),
        (Standing.HEALTHY, Standing.FLAKY, False, True),
        (Standing.BROKEN, Standing.SUSPECT, False, False),
    ],
)
def test_what_is_flaky_in_quarantine_or_hit_by_a_flaky_cause_has_an_issue(standing, of_cause, is_active, needs):
    assert needs_issue(standing, of_cause, is_active=is_active, is_excluded=False) is needs
    assert not needs_issue(standing, of_cause, is_active=is_active, is_excluded=True)


def test_a_test_joins_the_issue_of_its_cause_else_the_oldest_of_a_test_that_shares_it():
    own = [Issue(5, test_id=2), Issue(4, test_id=1), Issue(3)]
    assert issue_to_join(Issue(9), own) == Issue(9)
    assert issue_to_join(None, own) == Issue(4, test_id=1)
    assert issue_to_join(None, [Issue(3)]) is None


def test_an_issue_begins_with_all_who_need_one_and_always_with_the_test_that_asks():
    assert first_members(1, [3, 2, 1], {1, 3}) == [3, 1]
    assert first_members(1, [3, 2], {3}) == [1, 3]


def test_the_oldest_issue_goes_on_unless_it_is_closed_or_was_never_opened():
    waiting, closed, younger, older = Issue(1, number=None), Issue(2, state="closed"), Issue(4), Issue(3)
    assert issue_to_keep([waiting, closed, younger, older]) == older
    assert issue_to_keep([waiting, closed]) == closed
