"""The issue of a flaky test: what is known, how sure, who owns it, and how it ends."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import issue
from app.core.cause_rules import Category
from app.core.causes import Cause
from app.core.model import CaseName, DecisionState, Evidence, Grade, Legs, Place, Since, Standing
from app.core.order import OrderDependence
from app.core.seen import SeenAt, Sights

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
RUNS = "https://github.com/o/r/actions/runs"
PIECE = Evidence(
    grade=Grade.E2,
    weight=1.0,
    failed=Place(run_id=7, run_attempt=1, job="test (3.12)", ordinal=1),
    passed=Place(run_id=7, run_attempt=2, job="test (3.12)", ordinal=1),
    at=NOW,
    age=3,
    loose_signature=None,
    head_sha="a1b2c3",
    pull=None,
    from_fork=False,
)
FACTS = issue.IssueFacts(
    key="0123456789ab",
    case=CaseName(suite="unit", class_name="CartTest", name="total"),
    file="tests/test_cart.py",
    owner="@o/shop",
    standing=Standing.FLAKY,
    score=0.8,
    flake_rate=0.06,
    low=0.02,
    high=0.14,
    runs=50,
    window=50,
    failures=4,
    evidence=(PIECE,),
    passes_since_flake=4,
    passes_needed=49,
    last_flake_at=NOW,
    broken_since=None,
    decision=None,
    until=None,
    message="boom",
    stack_trace=None,
    sights=Sights(
        places={PIECE.failed: SeenAt(job_url=f"{RUNS}/71/job/9", log_line=120)},
        run_url=lambda run, attempt: f"{RUNS}/{run}/attempts/{attempt}",
    ),
)


def told(**changes):
    return issue.render(replace(FACTS, **changes))


@given(st.integers(), st.integers())
def test_a_key_is_twelve_letters_or_digits_and_stays_the_same(repository, test):
    key = issue.key_of(repository, test)
    assert key == issue.key_of(repository, test)
    assert len(key) == 12
    assert set(key) <= set("0123456789abcdefghijklmnopqrstuvwxyz")


def test_tests_of_one_repository_and_of_two_have_keys_of_their_own():
    assert len({issue.key_of(1, 2), issue.key_of(2, 1), issue.key_of(12, 1), issue.key_of(1, 21)}) == 4


def test_the_title_names_the_test():
    assert issue.title(FACTS.case) == "Flaky test: CartTest.total"


def test_the_body_begins_with_its_marker_and_ends_with_how_it_ends():
    text = told()
    assert text.startswith("<!-- flakeguard:issue 0123456789ab -->\n\n`CartTest.total` fails now and then")
    assert text.splitlines()[-1] == (
        "**How this ends.** It closes by itself after 49 passes in a row (4 so far, since it was opened). Close it as completed once it is"
        " fixed: a new flake reopens it. Close it as not planned to hear nothing for 90 days."
    )


@pytest.mark.parametrize(
    "line",
    [
        "- Score **0.80** (how sure we are, 0 to 1)",
        "- Flaked in **6%** of 50 runs (90% interval 2% to 14%); 4 failures",
        "- Last flaked on 2026-03-02",
        "- File `tests/test_cart.py`",
        "- Owner `@\u200bo/shop`",
        "```text\nboom\n```",
        (
            f"| 2026-03-02 12:00 | E2: failed and passed on the same code, `test (3.12)` | [run 7 attempt 1]({RUNS}/71/job/9), line 120 of"
            f" its log | [run 7 attempt 2]({RUNS}/7/attempts/2) | `a1b2c3` |"
        ),
    ],
)
def test_the_body_tells_what_is_known(line):
    assert line in told()


def test_the_figures_of_an_issue_are_as_of_a_moment_since_they_are_not_written_with_each_run():
    text = told(judged_at=NOW)
    assert "Figures as of 2026-03-02 12:00 UTC, brought up to date once a day" in text
    assert "as of" not in told(judged_at=NOW, runs=0)
    one, other = (replace(FACTS, judged_at=at) for at in (NOW, NOW + timedelta(hours=1)))
    assert issue.stamp(one, NOW) == issue.stamp(other, NOW), "a run alone is no reason to write"


def test_what_is_unknown_is_left_out():
    text = told(file=None, owner=None, message=None, evidence=(), last_flake_at=None)
    assert not any(word in text for word in ("File", "Owner", "Latest failure", "| When", "Last flaked", "None"))


def test_a_stack_trace_says_more_than_the_message():
    assert "```text\nat Cart.java:7\n```" in told(stack_trace="at Cart.java:7")


def test_a_suggestion_has_no_pass_to_show_and_a_long_history_is_counted():
    assert "attempt 2" not in told(evidence=(replace(PIECE, grade=Grade.E5, passed=None),))
    text = told(evidence=(PIECE,) * 23)
    assert text.count("E2: failed") == 20
    assert "\n\nand 3 more\n\n" in text


@pytest.mark.parametrize(("until", "line"), [(NOW, "- In quarantine until 2026-03-02\n"), (None, "- In quarantine\n")])
def test_a_quarantine_is_told_with_its_end_and_how_to_end_it_before(until, line):
    text = told(decision=DecisionState.ACTIVE, until=until)
    assert line in text
    assert text.endswith("`/flakeguard release TEST` ends the quarantine at once.")


def test_a_broken_test_is_no_flake_and_its_issue_does_not_close_by_itself():
    text = told(standing=Standing.BROKEN, broken_since="a1b2c3d4")
    assert "has failed in every run since `a1b2c3" in text
    assert "its failures are not excused" in text
    assert "It stays open while the test fails consistently." in text
    assert "has failed in every run. It" in told(standing=Standing.BROKEN)


def test_a_test_that_a_maintainer_quarantined_unproven_is_not_called_flaky():
    text = told(standing=Standing.HEALTHY, evidence=(), decision=DecisionState.ACTIVE)
    assert "is in quarantine. Nothing in its latest runs proves that it is flaky." in text
    assert "now and then" not in text


def test_a_test_without_a_score_is_said_to_have_not_failed_in_its_window():
    text = told(
        standing=Standing.HEALTHY, score=0.0, flake_rate=0.0, runs=0, failures=0, evidence=(), last_flake_at=None
    )
    assert "`CartTest.total` failed now and then without a change" in text
    assert "\n- No failure in the latest 50 runs of each job\n" in text
    assert not any(word in text for word in ("latest 0", "0%", "Score"))


def test_the_closing_words_count():
    assert issue.closing_words(59, reopen_days=10) == (
        "It passed 59 times in a row since the last failure, so this is over. If within 10 days it flakes again, or fails on the"
        " default branch as it did before, this issue reopens."
    )
    assert issue.closing_words(1, reopen_days=1).startswith("It passed 1 time in a row since")
    assert issue.closing_words(9, tests=3, reopen_days=0) == (
        "Each of its 3 tests passed 9 times in a row or more since the last failure, so this is over. A new flake opens a"
        " new issue."
    )


SINCE = Since(after="a1b2c3", first="d4e5f6", at=NOW, runs_in_doubt=12)
LEGS = Legs(jobs=("test (windows)",), flaked=6, runs=40, others=3, others_runs=120)


def test_an_issue_says_where_to_look_for_what_made_it_flaky():
    assert "- Flaky since a commit after `a1b2c3` and up to `d4e5f6` (2026-03-02, in one of 12 runs)\n" in told(
        since=SINCE
    )
    broken = told(since=replace(SINCE, runs_in_doubt=1), standing=Standing.BROKEN)
    assert "- Broken since a commit after `a1b2c3` and up to `d4e5f6` (2026-03-02)\n" in broken
    assert "- Flaky for as long as we look back, first seen on 2026-03-02\n" in told(since=replace(SINCE, after=None))


def test_an_issue_says_on_which_legs_alone_a_test_flakes():
    assert "- Flakes on `test (windows)` only: in 6 of 40 runs there, in none of 120 on the 3 other jobs\n" in told(
        legs=LEGS
    )
    several = replace(LEGS, jobs=("a", "b", "c", "d"), others=1)
    assert (
        "- Flakes on `a`, `b`, `c` and 1 more only: in 6 of 40 runs there, in none of 120 on the other job\n"
        in told(legs=several)
    )


def test_an_issue_guesses_at_the_cause_and_says_so():
    cause = Cause(category=Category.TIMEOUT, reason="3 of its latest 4 failures speak of it")
    assert (
        "\n\n**Probable cause: timeout** (a guess): 3 of its latest 4 failures speak of it. First thing to try: see what it waits for"
        in told(cause=cause)
    )
    order = OrderDependence(others=(FACTS.case, FACTS.case), is_polluted=True, failing=8, passing=12)
    named = told(cause=Cause(category=Category.RACE, reason="it failed only after", order=order))
    assert "it failed only after `CartTest.total` or `CartTest.total`. First thing" in named
    assert "Probable cause" not in told()


@pytest.mark.parametrize("owner", ["@o/shop", "@dana", "@o/shop @dana"])
def test_the_text_that_opens_an_issue_calls_the_owners_and_no_other_does(owner):
    assert f"- Owner {owner}\n" in told(owner=owner, calls_owner=True)
    assert f"- Owner {owner}\n" not in told(owner=owner)


@pytest.mark.parametrize(
    ("owner", "shown"),
    [
        ("@acme/api dev@acme.com", "@acme/api `dev@acme.com`"),
        ("dev@acme.com @dana_acme", "@dana_acme `dev@acme.com`"),
        ("@a @b @c @d @e @f @g", "@a @b @c @d @e `@f @g`"),
    ],
)
def test_of_many_owners_the_first_few_handles_are_called_and_all_others_named(owner, shown):
    assert f"- Owner {shown}\n" in told(owner=owner, calls_owner=True).replace("\u200b", "")


@pytest.mark.parametrize(
    "owner", ["@o/shop fixes #1", "@o/shop\n@everyone", "dana@example.org", "@o/" + "x" * 300, "![x](y)"]
)
def test_what_is_no_owner_of_github_s_is_never_called(owner):
    assert f"- Owner {owner}" not in told(owner=owner, calls_owner=True)


def test_a_cause_of_several_tests_lists_them_with_what_each_still_needs():
    peers = [
        issue.Peer(case=CaseName(suite="", class_name="A", name=f"test_{n}"), standing=Standing.FLAKY, flake_rate=0.05, runs=50, passes=n, needed=59, decision=None, until=None)
        for n in range(60)
    ]  # fmt: skip
    text = told(peers=peers, way="TimeoutError: no answer")
    assert "60 tests fail now and then with `TimeoutError: no answer`." in text
    assert "| `A.test_7` | 5% of 50 runs | 7 of 59 |" in text
    assert "`A.test_59`" not in text
    assert "and 10 more" in text
    assert issue.title(FACTS.case, tests=60, way="TimeoutError: no answer") == (
        "Flaky test: 60 tests fail alike, TimeoutError: no answer"
    )


def test_a_text_is_written_again_for_news_and_once_a_day_for_counts():
    before = f"body {issue.stamp(FACTS, NOW)}"
    assert issue.is_enough(before, f"other {issue.stamp(replace(FACTS, passes_since_flake=9), NOW)}")
    assert not issue.is_enough(before, f"other {issue.stamp(FACTS, NOW + timedelta(days=1))}")
    assert issue.is_enough(before, f"body {issue.stamp(FACTS, NOW + timedelta(days=1))}"), "it says the same"
    assert not issue.is_enough(before, f"other {issue.stamp(replace(FACTS, standing=Standing.BROKEN), NOW)}")
    assert not issue.is_enough(None, before)


def test_a_failure_that_was_suspect_and_is_proven_by_now_is_written_at_once():
    suspect = replace(PIECE, grade=Grade.E4, weight=0.3)
    before = f"body {issue.stamp(replace(FACTS, evidence=(suspect,)), NOW)}"
    proven = replace(suspect, grade=Grade.E2, weight=0.9)
    assert not issue.is_enough(before, f"other {issue.stamp(replace(FACTS, evidence=(proven,)), NOW)}")
