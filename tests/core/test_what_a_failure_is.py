"""What a failed test is to whoever reads about it, and how the check of a job with only that test ends: the whole table."""

import pytest

from app.core.model import DecisionState, Standing
from app.core.verdict import Conclusion, Kind, NoRuns, decide
from tests.core.heads import failed_job, run, some_test

STANDINGS = {
    "healthy": {"standing": Standing.HEALTHY},
    "suspect": {"standing": Standing.SUSPECT},
    "flaky": {"standing": Standing.FLAKY},
    "broken": {"standing": Standing.BROKEN, "broken_since": "abc"},
    "never_passed": {"standing": Standing.BROKEN},
}
DECISIONS = {
    "-": None,
    "proposed": DecisionState.PROPOSED,
    "quarantine": DecisionState.ACTIVE,
    "ended": DecisionState.EXPIRED,
}
FLAGS = {
    "touched": {"is_touched": True},
    "again": {"is_consistent": True},
    "alike": {"is_shared": True},
    "machine": {"infra": "the disk was full"},
}

# Standing, decision, whether it was seen to flake in this way, and what else is true of the failure: the pull request
# touches the test's file, it fails again and again on this commit, many tests of the attempt failed alike, its machine
# failed.
TABLE = """
healthy       -           new    -                      NEW          failure
healthy       -           new    alike                  SHARED       failure
healthy       -           new    again                  NEW          failure
healthy       -           new    touched                NEW          failure
healthy       -           known  -                      NEW          failure
healthy       -           known  alike                  SHARED       failure
healthy       -           known  again                  NEW          failure
healthy       -           known  touched                NEW          failure
healthy       quarantine  new    -                      NEW_WAY      failure
healthy       quarantine  new    alike                  SHARED       failure
healthy       quarantine  new    again                  NEW_WAY      failure
healthy       quarantine  new    touched                TOUCHED      failure
healthy       quarantine  known  -                      QUARANTINED  success
healthy       quarantine  known  alike                  QUARANTINED  success
healthy       quarantine  known  again                  CONSISTENT   failure
healthy       quarantine  known  touched                TOUCHED      failure
suspect       -           new    -                      NEW          failure
suspect       -           new    alike                  SHARED       failure
suspect       -           new    again                  NEW          failure
suspect       -           new    touched                NEW          failure
suspect       -           known  -                      NEW          failure
suspect       -           known  alike                  SHARED       failure
suspect       -           known  again                  NEW          failure
suspect       -           known  touched                NEW          failure
suspect       proposed    new    -                      NEW          failure
suspect       proposed    known  -                      NEW          failure
suspect       quarantine  new    -                      NEW_WAY      failure
suspect       quarantine  new    alike                  SHARED       failure
suspect       quarantine  new    again                  NEW_WAY      failure
suspect       quarantine  new    again_alike            NEW_WAY      failure
suspect       quarantine  new    touched                TOUCHED      failure
suspect       quarantine  new    touched_alike          TOUCHED      failure
suspect       quarantine  new    touched_again          TOUCHED      failure
suspect       quarantine  new    touched_again_alike    TOUCHED      failure
suspect       quarantine  known  -                      QUARANTINED  success
suspect       quarantine  known  alike                  QUARANTINED  success
suspect       quarantine  known  again                  CONSISTENT   failure
suspect       quarantine  known  again_alike            CONSISTENT   failure
suspect       quarantine  known  touched                TOUCHED      failure
suspect       quarantine  known  touched_alike          TOUCHED      failure
suspect       quarantine  known  touched_again          TOUCHED      failure
suspect       quarantine  known  touched_again_alike    TOUCHED      failure
suspect       ended       new    -                      NEW          failure
suspect       ended       known  -                      NEW          failure
flaky         -           new    -                      NEW_WAY      failure
flaky         -           new    alike                  SHARED       failure
flaky         -           new    again                  NEW_WAY      failure
flaky         -           new    again_alike            NEW_WAY      failure
flaky         -           new    touched                TOUCHED      failure
flaky         -           new    touched_alike          TOUCHED      failure
flaky         -           new    touched_again          TOUCHED      failure
flaky         -           new    touched_again_alike    TOUCHED      failure
flaky         -           known  -                      KNOWN        neutral
flaky         -           known  alike                  KNOWN        neutral
flaky         -           known  again                  CONSISTENT   failure
flaky         -           known  again_alike            CONSISTENT   failure
flaky         -           known  touched                TOUCHED      failure
flaky         -           known  touched_alike          TOUCHED      failure
flaky         -           known  touched_again          TOUCHED      failure
flaky         -           known  touched_again_alike    TOUCHED      failure
flaky         proposed    new    -                      NEW_WAY      failure
flaky         proposed    known  -                      KNOWN        neutral
flaky         quarantine  new    -                      NEW_WAY      failure
flaky         quarantine  new    alike                  SHARED       failure
flaky         quarantine  new    again                  NEW_WAY      failure
flaky         quarantine  new    again_alike            NEW_WAY      failure
flaky         quarantine  new    touched                TOUCHED      failure
flaky         quarantine  new    touched_alike          TOUCHED      failure
flaky         quarantine  new    touched_again          TOUCHED      failure
flaky         quarantine  new    touched_again_alike    TOUCHED      failure
flaky         quarantine  known  -                      QUARANTINED  success
flaky         quarantine  known  alike                  QUARANTINED  success
flaky         quarantine  known  again                  CONSISTENT   failure
flaky         quarantine  known  again_alike            CONSISTENT   failure
flaky         quarantine  known  touched                TOUCHED      failure
flaky         quarantine  known  touched_alike          TOUCHED      failure
flaky         quarantine  known  touched_again          TOUCHED      failure
flaky         quarantine  known  touched_again_alike    TOUCHED      failure
flaky         ended       new    -                      NEW_WAY      failure
flaky         ended       known  -                      KNOWN        neutral
broken        -           new    -                      BROKEN       failure
broken        -           new    alike                  BROKEN       failure
broken        -           new    again                  BROKEN       failure
broken        -           new    touched                BROKEN       failure
broken        -           known  -                      BROKEN       failure
broken        -           known  alike                  BROKEN       failure
broken        -           known  again                  BROKEN       failure
broken        -           known  touched                BROKEN       failure
broken        quarantine  new    -                      BROKEN       failure
broken        quarantine  new    alike                  BROKEN       failure
broken        quarantine  new    again                  BROKEN       failure
broken        quarantine  new    touched                BROKEN       failure
broken        quarantine  known  -                      BROKEN       failure
broken        quarantine  known  alike                  BROKEN       failure
broken        quarantine  known  again                  BROKEN       failure
broken        quarantine  known  touched                BROKEN       failure
never_passed  -           new    -                      NEW          failure
never_passed  -           new    alike                  SHARED       failure
never_passed  -           new    again                  NEW          failure
never_passed  -           new    touched                NEW          failure
never_passed  -           known  -                      NEW          failure
never_passed  -           known  alike                  SHARED       failure
never_passed  -           known  again                  NEW          failure
never_passed  -           known  touched                NEW          failure
never_passed  quarantine  new    -                      NEW          failure
never_passed  quarantine  new    alike                  SHARED       failure
never_passed  quarantine  new    again                  NEW          failure
never_passed  quarantine  new    touched                NEW          failure
never_passed  quarantine  known  -                      NEW          failure
never_passed  quarantine  known  alike                  SHARED       failure
never_passed  quarantine  known  again                  NEW          failure
never_passed  quarantine  known  touched                NEW          failure
healthy       -           new    machine                INFRA        failure
healthy       -           new    alike_machine          INFRA        failure
healthy       -           new    again_machine          NEW          failure
healthy       quarantine  known  machine                INFRA        failure
suspect       -           known  machine                INFRA        failure
flaky         -           known  machine                INFRA        failure
flaky         -           known  again_machine          CONSISTENT   failure
flaky         -           new    touched_machine        INFRA        failure
flaky         quarantine  known  machine                INFRA        failure
flaky         quarantine  known  alike_machine          INFRA        failure
broken        -           new    machine                BROKEN       failure
broken        quarantine  known  machine                BROKEN       failure
never_passed  -           new    machine                INFRA        failure
"""


