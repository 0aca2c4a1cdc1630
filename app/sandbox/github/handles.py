"""Verbs: what people and CI do in the sandbox, each with the webhooks that GitHub sends for it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from app.sandbox.github.render import Json
from app.sandbox.github.routes import actions_app, find_comment
from app.sandbox.github.specs import ArtifactSpec, JobSpec
from app.sandbox.github.world import (
    Artifact,
    Attempt,
    CheckRun,
    Comment,
    Issue,
    Job,
    PullData,
    Reaction,
    RepositoryData,
    Step,
    WorkflowRun,
)

if TYPE_CHECKING:
    from app.sandbox.github import SandboxGitHub


class Repository:
    """One repository of the sandbox."""

    def __init__(self, github: SandboxGitHub, data: RepositoryData) -> None:
        self.github = github
        self.data = data

    @property
    def full_name(self) -> str:
        return self.data.full_name

    @property
    def issues(self) -> list[Issue]:
        """Return the issues, pull requests not among them."""
        return [one for one in self.data.issues.values() if not one.is_pull]

    def check_runs(self, sha: str) -> list[CheckRun]:
        return [one for one in self.data.checks.values() if one.head_sha == sha]

    def grant(self, login: str, role: str) -> None:
        self.github.world.account(login)
        self.data.roles[login] = role

    def fork(self, owner: str) -> Repository:
        """Fork the repository; the App is not installed on the fork."""
        made = self.github.repository(f"{owner}/{self.data.name}", installed=False)
        made.data.parent = self.full_name
        made.data.branches = dict(self.data.branches)
        made.data.commits = dict(self.data.commits)
        return made

    def commit(self, *, branch: str, files: dict[str, str], message: str, author: str) -> str:
        """Put a commit on a branch, without any webhook; returns its hash."""
        return self.github.world.commit(self.data, branch, files, message, author).sha

    async def push(self, *, branch: str, files: dict[str, str], message: str, author: str) -> str:
        """Push a commit; returns its hash."""
        before = self.data.branches.get(branch)
        sha = self.commit(branch=branch, files=files, message=message, author=author)
        payload = {
            "ref": f"refs/heads/{branch}",
            "before": before or "0" * 40,
            "after": sha,
            "created": before is None,
            "deleted": False,
            "forced": False,
            "commits": [{"id": sha, "added": [], "removed": [], "modified": list(files), "message": message}],
        }
        await self.send("push", payload, sender=author)
        await self.open_suite(sha, branch)
        return sha

    async def open_suite(self, sha: str, branch: str | None, action: str = "requested") -> None:
        suite = self.github.render.check_suite(self.data, sha, "queued", None, self.github.render.app())
        await self.send("check_suite", {"action": action, "check_suite": suite | {"head_branch": branch}})

    async def open_pull(
        self,
        *,
        author: str,
        branch: str,
        files: dict[str, str],
        title: str,
        from_fork: Repository | None = None,
        labels: Sequence[str] = (),
    ) -> Pull:
        """Open a pull request with one commit on a branch of the repository, or of a fork."""
        world, head_repo = self.github.world, (from_fork or self).data
        head_repo.branches.setdefault(branch, self.data.branches[self.data.default_branch])
        sha = world.commit(head_repo, branch, files, title, author).sha
        number = max(self.data.issues, default=0) + 1
        now = world.now
        issue = Issue(world.next_id(), number, title, "", world.account(author), now, now, is_pull=True)
        issue.labels = list(labels)
        self.data.issues[number] = issue
        base = self.data.branches[self.data.default_branch]
        self.data.pulls[number] = PullData(number, branch, head_repo.full_name, sha, self.data.default_branch, base)
        pull = Pull(self, number)
        await pull.send("opened", author)
        if from_fork is None:
            await self.open_suite(sha, branch)
        return pull

    async def start_run(
        self,
        *,
        workflow: str,
        head: Pull | str,
        event: str | None = None,
        jobs: Sequence[JobSpec],
        artifacts: Sequence[ArtifactSpec] = (),
    ) -> Run:
        """Start a run of a workflow on a pull request's head or on a pushed commit."""
        world = self.github.world
        sha, branch, repository = _head(self, head)
        kind = event or ("push" if isinstance(head, str) else "pull_request")
        number = len(self.data.runs) + 1
        data = WorkflowRun(
            id=world.next_id() * 10,
            number=number,
            workflow_id=self.data.workflows.setdefault(workflow, world.next_id()),
            workflow=workflow,
            event=kind,
            head_sha=sha,
            head_branch=branch,
            head_repository=repository,
            created_at=world.now,
            attempts=[Attempt(1, world.now, world.now, "in_progress", None)],
        )
        self.data.runs[data.id] = data
        run = Run(self, data, list(jobs), list(artifacts))
        await run.send("requested")
        await run.send("in_progress")
        return run

    async def comment(self, number: int, author: str, body: str) -> Comment:
        world = self.github.world
        made = Comment(world.next_id(), number, world.account(author), body, world.now, world.now)
        self.data.issues[number].comments.append(made)
        await self._send_comment("created", made, author)
        return made

    async def edit_comment(self, comment_id: int, editor: str, body: str) -> None:
        comment = self._comment(comment_id)
        comment.body, comment.updated_at = body, self.github.world.now
        await self._send_comment("edited", comment, editor)

    async def delete_comment(self, comment_id: int, user: str) -> None:
        comment = self._comment(comment_id)
        self.data.issues[comment.number].comments.remove(comment)
        await self._send_comment("deleted", comment, user)

    def react(self, comment_id: int, user: str, content: str) -> None:
        """React to a comment; GitHub sends no webhook for that."""
        world = self.github.world
        self._comment(comment_id).reactions.append(Reaction(world.next_id(), world.account(user), content, world.now))

    async def close_issue(self, number: int, user: str, reason: str = "completed") -> None:
        issue = self.data.issues[number]
        issue.state, issue.state_reason, issue.closed_at = "closed", reason, self.github.world.now
        issue.updated_at = self.github.world.now
        payload: Json = {"action": "closed", "issue": self.github.render.issue(self.data, issue)}
        await self.send("issues", payload, sender=user)

    async def press_button(self, check: CheckRun, identifier: str, user: str) -> None:
        payload = self._check_payload("requested_action", check) | {"requested_action": {"identifier": identifier}}
        await self.send("check_run", payload, sender=user)

    async def rerequest_check(self, check: CheckRun, user: str) -> None:
        await self.send("check_run", self._check_payload("rerequested", check), sender=user)

    def _check_payload(self, action: str, check: CheckRun) -> Json:
        return {"action": action, "check_run": self.github.render.check_run(self.data, check)}

    def _comment(self, comment_id: int) -> Comment:
        found = find_comment(self.data, comment_id)
        if found is None:
            raise LookupError(f"no comment {comment_id}")
        return found

    async def _send_comment(self, action: str, comment: Comment, sender: str) -> None:
        render = self.github.render
        payload: Json = {
            "action": action,
            "issue": render.issue(self.data, self.data.issues[comment.number]),
            "comment": render.comment(self.data, comment),
        }
        if action == "edited":
            payload["changes"] = {"body": {"from": ""}}
        await self.send("issue_comment", payload, sender=sender)

    async def send(self, event: str, payload: Json, *, sender: str = "dana") -> None:
        """Send a webhook of this repository to the App, if that is installed on it."""
        if self.data.installation_id is None:
            return
        render, world = self.github.render, self.github.world
        whole = payload | {
            "repository": render.repository(self.data),
            "sender": render.user(world.account(sender)),
            "installation": {"id": self.data.installation_id, "node_id": "I"},
        }
        await self.github.webhooks.deliver(event, whole)


