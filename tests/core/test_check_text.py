"""The check run: its jobs, its table, its annotations, its buttons."""

import time

import pytest

from app.core import check
from app.core.grants import Feature
from app.core.model import DecisionState
from app.core.uploads import FIRST_BUILD
from app.core.verdict import Conclusion, NoRuns, decide
from tests.core.heads import NOW, failed_job, known, new, passed_job, quarantined, run


def shown(*jobs, proposals=0, others=(), **changes):
    return check.render(decide([run(*jobs, **changes)], NoRuns.WAITING), proposals=proposals, others=others)


def buttons(text):
    return [one.identifier for one in text.buttons]


def test_a_green_check_says_what_was_looked_at_and_offers_nothing():
    text = shown(passed_job(), passed_job("docs"))
    assert (text.conclusion, text.title) == (Conclusion.SUCCESS, "Every job passed")
    assert text.summary == "Looked at: 2 jobs of 1 workflow run."
    assert text.text == "No failed test was found."
    assert (text.notes, text.buttons) == ((), ())


def test_a_check_without_runs_is_one_line():
    text = check.render(decide([], NoRuns.NONE_CAME), proposals=0)
    assert (text.conclusion, text.summary) == (Conclusion.NEUTRAL, "No workflow ran.")


def test_each_failed_job_has_its_answer():
    text = shown(failed_job(new(), name="a"), failed_job(known(), name="b", url=None))
    assert ": **not explained**: its failed test is not excused." in text.summary
    assert "- `b`: **explained**: the failed test is a known flake, not in quarantine." in text.summary


def test_a_neutral_check_says_why_it_is_no_success_and_a_success_why_it_is_one():
    neutral = shown(failed_job(known()), proposals=1)
    assert neutral.conclusion is Conclusion.NEUTRAL
    assert neutral.summary.endswith(
        "**Neutral, not a success**: 1 known flake is not in quarantine, so somebody should have a look. GitHub lets a"
        " neutral check pass. 1 proposal waits for an answer: once each of them is in quarantine, this is a success."
    )
    several = shown(failed_job(known("a"), known("b"), quarantined())).summary
    assert "2 known flakes are not in quarantine" in several
    assert several.endswith("GitHub lets a neutral check pass.")
    success = shown(failed_job(quarantined()))
    assert success.conclusion is Conclusion.SUCCESS
    assert success.summary.endswith("**A success**: whatever failed is in quarantine, and failed as it did before.")


def test_the_scores_of_a_check_are_as_of_the_latest_run_that_they_saw():
    assert shown(failed_job(known(judged_at=NOW))).text.endswith("Scores as of 2026-03-02 12:00 UTC.")
    assert "as of" not in shown(failed_job(new(judged_at=NOW))).text


def test_no_other_end_of_a_check_claims_to_be_neutral_or_a_success():
    for text in (
        shown(passed_job()),
        shown(failed_job(known(), new())),
        check.render(decide([], NoRuns.NONE_CAME), proposals=0),
    ):
        assert "success" not in text.summary.lower()
        assert "Neutral" not in text.summary


def test_what_passed_but_was_not_read_in_full_is_said_too():
    text = shown(passed_job(note="stopped early: --maxfail"), failed_job(new(), note="mended"))
    assert text.summary.endswith("Passed, but not read in full:\n\n- `lint`: `stopped early: --maxfail`")
    many = shown(*(passed_job(f"job {number}", note="odd") for number in range(13)))
    assert many.summary.endswith("- and 3 more")
    assert many.summary.count("`odd`") == check.NOTED


def test_other_systems_are_named_as_not_judged():
    assert shown(passed_job(), others=("circleci",)).summary.endswith("Not judged (other CI systems): `circleci`.")


def test_the_table_names_a_score_only_where_there_is_one_and_ends_at_its_limit():
    text = shown(failed_job(new("n"), known("k"))).text
    assert "| `tests.test_api.n` | new failure |  | `test (3.12)` |" in text
    assert "| `tests.test_api.k` | known flake | 0.80 | `test (3.12)` |" in text
    long = shown(failed_job(*(new(f"t{number}") for number in range(check.LISTED + 2)))).text
    assert long.endswith("\n\nand 2 more")


def test_at_most_fifty_annotations_the_worst_first():
    failed = [known(f"k{number}") for number in range(60)] + [new("n")]
    notes = shown(failed_job(*failed)).notes
    assert len(notes) == check.MOST_ANNOTATIONS
    assert (notes[0].title, notes[0].level) == ("tests.test_api.n failed", "failure")
    assert {note.level for note in notes[1:]} == {"warning"}


@pytest.mark.attack("overload")
def test_of_ten_thousand_failures_only_those_are_written_as_annotations_that_are_shown():
    failed = failed_job(
        *(new(f"t{number}", message="expected 17 to equal 18 at foo\n" * 60) for number in range(10_000))
    )
    began = time.process_time()
    assert len(shown(failed).notes) == check.MOST_ANNOTATIONS
    assert time.process_time() - began < 2


@pytest.mark.parametrize("file", [None, "", "/etc/passwd", "../x.py", "a/../../x.py", "a\\..\\x.py", "x" * 301])
def test_a_failure_is_annotated_only_in_a_file_of_the_repository(file):
    assert shown(failed_job(new(file=file))).notes == ()


def test_an_annotation_stands_on_a_line_and_says_something():
    [note] = shown(failed_job(new(line=None, message=None))).notes
    assert (note.path, note.line) == ("tests/test_api.py", 1)
    assert note.message == "New failure; job test (3.12).\n\nIt failed without a message."


ISSUE = "https://github.com/o/r/issues/1"


@pytest.mark.parametrize(
    ("jobs", "proposals", "offered"),
    [
        ([failed_job(new())], 0, ["rerun"]),
        ([failed_job(known())], 0, ["rerun", "issue"]),
        ([failed_job(known(issue_url=ISSUE))], 0, ["rerun"]),
        ([failed_job(known(decision=DecisionState.PROPOSED))], 1, ["quarantine", "rerun", "issue"]),
        ([failed_job(quarantined(issue_url=ISSUE))], 1, ["quarantine", "rerun"]),
        ([failed_job()], 0, ["rerun"]),
        ([passed_job()], 1, []),
    ],
)
def test_a_button_stands_only_where_it_does_something(jobs, proposals, offered):
    assert buttons(shown(*jobs, proposals=proposals)) == offered
    assert buttons(shown(*jobs, proposals=proposals, status="in_progress", conclusion=None)) == []


def test_a_button_is_not_shown_where_nobody_can_have_it_done():
    verdict = decide([run(failed_job(known()))], NoRuns.WAITING)
    assert buttons(check.render(verdict, proposals=0, barred={Feature.ISSUES})) == ["rerun"]
    assert buttons(check.render(verdict, proposals=0, barred={Feature.RERUN})) == ["issue"]
    build = decide([run(failed_job(known()), run_id=FIRST_BUILD)], NoRuns.WAITING)
    assert buttons(check.render(build, proposals=0)) == ["issue"]
