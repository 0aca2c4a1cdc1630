from dataclasses import replace

import pytest

from app.core.evidence import gather, is_hint
from app.core.infra import Dropped
from app.core.model import Grade, Outcome, Place
from tests.core.ci_story import HOME, story


def grades(executions, window=50, **options):
    return [one.grade.value for one in gather(executions, window=window, **options) if not is_hint(one)]


def hints(executions, window=50, **options):
    return [one.grade.value for one in gather(executions, window=window, **options) if is_hint(one)]


def test_a_retry_that_passed_within_the_attempt_is_proof():
    [proof] = gather(story("PMP"), window=50)
    assert proof.grade is Grade.E1
    assert proof.failed == Place(run_id=2, run_attempt=1, job="test", ordinal=1)
    assert proof.passed == Place(run_id=2, run_attempt=1, job="test", ordinal=2)
    assert (proof.weight, proof.age, proof.head_sha, proof.loose_signature) == (1.0, 1, "head-2", "boom")


def test_a_rerun_that_passed_is_proof():
    [proof] = gather(story("PRP"), window=50)
    assert proof.grade is Grade.E2
    assert (proof.failed.run_attempt, proof.passed.run_attempt) == (1, 2)


def test_a_failure_that_was_a_skip_to_its_job_is_as_good_a_proof():
    executions = story("PRP")
    skips = [replace(one, ordinal=one.ordinal + 1, outcome=Outcome.SKIPPED) for one in executions if one.outcome.is_bad]
    assert len(skips) == 1
    assert gather(executions + skips, window=50) == gather(executions, window=50)


def test_a_rerun_that_failed_again_is_no_proof():
    assert grades(story("PAAA")) == []


def test_two_runs_of_one_pushed_commit_are_the_same_code():
    assert grades(story("PF", head_sha="one")) == ["E2"]


@pytest.mark.parametrize(("bases", "expected"), [(("b", "b"), ["E2"]), (("b", "c"), []), ((None, None), [])])
def test_a_pull_request_tests_head_and_base_together(bases, expected):
    first, second = bases
    executions = story("F", pull=7, head_sha="h", base_sha=first) + story(
        "P", first=2, pull=7, head_sha="h", base_sha=second
    )
    assert grades(executions) == expected


def test_a_rerun_is_the_same_code_even_where_the_base_is_unknown():
    assert grades(story("R", pull=7, base_sha=None)) == ["E2"]


def test_different_commits_with_the_same_files_are_proof_on_branches_only():
    assert grades(story("PF", tree_sha="tree")) == ["E3"]
    assert grades(story("PF", tree_sha="tree", pull=7)) == []


def test_variants_and_workflows_are_not_compared_with_each_other():
    linux, windows = story("F", head_sha="h", job="linux"), story("P", head_sha="h", job="windows")
    assert grades(linux + windows) == []
    one, other = story("F", head_sha="h", workflow_id=1), story("P", first=2, head_sha="h", workflow_id=2)
    assert grades(one + other) == []


def test_a_commit_counts_once_however_many_variants_flaked_and_as_its_strongest_piece():
    executions = story("PRP", job="linux") + story("PMP", job="windows")
    assert grades(executions) == ["E1"]


@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ("PFP", ["E4"]),
        ("PFFP", ["E4"]),
        ("PFFFP", []),
        ("FP", []),
        ("PF", []),
        ("PSFSP", ["E4"]),
        ("PFPFP", ["E4", "E4"]),
        ("PRFP", ["E4", "E2"]),
    ],
)
def test_a_short_failure_between_passes_suggests_a_flake(marks, expected):
    assert grades(story(marks)) == expected


def test_what_is_proven_is_not_suggested_as_well():
    assert grades(story("PFP", job="linux") + story("PRP", job="windows")) == ["E2"]


def test_an_episode_that_two_variants_saw_is_one():
    assert grades(story("PFFP", job="linux") + story("PFPP", job="windows")) == ["E4"]


def test_branches_do_not_bound_each_others_episodes():
    assert grades(story("PP", step=2) + story("FP", first=2, step=2, branch="next", is_default_branch=False)) == []


def test_runs_of_an_unknown_branch_have_no_episodes():
    assert grades(story("PFP", branch=None, is_default_branch=False)) == []


@pytest.mark.parametrize(
    ("marks", "expected"), [("PFP", ["E5"]), ("FFP", ["E5"]), ("PFFFP", []), ("PAP", []), ("FP FP", ["E5", "E5"])]
)
def test_what_a_pull_request_broke_and_mended_at_once_is_no_more_than_a_hint(marks, expected):
    executions = story("PPP", step=20) + story(marks, first=2, pull=7)
    assert (grades(executions), hints(executions)) == ([], expected)


def test_where_a_pull_request_ends_with_a_failure_the_default_branch_says_whether_it_may_be_a_flake():
    failed = story("F", first=15, pull=7)
    assert hints(story("PPP", step=10) + failed) == ["E5"]
    assert hints(story("PFF", step=10) + failed) == []
    assert hints(story("PPF", step=10) + failed) == []
    assert hints(story("PP", step=10) + failed) == []


@pytest.mark.parametrize(
    "side",
    [
        {"pull": 7},
        {"branch": "feature", "is_default_branch": False},
        {"branch": "x", "event": "workflow_dispatch", "is_default_branch": False},
    ],
)
def test_a_side_branch_counts_where_the_same_failure_flaked_on_the_default_branch(side):
    main = story("PMPPPPPP")
    assert grades(main + story("PFP", first=9, **side)) == ["E4", "E1"]
    assert grades(main + story("PFP", first=9, signature="another", **side)) == ["E5", "E1"]
    assert grades(story("PFPPPPPP") + story("PFP", first=9, **side)) == ["E4", "E4"]
    assert grades(story("P" * 8) + story("PFP", first=9, **side)) == []


