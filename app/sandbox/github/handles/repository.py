"""What people do in one repository."""

from __future__ import annotations

from collections.abc import Sequence

from app.sandbox.github.ci import begin_run
from app.sandbox.github.handles.pull import Pull
from app.sandbox.github.handles.run import Run
from app.sandbox.github.render import Json
from app.sandbox.github.routes.conversations import find_comment
from app.sandbox.github.runs import Attempt, Ending, WorkflowRun
from app.sandbox.github.specs import ArtifactSpec, JobSpec
from app.sandbox.github.stage import Stage
from app.sandbox.github.world import CheckRun, Comment, Issue, PullData, Reaction, RepositoryData


class Repository:
    """One repository of the sandbox."""

    def __init__(self, stage: Stage, data: RepositoryData) -> None:
        self.stage = stage
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

    def grant(self, login: str, role: str, *, based_on: str | None = None) -> None:
        """Give somebody a role, one of GitHub's or one of the organisation's own that is based on one of GitHub's."""
        self.stage.world.account(login)
        self.data.roles[login] = role
        if based_on is not None:
            self.data.own_roles[role] = based_on

    def fork(self, owner: str) -> Repository:
        """Fork the repository; the App is not installed on the fork."""
        world = self.stage.world
        account = world.account(owner)
        data = world.repository(account, self.data.name, default_branch=self.data.default_branch)
        data.parent = self.full_name
        data.branches, data.commits = dict(self.data.branches), dict(self.data.commits)
        return Repository(self.stage, data)

    def commit(self, *, branch: str, files: dict[str, str], message: str, author: str) -> str:
        """Put a commit on a branch, without any webhook; returns its hash."""
        return self.stage.world.commit(self.data, branch, files, message, author).sha

    async def push(self, *, branch: str, files: dict[str, str], message: str, author: str) -> str:
        """Push a commit; returns its hash."""
        before = self.data.branches.get(branch)
        sha = self.commit(branch=branch, files=files, message=message, author=author)
        payload = self.stage.render.push(self.data, branch, before, self.data.commits[sha], author)
        await self.send("push", payload, sender=author)
        await self.open_suite(sha, branch)
        return sha

    async def open_suite(self, sha: str, branch: str | None, action: str = "requested") -> None:
        suite = self.stage.render.check_suite(self.data, sha, "queued", None, self.stage.render.app())
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
        world, head_repo = self.stage.world, (from_fork or self).data
        base = self.data.branches[self.data.default_branch]
        head_repo.branches.setdefault(branch, base)
        sha = world.commit(head_repo, branch, files, title, author).sha
        issue = world.issue(self.data, title, "", world.account(author))
        issue.is_pull, issue.labels = True, list(labels)
        self.data.pulls[issue.number] = PullData(
            issue.number, branch, head_repo.full_name, sha, self.data.default_branch, base
        )
        pull = Pull(self, issue.number)
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
        world = self.stage.world
        sha, branch, repository = _head(self, head)
        kind = event or ("push" if isinstance(head, str) else "pull_request")
        number = len(self.data.runs) + 1
        data = WorkflowRun(
            id=world.next_run_id(),
            number=number,
            workflow_id=self.data.workflows.setdefault(workflow, world.next_id()),
            workflow=workflow,
            event=kind,
            head_sha=sha,
            head_branch=branch,
            head_repository=repository,
            created_at=world.now,
            attempts=[Attempt(1, world.now, world.now, "in_progress", None)],
            coming=Ending(jobs=tuple(jobs), artifacts=tuple(artifacts)),
        )
        await begin_run(self.stage, self.data, data)
        return Run(self.stage, self.data, data)

    async def comment(self, number: int, author: str, body: str) -> Comment:
        world = self.stage.world
        made = Comment(world.next_id(), number, world.account(author), body, world.now, world.now)
        self.data.issues[number].comments.append(made)
        await self._send_comment("created", made, author)
        return made

    async def edit_comment(self, comment_id: int, editor: str, body: str) -> None:
        comment = self._comment(comment_id)
        before, comment.body, comment.updated_at = comment.body, body, self.stage.world.now
        await self._send_comment("edited", comment, editor, changes={"body": {"from": before}})

    async def delete_comment(self, comment_id: int, user: str) -> None:
        comment = self._comment(comment_id)
        self.data.issues[comment.number].comments.remove(comment)
        await self._send_comment("deleted", comment, user)

    def react(self, comment_id: int, user: str, content: str) -> None:
        """React to a comment; GitHub sends no webhook for that."""
        world = self.stage.world
        self._comment(comment_id).reactions.append(Reaction(world.next_id(), world.account(user), content, world.now))

    async def close_issue(self, number: int, user: str, reason: str = "completed") -> None:
        issue = self.data.issues[number]
        issue.state, issue.state_reason, issue.closed_at = "closed", reason, self.stage.world.now
        issue.updated_at = self.stage.world.now
        payload: Json = {"action": "closed", "issue": self.stage.render.issue(self.data, issue)}
        await self.send("issues", payload, sender=user)

    async def reopen_issue(self, number: int, user: str) -> None:
        issue = self.data.issues[number]
        issue.state, issue.state_reason, issue.closed_at = "open", "reopened", None
        issue.updated_at = self.stage.world.now
        payload: Json = {"action": "reopened", "issue": self.stage.render.issue(self.data, issue)}
        await self.send("issues", payload, sender=user)

    async def press_button(self, check: CheckRun, identifier: str, user: str) -> None:
        payload = self._check_payload("requested_action", check) | {"requested_action": {"identifier": identifier}}
        await self.send("check_run", payload, sender=user)

    async def rerequest_check(self, check: CheckRun, user: str) -> None:
        await self.send("check_run", self._check_payload("rerequested", check), sender=user)

    def _check_payload(self, action: str, check: CheckRun) -> Json:
        return {"action": action, "check_run": self.stage.render.check_run(self.data, check)}

    def _comment(self, comment_id: int) -> Comment:
        found = find_comment(self.data, comment_id)
        if found is None:
            raise LookupError(f"no comment {comment_id}")
        return found

    async def _send_comment(self, action: str, comment: Comment, sender: str, **more: Json) -> None:
        render = self.stage.render
        payload: Json = {
            "action": action,
            "issue": render.issue(self.data, self.data.issues[comment.number]),
            "comment": render.comment(self.data, comment),
            **more,
        }
        await self.send("issue_comment", payload, sender=sender)

    async def send(self, event: str, payload: Json, *, sender: str = "dana") -> None:
        """Send a webhook of this repository to the App, if that is installed on it."""
        await self.stage.announce(self.data, event, payload, sender=sender)


def _head(repo: Repository, head: Pull | str) -> tuple[str, str, str]:
    if isinstance(head, Pull):
        return head.data.head_sha, head.data.head_branch, head.data.head_repository
    branch = next((name for name, sha in repo.data.branches.items() if sha == head), repo.data.default_branch)
    return head, branch, repo.full_name
