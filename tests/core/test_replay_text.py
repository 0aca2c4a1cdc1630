"""What a policy would have done, in words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from app.core.model import CaseName
from app.core.model import TestId as Number
from app.core.replay import Event, Replay, What
from app.core.replay_text import TABLE_ROWS, render

SINCE = datetime(2026, 3, 1, tzinfo=UTC)


def event(test, what, day):
    return Event(at=SINCE + timedelta(days=day), test=Number(test), what=what, why="because", attempt=(day, 1))


def said(asked=(), in_force=(), *, days=30, left_out=0, names=None):
    cases = {Number(test): CaseName(suite="", class_name="Cart", name=f"test_{test}") for test in range(100)}
    if names:
        cases |= {Number(test): CaseName(suite="", class_name="", name=name) for test, name in names.items()}
    return render(
        Replay(
            since=SINCE,
            until=SINCE + timedelta(days=days),
            cases=cases,
            asked=asked,
            in_force=in_force,
            left_out=left_out,
            is_shortened=days < 30,
        )
    )


def test_the_difference_is_counted_and_shown_test_by_test():
    asked = [event(1, What.PROPOSED, 3), event(2, What.PROPOSED, 4), event(2, What.QUARANTINED, 5), event(2, What.ISSUE_OPENED, 5)]  # fmt: skip
    lines = said(asked, [event(1, What.PROPOSED, 3)]).split("\n")
    assert lines[0] == (
        "With this policy, in the last 30 days: 2 tests proposed (1 now), 1 put into quarantine (1 now), 1 issue opened."
    )
    assert lines[2] == "With the policy in force: 1 test proposed (1 now)."
    assert lines[6:8] == [
        "| `Cart.test_2` | proposed 2026-03-05, put into quarantine 2026-03-06, issue opened 2026-03-06 | nothing |",
        "| `Cart.test_1` | proposed 2026-03-04 | the same |",
    ]


def test_issues_are_counted_by_what_became_of_them():
    asked = [event(1, What.PROPOSED, 2), event(1, What.ISSUE_OPENED, 2), event(1, What.ISSUE_CLOSED, 9), event(2, What.ISSUE_CLOSED, 9), event(1, What.ISSUE_REOPENED, 12)]  # fmt: skip
    text = said(asked, asked[3:4])
    assert "1 test proposed (1 now), 1 issue opened, 2 closed, 1 reopened.\n" in text
    assert "With the policy in force: 1 issue closed.\n" in text


def test_no_difference_is_said_first():
    same = [event(1, What.PROPOSED, 3), event(1, What.EXPIRED, 9)]
    assert said(same, same).startswith(
        "No difference in the last 30 days.\n\nWith either policy: 1 test proposed (0 now), 1 ended."
    )
    assert said() == "No difference in the last 30 days.\n\nWith either policy: nothing."


def test_other_reasons_for_the_same_are_no_difference():
    asked = event(1, What.PROPOSED, 3)
    other = Event(at=asked.at, test=asked.test, what=asked.what, why="other words", attempt=asked.attempt)
    assert said([asked], [other]).startswith("No difference")


def test_the_issue_of_a_cause_is_one_whichever_of_its_tests_is_the_worst():
    one, other = (replace(event(test, What.ISSUE_OPENED, 3), cause=7) for test in (1, 2))
    assert said([one], [other]).startswith("No difference")


def test_fewer_days_are_named_and_said_to_be_fewer():
    text = said([event(1, What.PROPOSED, 3)], days=12)
    assert text.startswith("With this policy, in the last 12 days: 1 test proposed")
    assert text.endswith("\n\nMore days would have taken too long to go through.")
    assert "More days" not in said()


def test_a_long_table_is_cut_and_says_so():
    text = said([event(test, What.PROPOSED, 1) for test in range(TABLE_ROWS + 2)])
    assert text.count("| `Cart.") == TABLE_ROWS
    assert "And 2 more tests." in text


def test_of_a_test_to_which_much_happened_the_latest_is_shown():
    text = said([event(1, What.PROPOSED if day % 2 else What.EXPIRED, day) for day in range(1, 9)])
    assert "| …, ended 2026-03-05," in text


def test_tests_that_were_not_looked_at_are_owned_up_to():
    assert said(left_out=3).endswith("3 tests were not looked at: they failed less, or run too often to go through again.")  # fmt: skip


def test_a_strangers_name_does_nothing():
    text = said([event(1, What.PROPOSED, 3)], names={1: "a|b` @everyone <!-- flakeguard:pull -->"})
    assert "@everyone" not in text
    assert "a|b" not in text