def test_a_side_branch_does_not_count_for_a_regression_of_the_default_branch():
    assert grades(story("PFFFPPPP") + story("PFP", first=9, pull=7)) == []
    assert grades(story("PFFF") + story("PFP", first=9, branch="feature", is_default_branch=False)) == []


def test_each_flake_of_the_default_branch_speaks_for_two_of_pull_requests_the_latest_ones():
    pulls = [one for pull in range(1, 5) for one in story("PFP", first=10 * pull, pull=pull, signature=f"way {pull}")]
    main = story("PFP", first=100)
    believed = [one.age for one in gather(main + pulls, window=50) if one.grade is Grade.E5 and not is_hint(one)]
    assert believed == [4, 7]
    assert hints(main + pulls) == ["E5", "E5"]
    assert hints(main + pulls + story("PFP", first=200)) == []


def test_flakes_of_pull_requests_that_are_proven_are_among_those_that_are_believed():
    main = story("PFP", first=100)
    proven = story("RRR", first=1, pull=1)
    assert hints(main + proven + story("PFP", first=20, pull=2, signature="other")) == ["E5"]


def test_other_pull_requests_are_no_outside_for_they_may_break_the_same_test():
    pulls = [one for pull in range(1, 6) for one in story("PFP", first=10 * pull, pull=pull)]
    assert grades(story("P" * 60, first=100) + pulls) == []
    assert hints(story("P" * 10, first=100) + pulls) == ["E5"] * 5


def test_what_the_base_brought_along_is_not_the_pull_requests_flake():
    main = story("PPFFFPMP")
    pull = story("P", first=9, pull=7) + story("F", first=10, pull=7, base_sha="head-4") + story("P", first=11, pull=7)
    assert grades(main + pull) == ["E1"]


def test_a_failure_on_a_pull_request_while_a_default_branch_that_has_flaked_is_well_is_believed():
    main = story("PMPPPPPPP", step=10)
    pulls = story("F", first=52, pull=1) + story("F", first=64, pull=2)
    assert grades(main + pulls) == ["E5", "E5", "E1"]
    assert grades(main + pulls + story("FF", first=66, pull=2)) == ["E5", "E1"]


def test_a_base_that_an_outage_hides_is_to_blame_for_the_same_failure_only():
    outage = Dropped(attempts=frozenset({(3, 1)}))
    main = story("PPFPMP")
    own = story("P", first=9, pull=7) + story("F", first=10, pull=7, base_sha="head-3") + story("P", first=11, pull=7)
    other = [*own[:1], *story("F", first=10, pull=7, base_sha="head-3", signature="bang"), *own[2:]]
    assert grades(main + own, dropped=outage) == ["E1"]
    assert grades(main + other, dropped=outage) == ["E5", "E1"]


def test_several_pull_requests_say_nothing_while_the_default_branch_is_broken():
    main = story("PMPFFF", step=10)
    assert grades(main + story("F", first=42, pull=1) + story("F", first=44, pull=2)) == ["E1"]


def test_without_a_pass_in_the_window_nothing_is_evidence():
    assert grades(story("FFAAF", head_sha="one")) == []


def test_skipped_executions_are_no_evidence():
    assert grades(story("SSMSS")) == ["E1"]
    assert grades(story("SFSFS")) == []


def test_the_window_is_counted_in_runs_of_the_variant():
    assert grades(story("R" + "P" * 9), window=10) == ["E2"]
    assert grades(story("R" + "P" * 10), window=10) == []
    assert grades(story("R" + "SP" * 9), window=10) == ["E2"]


@pytest.mark.parametrize(
    "dropped",
    [
        Dropped(attempts=frozenset({(2, 1)})),
        Dropped(signatures=frozenset({(2, 1, "boom")})),
        Dropped(jobs=frozenset({(2, 1, "test")})),
    ],
)
def test_a_dropped_failure_is_no_evidence_and_breaks_no_run_of_passes(dropped):
    assert grades(story("PRP"), dropped=dropped) == []
    assert grades(story("PFP"), dropped=dropped) == []
    assert grades(story("PPFP"), dropped=dropped) == ["E4"]


def test_a_failure_that_an_outage_hides_for_a_while_is_no_short_one():
    outage = Dropped(signatures=frozenset({(run, 1, "boom") for run in (2, 3, 5)}))
    assert grades(story("PFFFFP"), dropped=outage) == []
    assert grades(story("PFPPFP"), dropped=Dropped(attempts=frozenset({(5, 1)}))) == ["E4"]
    others = story("PFF", signature="no space left") + story("FP", first=4)
    assert grades(others, dropped=Dropped(attempts=frozenset({(2, 1), (3, 1)}))) == ["E4"]


def test_a_fork_is_known_by_its_repository_also_after_it_was_deleted():
    def is_fork(repository, **fields):
        [one] = gather(story("R", **fields), window=50, repository=repository)
        return one.from_fork

    assert is_fork(HOME, pull=7, head_repository="mallory/shop")
    assert is_fork(HOME, pull=7, head_repository=None)
    assert not is_fork(HOME, pull=7)
    assert not is_fork(HOME)
    assert not is_fork(None, pull=7, head_repository="mallory/shop")


def test_evidence_is_listed_latest_first():
    assert [one.age for one in gather(story("PRPMPFP"), window=50)] == [1, 3, 5]
