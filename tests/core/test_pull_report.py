"""What people are told of a commit: a test once, whatever it failed in, and nothing left out that no test explains."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import check, comment
from app.core.model import Grade, Standing
from app.core.pull_report import failed_cases, headline, line_link, other_troubles
from app.core.verdict import Kind, NoRuns, Reason, ShownProof, decide
from tests.core.heads import failed_job, known, new, passed_job, quarantined, run, some_test

HEAD = "abcdef0123456789"
RUN = "https://github.com/acme/web/actions/runs/"


def judged(*runs, no_runs=NoRuns.WAITING):
    return decide(runs, no_runs)


def told(verdict, proposals=(), *, is_there=False):
    return comment.render(verdict, HEAD, proposals, is_there=is_there)


def proof(grade=Grade.E2, **changes):
    usual = {"at": datetime(2026, 2, 27, tzinfo=UTC), "failed": f"[run 7 attempt 1]({RUN}7/attempts/1)", "passed": None}
    return ShownProof(grade=grade, **usual | changes)


BROKEN = some_test("test_tax", standing=Standing.BROKEN, broken_since="1234567890abcdef")


@pytest.mark.parametrize(
    ("verdict", "said"),
    [
        (judged(), "Still running."),
        (judged(run(failed_job(new()), status="in_progress", conclusion=None)), "Still running; so far 1 test failed."),
        (judged(no_runs=NoRuns.NONE_CAME), "No workflow ran."),
        (
            judged(no_runs=NoRuns.WORKFLOWS_CHANGED),
            "No workflow ran, and this pull request changes the workflows.",
        ),
        (judged(run(passed_job())), "Every job passed."),
        (judged(run(failed_job(quarantined()))), "Good to go: the failed test is in quarantine."),
        (
            judged(run(failed_job(known("a"), known("b")))),
            "Probably not your change: both failed tests are known to be flaky.",
        ),
        (judged(run(failed_job(new(), known()))), "1 failed test needs a look."),
        (judged(run(failed_job(new("a"), new("b")))), "2 failed tests need a look."),
        (judged(run(failed_job(BROKEN, known()))), "1 failed test is broken on the default branch."),
        (
            judged(run(failed_job(BROKEN, new("a"), replace(BROKEN, case=new("b").case)))),
            "1 failed test needs a look, and 2 more are broken on the default branch.",
        ),
        (judged(run(failed_job(known(), infra="x"))), "A machine failed, not the tests: run the failed jobs again."),
        (
            judged(run(failed_job(known(), missing="it is cut"))),
            "The known flakes excuse nothing here: a report is incomplete and may hide other failures.",
        ),
        (
            judged(run(failed_job(infra="x"), conclusion="cancelled")),
            "1 job failed without a failed test.",
        ),
    ],
)
def test_the_first_line_is_the_verdict_in_plain_words(verdict, said):
    assert headline(verdict) == said


def test_a_test_that_failed_in_many_jobs_is_told_once_as_the_worst_that_it_was():
    jobs = [failed_job(known("t"), name=f"test ({number})") for number in range(5)]
    verdict = judged(run(*jobs, failed_job(known("t", is_known_way=False), name="odd")))
    [one] = failed_cases(verdict)
    assert (one.kind, len(one.failures), one.worst.job.job.name) == (Kind.NEW_WAY, 6, "odd")
    text = told(verdict)
    assert text.count("`tests.test_api.t`") == 1
    assert "and 2 more jobs" in text
    assert "`odd` and 5 more" not in check.render(verdict, proposals=0).summary
    assert "`odd` and 5 more" in check.render(verdict, proposals=0).text
    assert len(check.render(verdict, proposals=0).notes) == 1


def test_what_alarms_most_comes_first():
    touched, always = known("touched", is_touched=True), known("always", is_consistent=True)
    shared, lost = new("s", is_shared=True), new("i", infra="the disk was full")
    way = known("way", is_known_way=False)
    failed = [quarantined("q"), known("k"), BROKEN, lost, shared, touched, always, way, new("n")]
    kinds = [one.kind for one in failed_cases(judged(run(failed_job(*failed))))]
    assert kinds == list(Kind)


def test_tests_that_one_cause_made_fail_are_one_line_and_no_new_failures():
    redis = [new(f"test_{n}", is_shared=True, way="redis", message="Connection refused: redis") for n in range(12)]
    mail = [new(f"test_mail_{n}", is_shared=True, way="mail", message=None) for n in range(4)]
    verdict = judged(run(failed_job(*redis, *mail, known())))
    assert verdict.failed_jobs[0].reason is Reason.SHARED
    text = told(verdict)
    assert "**16 tests failed alike: a shared service was away, or this change breaks them all." in text
    assert "- 12 tests failed alike in `test (3.12)`:  \n  `Connection refused: redis`" in text
    assert "- 4 tests failed alike in `test (3.12)`.\n" in text
    assert text.index("- 12 tests") < text.index("- 4 tests") < text.index("test_flaky") < text.index("<details>")
    assert "New failure" not in text


def test_other_pull_requests_that_failed_alike_say_that_a_service_was_away():
    tests = [new(f"test_{n}", is_shared=True, way="redis", other_pulls=2) for n in range(9)]
    text = told(judged(run(failed_job(*tests))))
    assert "9 tests failed alike, and so they did on other pull requests: probably not your change." in text
    assert "this change breaks them all" not in text


def test_tests_that_failed_with_their_machine_are_counted_and_folded():
    lost = [new(f"test_{n}", infra="the disk was full") for n in range(3)]
    verdict = judged(run(failed_job(*lost, infra="the disk was full")))
    assert verdict.failed_jobs[0].why == (
        "the machine failed, not the code (`the disk was full`), and with it 3 tests: run it again"
    )
    text = told(verdict)
    assert "**A machine failed, not the tests: run the failed jobs again.**" in text
    assert "New failure" not in text
    assert text.index("<details>") < text.index("test_0")
    beside = judged(run(failed_job(new("own"), name="own"), failed_job(*lost, infra="the disk was full")))
    assert "1 failed test needs a look. 3 more failed with their machine." in told(beside)


def test_a_machine_that_fails_at_every_try_may_fail_of_the_change():
    always = new("always", infra="the memory was full", is_consistent=True)
    verdict = judged(run(failed_job(always, infra="the memory was full")))
    assert "the change may be the cause" in verdict.failed_jobs[0].why
    assert always.kind is Kind.NEW


def test_a_new_failure_beside_a_shared_cause_still_needs_a_look():
    verdict = judged(run(failed_job(new("own"), *(new(f"t{n}", is_shared=True, way="x") for n in range(3)))))
    assert verdict.failed_jobs[0].reason is Reason.UNEXCUSED
    assert told(verdict).count("New failure") == 1


@given(st.permutations([new("a"), known("b"), quarantined("c"), BROKEN]))
def test_the_comment_depends_on_no_order(failed):
    usual = told(judged(run(failed_job(*failed))))
    assert told(judged(run(failed_job(*sorted(failed, key=lambda test: test.case))))) == usual


def test_a_job_that_no_test_explains_is_named_beside_the_known_flakes():
    cut = failed_job(known(), missing="its report holds 4 tests, where about 9 are usual", name="cut")
    verdict = judged(run(cut, failed_job(new(), name="own")), run(conclusion="startup_failure", run_id=100))
    assert [one.job.name for one in other_troubles(verdict)] == ["cut"]
    text = told(verdict)
    assert "its report holds 4 tests, where about 9 are usual" in text
    assert "`CI` could not start" in text


def test_long_lists_of_troubles_and_jobs_are_counted():
    jobs = [failed_job(infra="x", name=f"job {number}") for number in range(310)]
    verdict = judged(run(*jobs))
    assert "- and 110 more" in told(verdict)
    assert "- and 10 more" in check.render(verdict, proposals=0).summary


@pytest.mark.parametrize(
    ("test", "link"),
    [
        (new(), f"[`tests/test_api.py:7`](https://github.com/acme/web/blob/{HEAD}/tests/test_api.py#L7)"),
        (new(line=None), f"[`tests/test_api.py`](https://github.com/acme/web/blob/{HEAD}/tests/test_api.py)"),
        (new(file="a b#c?.py"), f"[`a b#c?.py:7`](https://github.com/acme/web/blob/{HEAD}/a%20b%23c%3F.py#L7)"),
        (new(file=None, log_line=12), "line 12 of its log"),
        (new(file=None), None),
    ],
)
def test_the_line_that_failed_is_a_link_where_it_is_known(test, link):
    assert line_link(run(), HEAD, test) == link


@pytest.mark.parametrize(
    ("test", "words"),
    [
        (new(), "New failure, in [`test (3.12)`]"),
        (new(score=0.31, proofs=(proof(),)), "New failure (it flaked before, too rarely to be called flaky), in"),
        (new(score=0.05), "New failure, in"),
        (known(), "Known flake (score 0.80, flaked in 10% of 40 runs), in"),
        (known(is_consistent=True), "), but here it fails each time, so it may be a regression. In"),
        (BROKEN, "Broken on the default branch since `"),
        (known(issue_url="https://github.com/acme/web/issues/4"), "[issue](https://github.com/acme/web/issues/4)"),
        (known(message="\n  \nboom\nsecond"), "  \n  `boom`"),
        (new(seen_since=datetime(2026, 2, 1, tzinfo=UTC)), "It has failed like this since 2026-02-01."),
        (
            new(seen_since=datetime(2026, 2, 1, tzinfo=UTC), other_pulls=1),
            "since 2026-02-01, on 1 other pull request.",
        ),
        (
            known(proofs=(proof(passed=f"[run 7 attempt 2]({RUN}7/attempts/2)"),)),
            f"the same code on 2026-02-27 (failed in [run 7 attempt 1]({RUN}7/attempts/1), passed in [run 7 attempt 2]({RUN}7/attempts/2)).",
        ),
        (
            known(proofs=(proof(), proof(), proof())),
            f"(failed in [run 7 attempt 1]({RUN}7/attempts/1)), and 2 more times.",
        ),
        (known(proofs=(proof(Grade.E1, failed=None),)), "within one attempt on 2026-02-27."),
    ],
)
def test_each_failed_test_says_what_it_is_how_sure_and_why(test, words):
    assert words in told(judged(run(failed_job(test))))


def test_a_run_without_addresses_of_jobs_and_a_test_without_words_are_told_plainly():
    text = told(judged(run(failed_job(new(message=None, file=None), url=None))))
    assert f"New failure, in `test (3.12)` ([run 99]({RUN}99/attempts/1)).\n" in text


def test_ten_tests_are_told_in_full_and_the_others_folded_and_counted():
    text = told(judged(run(failed_job(*(new(f"t{number:03}") for number in range(comment.IN_FULL + 205))))))
    assert text.count("New failure") == comment.IN_FULL
    assert "<summary>205 more failed tests</summary>" in text
    assert "- and 5 more\n" in text
    assert "<details>" not in told(judged(run(failed_job(*(new(f"t{number}") for number in range(comment.IN_FULL))))))


def test_proposals_are_boxes_with_how_to_answer_and_only_so_many_at_a_time():
    case = known().case
    boxes = [comment.Proposal(id=number, case=case, score=0.8, flake_rate=0.1) for number in range(25)]
    text = told(judged(run(failed_job(known()))), boxes)
    assert text.count("- [ ] ") == comment.BOXES
    assert "- and 5 more when these are answered" in text
    assert comment.HOW_TO_ANSWER in text
    line = next(line for line in text.splitlines() if line.startswith("- [ ] "))
    assert line.endswith("<!-- flakeguard:decision 0 -->")
    assert "`tests.test_api.test_flaky`" in line
    assert comment.HOW_TO_ANSWER not in told(judged(run(failed_job(known()))))


def test_boxes_stay_whatever_else_has_to_give_way():
    failed = [new(f"{number}" + "n" * 400, message="m" * 400, file="f" * 3_000) for number in range(300)]
    [box] = [comment.Proposal(id=7, case=failed[0].case, score=0.8, flake_rate=0.1)]
    text = told(judged(run(*(failed_job(*failed, name=f"{n}" * 90) for n in range(9)))), [box])
    assert len(text) <= 65_535
    assert "<!-- flakeguard:decision 7 -->" in text


def test_a_green_head_gets_one_calm_line_where_there_is_a_comment_and_none_where_there_is_not():
    verdict = judged(run(passed_job()))
    assert told(verdict) is None
    marker, line, foot = told(verdict, is_there=True).split("\n\n")
    assert (marker, line) == (comment.MARKER, "Every job passed.")
    assert foot.startswith("<sub>For `")


def test_a_job_that_failed_without_a_test_makes_no_comment_by_itself():
    assert told(judged(run(failed_job()))) is None
    assert told(judged(run(failed_job(infra="runner lost")))) is not None


def test_an_annotation_waits_for_the_verdict_and_keeps_its_title_when_judged_again():
    job = failed_job(known())
    assert check.render(judged(run(job, status="in_progress", conclusion=None)), proposals=0).notes == ()
    [before] = check.render(judged(run(job)), proposals=0).notes
    [after] = check.render(judged(run(failed_job(replace(known(), is_touched=True)))), proposals=0).notes
    assert (before.title, before.path, before.line) == (after.title, after.path, after.line)
    assert (before.level, after.level) == ("warning", "failure")


def test_a_note_on_what_was_read_stands_beside_the_job():
    summary = check.render(judged(run(failed_job(new(), note="stopped early: --maxfail"))), proposals=0).summary
    assert "(`stopped early: --maxfail`)." in summary
