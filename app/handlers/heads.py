"""What belongs to a commit: the runs that the check judges, and the pull requests that it is the head of."""

from collections.abc import Iterable, Sequence

from app.core.model import is_of_pull
from app.core.uploads import is_build
from app.core.verdict import COVERED_EVENTS
from app.db.runs import StoredAttempt
from app.github.actions import RunInfo
from app.github.repositories import PullInfo, list_commit_pulls, list_pulls
from app.handlers.bot import KnownRepo, Repo


def covered_runs(listed: Iterable[RunInfo], stored: Sequence[StoredAttempt]) -> list[RunInfo]:
    """Return the latest run of each workflow and event that the check covers.

    `listed` are those that GitHub lists for the commit; builds elsewhere whose reports were sent to us are runs, too.
    """
    builds = {one.run_id: as_listed(one) for one in stored if is_build(one.run_id)}
    return _latest_of_each([run for run in (*listed, *builds.values()) if run.event in COVERED_EVENTS])


def _latest_of_each(runs: Sequence[RunInfo]) -> list[RunInfo]:
    """Keep the latest run of each workflow and event: closing and reopening a pull request runs all of it again.

    One whose jobs were all skipped has run nothing again: a label that the workflow listens to must not hide a failure.
    """
    latest: dict[tuple[int, str], RunInfo] = {}
    for run in sorted(runs, key=lambda run: (run.conclusion != "skipped", run.created_at, run.id)):
        latest[run.workflow_id, run.event] = run
    return sorted(latest.values(), key=lambda run: run.id)


def as_listed(attempt: StoredAttempt) -> RunInfo:
    """Return a run as GitHub would list it, as far as its latest attempt is stored."""
    return RunInfo(
        id=attempt.run_id,
        run_attempt=attempt.run_attempt,
        workflow_id=attempt.workflow_id,
        name=attempt.workflow_name,
        event=attempt.event,
        head_branch=attempt.head_branch,
        head_sha=attempt.head_sha,
        tree_sha=None,
        head_repository=attempt.head_repository,
        status=attempt.status,
        conclusion=attempt.conclusion,
        created_at=attempt.run_started_at,
        run_started_at=attempt.run_started_at,
        updated_at=attempt.completed_at or attempt.run_started_at,
        html_url=attempt.html_url,
    )


async def open_pulls(repo: Repo, head_sha: str, runs: Sequence[RunInfo]) -> tuple[PullInfo, ...]:
    """Find the open pull requests with that head.

    GitHub lists those of the repository's own branches by commit; those of forks are found by owner and branch, which
    their runs name.
    """
    found = {pull.number: pull for pull in await list_commit_pulls(repo.client, head_sha)}
    branches = {(run.head_owner, run.head_branch) for run in runs if is_of_pull(run.event)}
    for owner, branch in sorted(branches, key=str):
        if owner and branch and not any(pull.head_ref == branch for pull in found.values()):
            found |= {pull.number: pull for pull in await list_pulls(repo.client, head=f"{owner}:{branch}")}
    return tuple(pull for _, pull in sorted(found.items()) if pull.head_sha == head_sha and pull.state == "open")


def shows_proposals(repo: KnownRepo, pulls: Sequence[PullInfo]) -> bool:
    """Say whether proposals about a commit are shown, and so can be accepted there, by the labels of its pull requests.

    One of them with all the labels that the policy asks for is enough; a commit of none carries no label.
    """
    carried = [pull.labels for pull in pulls] or [()]
    return any(repo.policy.quarantine.shows_on(labels) for labels in carried)