def read(row):
    standing, decision, way, flags, kind, conclusion = row.split()
    fields = STANDINGS[standing] | {"decision": DECISIONS[decision], "is_known_way": way == "known"}
    for flag in flags.split("_"):
        fields |= FLAGS.get(flag, {})
    return some_test(**fields), Kind[kind], Conclusion(conclusion)


ROWS = [row for row in TABLE.splitlines() if row]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: "-".join(row.split()[:4]))
def test_a_failure_is_what_the_table_says(row):
    test, kind, conclusion = read(row)
    assert test.kind is kind
    assert decide([run(failed_job(test))], NoRuns.WAITING).conclusion is conclusion


def test_the_table_is_large_and_says_nothing_twice():
    assert len({tuple(row.split()[:4]) for row in ROWS}) == len(ROWS) > 60


@pytest.mark.parametrize("row", ROWS)
def test_nothing_is_excused_that_was_never_seen_to_flake_like_this(row):
    test, kind, _ = read(row)
    assert not kind.is_excused or (test.is_known_way and not (test.is_touched or test.is_consistent))


def test_a_flaky_test_that_a_pull_request_breaks_as_well_is_not_excused_by_its_flakes_in_another_job():
    flake = some_test(standing=Standing.FLAKY, is_known_way=True)
    bug = some_test(standing=Standing.FLAKY)
    verdict = decide([run(failed_job(flake, name="linux"), failed_job(bug, name="windows"))], NoRuns.WAITING)
    assert verdict.conclusion is Conclusion.FAILURE
    assert [one.is_explained for one in verdict.failed_jobs] == [True, False]
