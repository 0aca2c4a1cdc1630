"""What people do with one pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from app.sandbox.github.world import Comment, Issue, PullData

if TYPE_CHECKING:
    from app.sandbox.github.handles.repository import Repository


_CLOSES = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):? #(\d+)\b", re.IGNORECASE)
"""https://docs.github.com/en/issues/tracking-your-work-with-issues/using-issues/linking-a-pull-request-to-an-issue"""


class Pull:
    """One pull request."""

    def __init__(self, repo: Repository, number: int) -> None:
        self.repo = repo
        self.number = number

    @property
    def data(self) -> PullData:
        return self.repo.data.pulls[self.number]

    @property
    def issue(self) -> Issue:
        """Return its conversation: on GitHub every pull request is an issue, too."""
        return self.repo.data.issues[self.number]

    @property
    def head_sha(self) -> str:
        return self.data.head_sha

    @property
    def comments(self) -> list[Comment]:
        return self.issue.comments

    async def push(self, *, files: dict[str, str], author: str | None = None) -> str:
        """Push a commit to the head; returns its hash."""
        world = self.repo.stage.world
        head_repo = world.repositories[self.data.head_repository]
        who = author or self.issue.user.login
        before = self.head_sha
        made = world.commit(head_repo, self.data.head_branch, files, "more", who)
        self.data.head_sha = made.sha
        self.data.base_sha = self.repo.data.branches[self.data.base_branch]
        await self.send("synchronize", who, before=before, after=made.sha)
        if self.data.head_repository == self.repo.full_name:
            await self.repo.open_suite(made.sha, self.data.head_branch)
        return made.sha

    async def close(self, *, merged: bool = False, user: str = "dana") -> None:
        world = self.repo.stage.world
        self.issue.state, self.issue.closed_at = "closed", world.now
        self.data.merged = merged
        if merged:
            head = world.find_commit(self.repo.data, self.head_sha)
            files = head.files if head else {}
            self.repo.commit(branch=self.data.base_branch, files=files, message=f"Merge #{self.number}", author=user)
        await self.send("closed", user)

    async def edit(self, body: str, user: str = "dana") -> None:
        """Write what the pull request is about."""
        before, self.issue.body = self.issue.body, body
        await self.send("edited", user, changes={"body": {"from": before}})

    async def merge(self, user: str = "dana") -> str:
        """Merge it, with all that GitHub does and tells then; returns the commit's hash.

        Issues that its text says it fixes are closed as completed by whoever merges, where it goes into the default branch.
        """
        repo, base = self.repo.data, self.data.base_branch
        before = repo.branches[base]
        await self.close(merged=True, user=user)
        commit = repo.commits[repo.branches[base]]
        await self.repo.send("push", self.repo.stage.render.push(repo, base, before, commit, user), sender=user)
        await self.repo.open_suite(commit.sha, base)
        if base == repo.default_branch:
            for number in sorted({int(found) for found in _CLOSES.findall(self.issue.body)} & repo.issues.keys()):
                if repo.issues[number].state == "open":
                    await self.repo.close_issue(number, user)
        return commit.sha

    async def label(self, name: str, user: str = "dana") -> None:
        self.issue.labels.append(name)
        await self.send("labeled", user, label=self.repo.stage.render.label(self.repo.data, name))

    async def send(self, action: str, sender: str, **more: object) -> None:
        pull = self.repo.stage.render.full_pull(self.repo.data, self.data)
        payload = {"action": action, "number": self.number, "pull_request": pull} | more
        await self.repo.send("pull_request", payload, sender=sender)