def _head(repo: Repository, head: Pull | str) -> tuple[str, str, str]:
    if isinstance(head, Pull):
        return head.data.head_sha, head.data.head_branch, head.data.head_repository
    branch = next((name for name, sha in repo.data.branches.items() if sha == head), repo.data.default_branch)
    return head, branch, repo.full_name


class Pull:
    """One pull request."""

    def __init__(self, repo: Repository, number: int) -> None:
        self.repo = repo
        self.number = number

    @property
    def data(self) -> PullData:
        return self.repo.data.pulls[self.number]

    @property
    def head_sha(self) -> str:
        return self.data.head_sha

    @property
    def comments(self) -> list[Comment]:
        return self.repo.data.issues[self.number].comments

    async def push(self, *, files: dict[str, str], author: str | None = None) -> str:
        """Push a commit to the head; returns its hash."""
        world = self.repo.github.world
        head_repo = world.repositories[self.data.head_repository]
        who = author or self.repo.data.issues[self.number].user.login
        made = world.commit(head_repo, self.data.head_branch, files, "more", who)
        self.data.head_sha = made.sha
        self.data.base_sha = self.repo.data.branches[self.data.base_branch]
        await self.send("synchronize", who)
        if self.data.head_repository == self.repo.full_name:
            await self.repo.open_suite(made.sha, self.data.head_branch)
        return made.sha

    async def close(self, *, merged: bool = False, user: str = "dana") -> None:
        issue = self.repo.data.issues[self.number]
        issue.state, issue.closed_at = "closed", self.repo.github.world.now
        self.data.merged = merged
        if merged:
            head = self.repo.github.world.find_commit(self.repo.data, self.head_sha)
            files = head.files if head else {}
            self.repo.commit(branch=self.data.base_branch, files=files, message=f"Merge #{self.number}", author=user)
        await self.send("closed", user)

    async def send(self, action: str, sender: str) -> None:
        pull = self.repo.github.render.full_pull(self.repo.data, self.data)
        await self.repo.send(
            "pull_request", {"action": action, "number": self.number, "pull_request": pull}, sender=sender
        )


