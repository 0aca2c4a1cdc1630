"""The work that there is, as values: frozen dataclasses of ids, which go through the queue.

A job says what to look at, never what to do with it: whoever does it reads what is true by then. So a superfluous or
repeated job finds nothing to do.
"""

from dataclasses import dataclass

from app.core.model import AttemptId, RepoId, TestId


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestRun:
    """Read what a workflow run left behind, all of its attempts. `run_id` is GitHub's."""

    repo_id: RepoId
    run_id: int
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestUploads:
    """Read the reports that were sent for an attempt of a run, or of a build elsewhere (app/core/uploads.py)."""

    repo_id: RepoId
    run_id: int
    run_attempt: int
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestHistory:
    """Read a run from before the App was installed, and let nothing follow from it yet. `run_id` is GitHub's."""

    repo_id: RepoId
    run_id: int
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadHistory:
    """Go on reading what a repository's CI did before the App was installed."""

    repo_id: RepoId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreRun:
    """Judge the tests that an attempt touched."""

    repo_id: RepoId
    attempt_id: AttemptId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideTests:
    """Look whether the quarantine of those tests is to begin, to be proposed or to end; then report on the commit.

    `moved` are those of which we think otherwise than before: other commits that they hit are reported on, too.
    """

    repo_id: RepoId
    tests: tuple[TestId, ...]
    moved: tuple[TestId, ...] = ()
    head_sha: str | None = None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportHead:
    """Bring the check run of a commit, and the comments of the pull requests with that head, up to date."""

    repo_id: RepoId
    head_sha: str
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileHead:
    """Look which runs of a commit are not read yet, then report on it."""

    repo_id: RepoId
    head_sha: str
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPull:
    """Something about a pull request changed: bring its comment, and what its policy file says, up to date."""

    repo_id: RepoId
    number: int
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncIssue:
    """Open, edit or close the issue that tells of a test."""

    repo_id: RepoId
    test_id: TestId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWaiting:
    """Open the issues for which a day had no room, as far as today has it; the rest is told of in one issue."""

    repo_id: RepoId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Remind:
    """Remind of a quarantine that ends soon, or whose test does not run any more (`is_absent`)."""

    repo_id: RepoId
    decision_id: int
    is_absent: bool = False
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellWeek:
    """Bring the weekly digest of a repository up to date, or close it where the policy asks for none any more."""

    repo_id: RepoId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recluster:
    """Cluster anew the failures of a repository that older rules clustered."""

    repo_id: RepoId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MirrorIssue:
    """Read the state of an issue, which may be one of ours."""

    repo_id: RepoId
    number: int
    sender: str
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ObeyComment:
    """Read a new comment and do what its commands say."""

    repo_id: RepoId
    number: int
    comment_id: int
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TickBoxes:
    """Read the boxes of our own comment, which somebody edited; those in `ticked_before` (decisions) were others' doing."""

    repo_id: RepoId
    number: int
    comment_id: int
    editor: str
    ticked_before: tuple[int, ...] | None = None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetComment:
    """Somebody deleted a comment, which may be ours."""

    repo_id: RepoId
    number: int
    comment_id: int
    sender: str
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PressButton:
    """Somebody pressed a button of our check run."""

    repo_id: RepoId
    head_sha: str
    identifier: str
    sender: str
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookAtReactions:
    """Look for thumbs on our comment on a pull request. `turn` is that of a look that was put off, None for one at once."""

    repo_id: RepoId
    number: int
    turn: int | None = None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckReader:
    """Ask what a person who made a token may do in a repository, by GitHub's ids of both."""

    person_id: int
    external_id: int
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DecideAsPerson:
    """Do what a person decided about a test on a page or by the API; that they may was seen there.

    `state` is active, resolved or dismissed; `days` is for how long, None for what the policy says. `at` is ISO 8601.
    """

    repo_id: RepoId
    test_id: TestId
    state: str
    by: str
    at: str
    days: int | None = None
    because: str | None = None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RerunFlakes:
    """Run the failed jobs of an attempt again, in which nothing but known flakes failed. `run_id` is GitHub's."""

    repo_id: RepoId
    run_id: int
    run_attempt: int
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshPolicy:
    """Read the policy file of the default branch, and CODEOWNERS; `head_sha` is the commit that touched the policy."""

    repo_id: RepoId
    head_sha: str | None = None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyPolicy:
    """Judge and decide anew about all tests of a repository: its policy is another one now."""

    repo_id: RepoId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckPolicy:
    """Say on the head of a pull request whether the policy file that it brings can be read."""

    repo_id: RepoId
    head_sha: str
    path: str
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncInstallation:
    """Read whether an installation is there and which repositories it covers. `installation_id` is GitHub's.

    `is_routine` is what time alone asks for: nothing to do where GitHub was asked lately.
    """

    installation_id: int
    is_routine: bool = False
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncRepository:
    """Read a repository's names and whether it is still there."""

    repo_id: RepoId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Do what time alone asks for: end quarantines that ran out, delete what is kept for a while only."""

    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Do the next thing that is due to old months: indexes, roll-up, retention."""

    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverDeliveries:
    """Look through GitHub's log for deliveries that did not reach us."""

    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RecoverDelivery:
    """Fetch a delivery that did not reach us, and do what it asks for. `try_id` is GitHub's number of one try.

    It is `guid` and not `delivery`: when this job is done, that of the delivery is only in the queue.
    """

    try_id: int
    guid: str
    event: str
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LookForRuns:
    """Look for finished runs of which no delivery told us: `days` back, None as far back as is due."""

    repo_id: RepoId
    days: int | None = None
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Forget:
    """Do the next steps of deleting all that is stored of a repository which the App lost some time ago."""

    repo_id: RepoId
    delivery: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TellHook:
    """Tell an operator's hook of something that has happened. Here a job says what: that it happened stays true.

    `hook` is the hook's name, `guid` the delivery's, the same however often it is tried, and `body` its JSON.
    """

    repo_id: RepoId
    hook: str
    guid: str
    event: str
    body: str
    delivery: str | None = None


Job = (
    IngestRun
    | IngestHistory
    | ReadHistory
    | ScoreRun
    | DecideTests
    | ReportHead
    | ReconcileHead
    | RefreshPull
    | IngestUploads
    | SyncIssue
    | OpenWaiting
    | Remind
    | MirrorIssue
    | ObeyComment
    | TickBoxes
    | ForgetComment
    | PressButton
    | LookAtReactions
    | RerunFlakes
    | Recluster
    | RefreshPolicy
    | ApplyPolicy
    | CheckPolicy
    | SyncInstallation
    | SyncRepository
    | Sweep
    | Upkeep
    | RecoverDeliveries
    | RecoverDelivery
    | LookForRuns
    | Forget
    | CheckReader
    | DecideAsPerson
    | TellHook
    | TellWeek
)
