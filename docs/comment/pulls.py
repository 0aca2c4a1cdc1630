"""What can become of a commit of a pull request, an example each. A new one is a new entry, wherever it reads best."""

from dataclasses import dataclass
from datetime import UTC, datetime

from app.core.caught import Caught
from app.core.comment import IN_FULL
from app.core.complete import missing_from
from app.core.impact_text import caught_words, impact_words
from app.core.model import DecisionState, Legs, Since, Standing
from app.core.text import code
from app.core.verdict import FailedTest, NoRuns, RunView
from docs.comment.values import BEFORE, BROKE, failed, failed_job, flaky, passed_job, quarantined, run

CUT_SHORT = missing_from(112, [480] * 20, read_whole=True)
DATABASE_AWAY = "OperationalError: could not connect to server: Connection refused (db:5432)"
DIED = "the runner was lost"
LAST_WEEK = datetime(2026, 2, 23, tzinfo=UTC)
HOSTILE = "test_x @octocat fixes #1 <!-- hidden --> ![i](https://evil.example/i.png) ``` \u202egnp.exe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """A commit and when it comes to this; `when` is one sentence.

    `is_there` says that a comment was written before, `shows_check` that its check run is shown beside its comment.
    """

    title: str
    when: str
    runs: tuple[RunView, ...] = ()
    no_runs: NoRuns = NoRuns.WAITING
    is_there: bool = False
    other_systems: tuple[str, ...] = ()
    shows_check: bool = False


def _tests(number: int, **changes: object) -> list[FailedTest]:
    return [failed(f"test_case_{each:02}", line=10 + 9 * each, **changes) for each in range(1, number + 1)]


SUGGESTS = flaky(
    decision=DecisionState.PROPOSED,
    proposal_id=7,
    since=Since(after=BEFORE, first=BROKE, at=LAST_WEEK, runs_in_doubt=3),
    legs=Legs(jobs=("test (windows)",), flaked=6, runs=40, others=3, others_runs=120),
    seen_since=LAST_WEEK,
    other_pulls=4,
    cost=f"{impact_words(pulls=6, runs=9, minutes=74, waited=190, to=LAST_WEEK)}; owner {code('@acme/search')}",
    guards=caught_words((Caught(pull=88, first="5b09e2d1c4", mended_by="6f7718ab20", at=LAST_WEEK),)),
)
UPLOAD = flaky(
    "test_upload_resumes",
    place="tests.test_upload",
    decision=DecisionState.PROPOSED,
    proposal_id=8,
    score=0.79,
    flake_rate=0.1,
    message="AssertionError: assert 3 == 4",
    issue_url=None,
    cost=impact_words(pulls=2, runs=2, minutes=12, waited=0, to=LAST_WEEK),
)

SITUATIONS = (
    Situation(
        title="One new failure",
        when="A test failed that is not known to be flaky.",
        runs=(run(failed_job(failed()), passed_job()),),
    ),
    Situation(
        title="A new failure beside a known flake",
        when="One failed test is known to be flaky, the other is not: the first line counts only what needs a look.",
        shows_check=True,
        runs=(run(failed_job(failed(), flaky())),),
    ),
    Situation(
        title="A failure in several jobs",
        when="A test is told once, with its jobs; this one has failed like this before, but is not proven to be flaky.",
        runs=(
            run(
                *(
                    failed_job(failed(score=0.55, flake_rate=0.02, seen_since=LAST_WEEK), name=f"test ({version})")
                    for version in ("3.11", "3.12", "3.13", "3.14", "windows", "macos")
                )
            ),
        ),
    ),
    Situation(
        title="Known flakes only",
        when="Every failed test is known to be flaky and failed as it did before: the check is neutral, and does not block.",
        runs=(run(failed_job(flaky())),),
    ),
    Situation(
        title="A flake of one platform, with what it costs",
        when="More is known of the flake, and its quarantine is proposed: tick a box to accept it.",
        shows_check=True,
        runs=(
            run(
                failed_job(
                    SUGGESTS,
                    UPLOAD,
                    name="test (windows)",
                ),
            ),
        ),
    ),
    Situation(
        title="Every failed test is in quarantine",
        when="Maintainers have put every failed test in quarantine: the check succeeds.",
        runs=(run(failed_job(quarantined())),),
    ),
    Situation(
        title="A flaky test fails in a new way",
        when="The test is known to be flaky, but its message is none of those of its proven flakes.",
        runs=(run(failed_job(flaky(is_known_way=False, message="KeyError: 'suggestions'"))),),
    ),
    Situation(
        title="A flaky test fails at every try",
        when="The test was tried three times or more on this commit, and never passed.",
        runs=(run(failed_job(flaky(is_consistent=True), attempt=3), attempt=3),),
    ),
    Situation(
        title="A quarantined test whose file the pull request changes",
        when="Nothing excuses a test in a file that the pull request itself changes.",
        runs=(run(failed_job(quarantined(is_touched=True))),),
    ),
    Situation(
        title="Broken on the default branch",
        when="The test fails on the default branch as well, from a known commit on.",
        runs=(
            run(
                failed_job(
                    failed(
                        "test_tax",
                        standing=Standing.BROKEN,
                        broken_since=BROKE,
                        since=Since(after=BEFORE, first=BROKE, at=LAST_WEEK, runs_in_doubt=1),
                        seen_since=LAST_WEEK,
                        other_pulls=5,
                    )
                )
            ),
        ),
    ),
    Situation(
        title="Fifty tests fail by one cause, and on other pull requests too",
        when="So many tests failed with one message that it is none of their own, and other pull requests have seen it.",
        runs=(run(failed_job(*_tests(50, is_shared=True, way="a", message=DATABASE_AWAY, other_pulls=3))),),
    ),
    Situation(
        title="Nine tests fail by one cause, here only",
        when="Many tests failed with one message that no other pull request has seen: it may be the change.",
        runs=(run(failed_job(*_tests(9, is_shared=True, way="a", message=DATABASE_AWAY))),),
    ),
    Situation(
        title="The machine died",
        when="The job's log shows that its machine or a service failed.",
        runs=(run(failed_job(*_tests(2, infra=DIED), infra=DIED)),),
    ),
    Situation(
        title="A report that was cut short",
        when="The report holds far fewer tests than usual, so it may hide failures: known flakes explain nothing.",
        shows_check=True,
        runs=(run(failed_job(flaky(), missing=CUT_SHORT, note="stopped early: --maxfail")),),
    ),
    Situation(
        title="A report that is missing",
        when="The job left no report, and its log names no test.",
        runs=(run(failed_job(has_results=False, failed_step="Install dependencies"), passed_job()),),
    ),
    Situation(
        title="A job that failed after its tests passed",
        when="The tests passed, and a later step failed.",
        runs=(run(failed_job(failed_step="Check coverage"), passed_job()),),
    ),
    Situation(
        title="A step that failed beside the tests",
        when="Known flakes failed, and so did another step of the job: they do not explain that.",
        runs=(run(failed_job(flaky(), failed_step="Run tests", other_step="Check types")),),
    ),
    Situation(
        title="A cancelled run",
        when="Somebody cancelled the run, or a newer push did.",
        runs=(run(failed_job(conclusion="cancelled"), conclusion="cancelled"),),
    ),
    Situation(
        title="Many failures",
        when=f"More than {IN_FULL} tests failed: so many are told in full, the others are folded away.",
        runs=(run(failed_job(*_tests(IN_FULL + 4, message="TypeError: unsupported operand type(s) for +"))),),
    ),
    Situation(
        title="Of everything something",
        when="The first line counts by kinds, and the list begins with what is most alarming.",
        runs=(
            run(
                failed_job(
                    failed(),
                    flaky("test_filters", is_known_way=False, message="KeyError: 'filters'"),
                    failed("test_tax", standing=Standing.BROKEN, broken_since=BROKE),
                    flaky(),
                    quarantined("test_zoom", place="tests.test_images", message="AssertionError: assert 2 == 3"),
                    *_tests(9, place="tests.test_orders", is_shared=True, way="a", message=DATABASE_AWAY),
                ),
                failed_job(*_tests(2, place="tests.test_export", infra=DIED), infra=DIED, name="test (windows)"),
                failed_job(name="docs", failed_step="Build the pages"),
            ),
        ),
        shows_check=True,
    ),
    Situation(
        title="Still running",
        when="A job has failed while others run.",
        runs=(
            run(
                failed_job(failed()),
                passed_job("test (3.13)", status="in_progress", conclusion=None),
                status="in_progress",
                conclusion=None,
            ),
        ),
    ),
    Situation(
        title="Green again",
        when="A comment was there, and the latest commit passes: one calm line takes its place.",
        runs=(run(passed_job("test (3.12)"), passed_job()),),
        is_there=True,
    ),
    Situation(
        title="A job without a failed test, and a comment is there",
        when="The commit before had failed tests; of this one no test failed, but a job did.",
        runs=(run(passed_job("test (3.12)"), failed_job(name="lint", failed_step="ruff check")),),
        is_there=True,
    ),
    Situation(
        title="Green from the start",
        when="Every job passed, and there was no comment before.",
        runs=(run(passed_job("test (3.12)"), passed_job(note="junit.xml: cut short")),),
        other_systems=("circleci",),
    ),
    Situation(
        title="No workflow ran",
        when="Ten minutes after the push there is no run.",
        no_runs=NoRuns.NONE_CAME,
    ),
    Situation(
        title="No workflow ran, and the pull request changes the workflows",
        when="The same, where the change itself may be why.",
        no_runs=NoRuns.WORKFLOWS_CHANGED,
    ),
    Situation(
        title="A hostile name",
        when="A test's name or message wants to mention people, close issues, show an image, hide something or turn the text around: it cannot.",
        runs=(run(failed_job(failed(HOSTILE, message=f"{HOSTILE} /flakeguard quarantine *"))),),
    ),
)