class Run:
    """One workflow run; each attempt is completed once."""

    def __init__(self, repo: Repository, data: WorkflowRun, jobs: list[JobSpec], artifacts: list[ArtifactSpec]) -> None:
        self.repo = repo
        self.data = data
        self._jobs = jobs
        self._artifacts = artifacts

    @property
    def id(self) -> int:
        return self.data.id

    async def complete(self, conclusion: str | None = None) -> None:
        """End the latest attempt: its jobs ran one beside the other, its artifacts were uploaded."""
        attempt, world = self.data.latest, self.repo.github.world
        start = attempt.started_at
        attempt.jobs = [_job(world.next_id(), attempt.number, spec, start) for spec in self._jobs]
        for spec in self._artifacts:
            self.data.artifacts.append(self._upload(spec, attempt))
        attempt.updated_at = max((job.completed_at or start for job in attempt.jobs), default=start)
        world.now = max(world.now, attempt.updated_at)
        attempt.status = "completed"
        attempt.conclusion = conclusion or _conclude(attempt.jobs)
        render = self.repo.github.render
        for job in attempt.jobs:
            payload: Json = {"action": "completed", "workflow_job": render.job(self.repo.data, self.data, job)}
            await self.repo.send("workflow_job", payload)
        await self.send("completed")
        suite = render.check_suite(
            self.repo.data, self.data.head_sha, "completed", attempt.conclusion, actions_app(render.app())
        )
        await self.repo.send("check_suite", {"action": "completed", "check_suite": suite})

    def _upload(self, spec: ArtifactSpec, attempt: Attempt) -> Artifact:
        job = next((one for one in attempt.jobs if one.name == spec.job), None)
        at = job.steps[-1].started_at if job else attempt.started_at + timedelta(minutes=1)
        return Artifact(self.repo.github.world.next_id(), spec.name, spec.data, at, attempt.number)

    async def rerun_failed(self, *, jobs: Sequence[JobSpec], artifacts: Sequence[ArtifactSpec] = ()) -> None:
        """Run the failed jobs again and end that attempt; artifacts of earlier attempts stay listed."""
        await self._begin_again(jobs, artifacts)
        await self.complete()

    async def rerun_all(self, *, jobs: Sequence[JobSpec], artifacts: Sequence[ArtifactSpec] = ()) -> None:
        """Run everything again and end that attempt; artifacts of earlier attempts vanish from the list."""
        for artifact in self.data.artifacts:
            artifact.is_listed = False
        await self._begin_again(jobs, artifacts)
        await self.complete()

    async def _begin_again(self, jobs: Sequence[JobSpec], artifacts: Sequence[ArtifactSpec]) -> None:
        world = self.repo.github.world
        world.now += timedelta(minutes=2)
        number = len(self.data.attempts) + 1
        self.data.attempts.append(Attempt(number, world.now, world.now, "in_progress", None))
        self._jobs, self._artifacts = list(jobs), list(artifacts)
        await self.send("in_progress")

    async def send(self, action: str) -> None:
        render = self.repo.github.render
        payload: Json = {
            "action": action,
            "workflow_run": render.run(self.repo.data, self.data, self.data.latest),
            "workflow": {"id": self.data.workflow_id, "name": self.data.workflow},
        }
        await self.repo.send("workflow_run", payload)


def _job(number: int, attempt: int, spec: JobSpec, begin: datetime) -> Job:
    end = begin + timedelta(minutes=spec.minutes)
    uploading = end - timedelta(seconds=20)
    bad = spec.conclusion in ("failure", "timed_out", "cancelled")
    steps = [
        Step(1, "Set up job", "success", begin, begin + timedelta(seconds=10)),
        Step(2, spec.failed_step, spec.conclusion if bad else "success", begin + timedelta(seconds=10), uploading),
    ]
    if spec.uploads:
        steps.append(Step(3, "Upload results", "success", uploading, end))
    log = spec.log.encode() if isinstance(spec.log, str) else spec.log
    return Job(number, attempt, spec.name, spec.conclusion, begin, end, steps, log)


def _conclude(jobs: Sequence[Job]) -> str:
    words = {job.conclusion for job in jobs}
    return next((word for word in ("failure", "timed_out", "cancelled") if word in words), "success")
