"""Each event asks for one job at most."""

from datetime import UTC, datetime
from typing import get_args

import pytest

from app.core import events, model
from app.intake.plan import job_for, job_for_installation
from app.jobs import (
    ForgetComment,
    IngestRun,
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

REPO = model.RepoId(3)
SHA = "a" * 40
NOW = datetime(2026, 3, 1, tzinfo=UTC)
ORIGIN = events.Origin(
    installation_id=9,
    repository=events.RepositoryRef(
        id=501, owner="acme", name="web", default_branch="main", is_private=False, is_archived=False
    ),
)
BASE = {"repo_id": REPO, "delivery": "guid"}
RUN = {"origin": ORIGIN, "run_id": 7, "run_attempt": 2, "head_sha": SHA}
COMMENT = {"origin": ORIGIN, "issue_number": 4, "comment_id": 44}


def pushed(*, branch, touches_policy, touches_owners=False):
    return events.Pushed(
        origin=ORIGIN, branch=branch, head_sha=SHA, touches_policy=touches_policy, touches_owners=touches_owners
    )


PLANS = [
    (events.RunCompleted(**RUN), IngestRun(**BASE, run_id=7)),
    (events.RunStarted(**RUN), ReportHead(**BASE, head_sha=SHA)),
    (events.SuiteRequested(origin=ORIGIN, head_sha=SHA, head_branch="f"), ReportHead(**BASE, head_sha=SHA)),
    (events.SuiteRerequested(origin=ORIGIN, head_sha=SHA), ReportHead(**BASE, head_sha=SHA)),
    (events.SuiteCompleted(origin=ORIGIN, head_sha=SHA, app_slug="x"), ReconcileHead(**BASE, head_sha=SHA)),
    (events.RepositoryChanged(origin=ORIGIN, action="renamed"), SyncRepository(**BASE)),
    (pushed(branch="main", touches_policy=True), RefreshPolicy(**BASE, head_sha=SHA)),
    (pushed(branch="main", touches_policy=False), None),
    (pushed(branch="feature", touches_policy=True), None),
    (pushed(branch="main", touches_policy=False, touches_owners=True), RefreshPolicy(**BASE)),
    (pushed(branch="feature", touches_policy=False, touches_owners=True), None),
    (
        events.ButtonPressed(origin=ORIGIN, head_sha=SHA, check_run_id=8, identifier="rerun", sender="dana"),
        PressButton(**BASE, head_sha=SHA, identifier="rerun", sender="dana"),
    ),
    (
        events.PullChanged(origin=ORIGIN, action="opened", number=4, head_sha=SHA, is_open=True, is_merged=False),
        RefreshPull(**BASE, number=4),
    ),
    (
        events.CommentWritten(**COMMENT, is_pull=True, author="dana"),
        ObeyComment(**BASE, number=4, comment_id=44),
    ),
    (
        events.CommentEdited(**COMMENT, editor="dana", ticked_before=(7,)),
        TickBoxes(**BASE, number=4, comment_id=44, editor="dana", ticked_before=(7,)),
    ),
    (
        events.CommentDeleted(**COMMENT, sender="dana"),
        ForgetComment(**BASE, number=4, comment_id=44, sender="dana"),
    ),
    (
        events.IssueChanged(
            origin=ORIGIN, action="closed", number=4, state="closed", state_reason=None, sender="dana", at=NOW
        ),
        MirrorIssue(**BASE, number=4, sender="dana"),
    ),
]


@pytest.mark.parametrize(
    ("event", "job"), PLANS, ids=[f"{n} {type(event).__name__}" for n, (event, _) in enumerate(PLANS)]
)
def test_an_event_of_a_repository_asks_for_its_job(event, job):
    assert job_for(event, REPO, "guid") == job


def test_no_event_of_a_repository_is_without_a_plan():
    assert {type(event) for event, _ in PLANS} == set(get_args(events.RepositoryEvent))


@pytest.mark.parametrize(
    "event",
    [
        events.InstallationChanged(
            installation_id=9,
            action="deleted",
            account=events.AccountRef(login="acme", type="Organization"),
            permissions={},
            at=NOW,
        ),
        events.RepositoriesChanged(installation_id=9, added=((501, "acme/web"),), removed=()),
    ],
    ids=lambda one: type(one).__name__,
)
def test_whatever_happens_to_an_installation_it_is_read_anew(event):
    assert job_for_installation(event, "guid") == SyncInstallation(installation_id=9, delivery="guid")
