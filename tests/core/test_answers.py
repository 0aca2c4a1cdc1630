"""What we answer to commands: short, complete, and countable by whoever asked."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from math import exp

import pytest

from app.core import answers
from app.core.commands import Misunderstood, parse
from app.core.model import CaseName, DecisionState, Evidence, Grade, Place, Standing
from app.core.seen import SeenAt, Sights

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
CASE = CaseName(suite="unit", class_name="CartTest", name="total")


RUNS = "https://github.com/o/r/actions/runs"
FAILED = Place(run_id=7, run_attempt=1, job="test (3.12)", ordinal=1)
SIGHTS = Sights(
    places={FAILED: SeenAt(job_url=f"{RUNS}/7/job/9", log_line=120)},
    run_url=lambda run, attempt: f"{RUNS}/{run}/attempts/{attempt}",
)


def test_a_build_that_nobody_can_look_at_is_no_link():
    nowhere = Sights(places={}, run_url=lambda run, attempt: None)
    assert nowhere.link_to(FAILED) == "attempt 1"


def test_the_two_tries_of_one_job_are_told_apart_by_words_since_they_have_one_page():
    failed, passed = SIGHTS.pair(replace(piece(grade=Grade.E1), passed=replace(FAILED, ordinal=2)))
    assert f"{RUNS}/7/job/9" in failed
    assert failed.endswith("line 120 of its log")
    assert passed == "the same job, try 2"
    later = replace(FAILED, ordinal=3)
    assert SIGHTS.pair(replace(piece(), failed=later, passed=FAILED))[0].endswith(", try 3")


def test_the_attempts_of_a_proof_are_a_link_each():
    failed, passed = SIGHTS.pair(piece())
    assert f"{RUNS}/7/job/9" in failed
    assert f"{RUNS}/7/attempts/2" in passed
    assert SIGHTS.pair(replace(piece(), passed=None))[1] is None


def piece(age=0, weight=1.0, grade=Grade.E2):
    return Evidence(
        grade=grade,
        weight=weight,
        failed=FAILED,
        passed=replace(FAILED, run_attempt=2),
        at=NOW,
        age=age,
        loose_signature=None,
        head_sha="0123456789abcdef",
        pull=None,
        from_fork=False,
    )


def test_an_answer_begins_with_the_marker_of_the_comment_that_it_answers():
    assert answers.write(5, ["one", "two"]) == "<!-- flakeguard:answer 5 -->\n\none\n\ntwo"
    assert answers.marker(5) != answers.marker(55)


def test_the_longest_answer_fits_and_keeps_its_marker():
    text = answers.write(5, ["x" * 40_000] * 3)
    assert len(text) < 65_536
    assert text.startswith(answers.marker(5))
    assert text.endswith("… and 2 more")


def test_help_shows_each_command_as_it_is_understood():
    shown = re.findall(r"^\| `(/flakeguard (\w+)[^`]*)`", answers.HELP, re.MULTILINE)
    assert [name for _, name in shown] == ["quarantine", "release", "dismiss", "explain", "rerun", "status"]
    for line, _ in shown:
        [command] = parse(line.replace("[for 14d] [because …]", "for 14d because slow"))
        assert not isinstance(command, Misunderstood)


def test_a_command_that_was_not_understood_is_quoted_with_the_reason():
    assert answers.misunderstood("/flakeguard fly", "I do not know fly") == (
        "`/flakeguard fly`: `I do not know fly`. `/flakeguard help` lists what I know."
    )
    assert answers.misunderstood("", "too many") == "`too many`. `/flakeguard help` lists what I know."


def test_whoever_is_misunderstood_mentions_nobody_through_us():
    [command] = parse("/flakeguard @org/team")
    assert "@org" not in answers.misunderstood(command.text, command.why)


def test_a_refusal_names_the_test_and_the_reason():
    assert answers.refused(CASE, "quarantine is full") == "`CartTest.total`: quarantine is full."


def test_an_unknown_test_comes_with_what_is_near():
    assert answers.unknown("totl", []) == "I know no test `totl`."
    assert answers.unknown("totl", [CASE]) == (
        "I know no test `totl`. Did you mean one of these?\n\n- `CartTest.total`"
    )


@pytest.mark.parametrize(
    ("number", "end"), [(2, "- `CartTest.total`"), (10, "- `CartTest.total`"), (12, "- and 2 more")]
)
def test_an_ambiguous_name_lists_the_candidates_and_counts_the_rest(number, end):
    lines = answers.ambiguous("total", [CASE] * number).splitlines()
    assert lines[0] == "`total` could be any of these; please name one in full:"
    assert len(lines) == 2 + min(number, 10) + (number > 10)
    assert lines[-1] == end


def test_an_explanation_adds_up_to_the_score():
    evidence = [piece(), piece(age=60)]
    score = 1 - exp(-0.8 * 1.5)
    text = answers.explain(CASE, Standing.FLAKY, score, 0.06, evidence, SIGHTS)
    assert text.startswith("`CartTest.total` is **flaky**: score 0.70, flaked in 6% of its latest runs.\n\n| When |")
    assert "| 0.50 (1, 60 runs ago) |" in text
    assert text.endswith("The score is 1 − exp(−0.8 × 1.50), 1.50 being the sum of what counts.")


def test_an_answer_says_of_when_its_figures_are():
    explained = answers.explain(CASE, Standing.FLAKY, 0.7, 0.06, [piece()], SIGHTS, judged_at=NOW)
    assert "flaked in 6% of its latest runs, as of 2026-03-02 12:00 UTC." in explained
    status = answers.status([(CASE, Standing.FLAKY, 0.8, 0.06)], [], judged_at=NOW)
    assert status.startswith("The flakiest tests, as of 2026-03-02 12:00 UTC:\n\n| Test |")


def test_hints_are_not_added_to_what_is_stronger_and_alone_make_little():
    hint = piece(grade=Grade.E5, weight=0.05)
    both = answers.explain(CASE, Standing.SUSPECT, 0.55, 0.02, [piece(), hint], SIGHTS)
    assert "0.05 (0.05, 0 runs ago, a hint)" in both
    assert both.endswith(
        "The score is 1 − exp(−0.8 × 1.00), 1.00 being the sum of what counts; hints do not beside the rest."
    )
    alone = answers.explain(CASE, Standing.HEALTHY, 0.15, 0.0, [hint] * 9, SIGHTS)
    assert alone.endswith(
        "× 0.45), 0.45 being the sum of what counts, but never more than 0.15 where there are hints alone."
    )


def test_each_piece_of_an_explanation_can_be_looked_at():
    text = answers.explain(CASE, Standing.SUSPECT, 0.55, 0.02, [piece()], SIGHTS)
    assert f"[run 7 attempt 1]({RUNS}/7/job/9), line 120 of its log" in text
    assert f"[run 7 attempt 2]({RUNS}/7/attempts/2)" in text


def test_an_explanation_without_evidence_says_so_and_a_long_one_is_counted():
    assert answers.explain(CASE, Standing.HEALTHY, 0.0, 0.0, [], SIGHTS).endswith(
        "Nothing in its window proves or suggests that it is flaky."
    )
    assert "\n\nand 3 more\n\n" in answers.explain(CASE, Standing.FLAKY, 0.9, 0.1, [piece()] * 23, SIGHTS)


def test_the_status_shows_the_flakiest_tests_and_what_is_decided():
    text = answers.status(
        [(CASE, Standing.FLAKY, 0.8, 0.06)],
        [(CASE, DecisionState.ACTIVE, NOW), (CASE, DecisionState.PROPOSED, None)],
    )
    assert "| `CartTest.total` | flaky | 0.80 | 6% |" in text
    assert text.endswith(
        "- In quarantine: `CartTest.total` until 2026-03-02\n- Proposed for quarantine: `CartTest.total`"
    )


def test_the_status_of_a_calm_repository_is_one_line_and_of_a_bad_one_is_counted():
    assert answers.status([], []) == "No test has shown a flake in its latest runs."
    assert answers.status([], [(CASE, DecisionState.ACTIVE, NOW)] * 52).endswith("- and 2 more")


def test_status_lists_quarantines_by_their_ends_and_then_proposals_whenever_they_were_decided():
    def case(name):
        return CaseName(suite="", class_name="", name=name)

    decided = [
        (case("d"), DecisionState.PROPOSED, None),
        (case("b"), DecisionState.ACTIVE, None),
        (case("c"), DecisionState.PROPOSED, None),
        (case("a"), DecisionState.ACTIVE, NOW),
    ]
    lines = answers.status([], decided).split("\n\n")[1].splitlines()
    assert [re.sub(r"- |`| until .*", "", one) for one in lines] == [
        "In quarantine: a", "In quarantine: b", "Proposed for quarantine: c", "Proposed for quarantine: d"
    ]  # fmt: skip


def test_a_rerun_links_what_started_and_says_what_did_not():
    url = "https://github.com/o/r/actions/runs/7"
    assert answers.rerun([url], ["already running"]) == (
        f"- Running again: [7]({url})\n- Not run again: `already running`"
    )
    assert answers.rerun([], []) == "No run of this pull request's head has failed."
