"""The comment where it has little to say: calm, silent, or asked for always."""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from app.core import comment
from app.core.comment import Proposal
from app.core.model import Legs, Since
from app.core.verdict import NoRuns, decide
from tests.core.heads import NOW, failed_job, known, new, passed_job, quarantined, run

HEAD = "abcdef0123456789"


def told(verdict, *, is_there):
    return comment.render(verdict, HEAD, [], is_there=is_there)


def said(*runs, no_runs=NoRuns.NONE_CAME):
    """The comment that is there, or always wanted, without its marker and its foot."""
    text = told(decide(runs, no_runs), is_there=True)
    return text.removeprefix(f"{comment.MARKER}\n\n").partition("\n\n<sub>")[0]


def test_a_comment_that_is_always_wanted_says_of_a_quiet_head_how_it_stands():
    assert said(run(passed_job())) == "Every job passed."
    assert said() == "No workflow ran."
    assert said(no_runs=NoRuns.WORKFLOWS_CHANGED).startswith("No workflow ran, and")
    text = said(run(failed_job()))
    assert text.startswith("1 job failed without a failed test.\n\n- Job [`test (3.12)`](")


def test_without_a_failed_test_or_an_outage_there_is_nothing_to_say():
    for verdict in (
        decide([], NoRuns.NONE_CAME),
        decide([run(passed_job())], NoRuns.WAITING),
        decide([run(failed_job())], NoRuns.WAITING),
        decide([run(conclusion="startup_failure")], NoRuns.WAITING),
        decide([run(failed_job(new()), conclusion="success")], NoRuns.WAITING),
    ):
        assert told(verdict, is_there=False) is None


def test_excused_failures_are_told_too_so_that_nobody_has_to_guess_why_it_is_green():
    for test in (known(), quarantined()):
        text = told(decide([run(failed_job(test))], NoRuns.WAITING), is_there=False)
        assert text is not None
        assert "the failed test is" in text.splitlines()[2]


def test_a_comment_says_which_commit_it_speaks_of_and_begins_with_its_marker():
    text = told(decide([run(failed_job(new()))], NoRuns.WAITING), is_there=False)
    assert text.startswith(f"{comment.MARKER}\n\n**1 failed test needs a look.**\n\n")
    assert "abcdef" in text.splitlines()[-1]


SINCE = Since(after="a1b2c3", first="d4e5f6", at=NOW, runs_in_doubt=3)
LEGS = Legs(jobs=("test (windows)",), flaked=6, runs=40, others=3, others_runs=120)


def test_a_known_flake_comes_with_the_commits_to_look_at_and_the_leg_that_it_flakes_on():
    text = told(decide([run(failed_job(known(since=SINCE, legs=LEGS)))], NoRuns.WAITING), is_there=False)
    assert (
        "Flaky since a commit after `a1b2c3` and up to `d4e5f6` (2026-03-02, in one of 3 runs). Flakes on"
        " `test (windows)` only: in 6 of 40 runs there, in none of 120 on the 3 other jobs."
    ) in text


def test_a_change_that_is_not_seen_to_lie_anywhere_is_not_told():
    endless = replace(SINCE, after=None)
    for test in (known(), known(since=endless), new(since=endless)):
        assert "laky since" not in told(decide([run(failed_job(test))], NoRuns.WAITING), is_there=False)


def test_a_proposal_says_what_the_test_cost_and_on_the_next_line_what_it_guards():
    proposal = Proposal(
        id=5,
        case=new().case,
        score=0.8,
        flake_rate=0.06,
        cost="hit 6 pull requests in 30 days",
        guards="It caught one.",
    )
    verdict = decide([run(failed_job(known()))], NoRuns.WAITING)
    text = comment.render(verdict, HEAD, [proposal], is_there=True)
    assert (
        "- [ ] Quarantine `tests.test_api.test_login` (score 0.80, flaked in 6% of its runs): hit 6 pull requests in 30 days"
        " <!-- flakeguard:decision 5 -->  \n  It caught one.\n"
    ) in text
    silent = replace(proposal, cost="", guards="")
    assert "of its runs) <!-- flakeguard:decision 5 -->\n" in comment.render(verdict, HEAD, [silent], is_there=True)


def test_a_comment_says_of_when_its_figures_are_and_nothing_where_it_has_none():
    judged = known(judged_at=NOW - timedelta(hours=1)), known("other", judged_at=NOW)
    text = comment.render(decide([run(failed_job(*judged))], NoRuns.WAITING), HEAD, [], is_there=True)
    assert text.endswith("Scores and rates as of 2026-03-02 12:00 UTC. Edited in place.</sub>")
    bare = comment.render(decide([run(failed_job(new(judged_at=NOW)))], NoRuns.WAITING), HEAD, [], is_there=True)
    assert "as of" not in bare


def test_a_proposal_counts_the_runs_that_its_rate_is_of_as_its_test_does():
    test = known(runs=33)
    proposal = Proposal(id=5, case=test.case, score=test.score, flake_rate=test.flake_rate, runs=test.runs)
    text = comment.render(decide([run(failed_job(test))], NoRuns.WAITING), HEAD, [proposal], is_there=True)
    assert text.count("score 0.80, flaked in 10% of 33 runs") == 2


@given(st.text(), st.text())
def test_a_digest_tells_texts_apart(one, other):
    assert (comment.digest(one) == comment.digest(other)) == (one == other)
