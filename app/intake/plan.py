"""Which job an event asks for: at most one each, so that a delivery is done when its job is."""

from typing import assert_never

from app.core import events
from app.core.model import RepoId
from app.jobs import (
    ForgetComment,
    IngestRun,
    Job,
    MirrorIssue,
    ObeyComment,
    PressButton,
    ReconcileHead,
    RefreshPolicy,
    RefreshPull,
    ReportHead,
    SyncInstallation,
    SyncRepository,
    TickBoxes,
)


def job_for_installation(
    event: events.InstallationChanged | events.RepositoriesChanged, delivery: str | None
) -> Job | None:
    return SyncInstallation(installation_id=event.installation_id, delivery=delivery)


def job_for(event: events.RepositoryEvent, repo_id: RepoId, delivery: str | None) -> Job | None:
    """Return the job that an event of a repository asks for, None where it changes nothing that we show."""
    match event:
        case events.RunCompleted():
            return IngestRun(repo_id=repo_id, run_id=event.run_id, delivery=delivery)
        case events.RunStarted() | events.SuiteRequested() | events.SuiteRerequested():
            return ReportHead(repo_id=repo_id, head_sha=event.head_sha, delivery=delivery)
        case events.SuiteCompleted():
            return ReconcileHead(repo_id=repo_id, head_sha=event.head_sha, delivery=delivery)
        case events.RepositoryChanged():
            return SyncRepository(repo_id=repo_id, delivery=delivery)
        case events.Pushed():
            return _job_for_push(event, repo_id, delivery)
        case _:
            return _job_for_people(event, repo_id, delivery)


def _job_for_people(event: events.ConversationEvent, repo_id: RepoId, delivery: str | None) -> Job | None:
    match event:
        case events.PullChanged():
            return RefreshPull(repo_id=repo_id, number=event.number, delivery=delivery)
        case events.ButtonPressed():
            return PressButton(
                repo_id=repo_id,
                head_sha=event.head_sha,
                identifier=event.identifier,
                sender=event.sender,
                delivery=delivery,
            )
        case events.CommentWritten():
            return ObeyComment(
                repo_id=repo_id, number=event.issue_number, comment_id=event.comment_id, delivery=delivery
            )
        case events.CommentEdited():
            return TickBoxes(
                repo_id=repo_id,
                number=event.issue_number,
                comment_id=event.comment_id,
                editor=event.editor,
                ticked_before=event.ticked_before,
                delivery=delivery,
            )
        case events.CommentDeleted():
            return ForgetComment(
                repo_id=repo_id,
                number=event.issue_number,
                comment_id=event.comment_id,
                sender=event.sender,
                delivery=delivery,
            )
        case events.IssueChanged():
            return MirrorIssue(repo_id=repo_id, number=event.number, sender=event.sender, delivery=delivery)
        case _:
            assert_never(event)


def _job_for_push(event: events.Pushed, repo_id: RepoId, delivery: str | None) -> RefreshPolicy | None:
    """Have the files that are for us read again; only a commit that touched the policy is told what we think of it."""
    if event.branch != event.origin.repository.default_branch:
        return None
    if not (event.touches_policy or event.touches_owners):
        return None
    head_sha = event.head_sha if event.touches_policy else None
    return RefreshPolicy(repo_id=repo_id, head_sha=head_sha, delivery=delivery)
