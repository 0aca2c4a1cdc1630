"""Pull requests as JSON."""

from app.sandbox.github.render.conversations import ConversationRenderer
from app.sandbox.github.render.values import Json, blob_sha, node_id, stamp
from app.sandbox.github.world import PullData, RepositoryData


class PullRenderer(ConversationRenderer):
    """Renders pull requests."""

    def pull(self, repo: RepositoryData, pull: PullData) -> Json:
        issue = repo.issues[pull.number]
        url = f"{self.api}/repos/{repo.full_name}/pulls/{pull.number}"
        html = f"{self.web}/{repo.full_name}/pull/{pull.number}"
        head_repo = self.world.repositories.get(pull.head_repository)
        links = ("self", "html", "issue", "comments", "review_comments", "review_comment", "commits", "statuses")
        return {
            "id": issue.id,
            "node_id": node_id("PR", issue.id),
            "number": pull.number,
            "title": issue.title,
            "body": issue.body,
            "user": self.user(issue.user),
            "labels": [self.label(repo, name) for name in issue.labels],
            "state": issue.state,
            "locked": False,
            "draft": False,
            "merged_at": stamp(issue.closed_at) if pull.merged else None,
            "closed_at": stamp(issue.closed_at),
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "merge_commit_sha": None,
            "active_lock_reason": None,
            "assignee": None,
            "assignees": [],
            "requested_reviewers": [],
            "requested_teams": [],
            "milestone": None,
            "author_association": "NONE",
            "auto_merge": None,
            "url": url,
            "html_url": html,
            "diff_url": f"{html}.diff",
            "patch_url": f"{html}.patch",
            "issue_url": url,
            "comments_url": f"{url}/comments",
            "commits_url": f"{url}/commits",
            "review_comments_url": f"{url}/comments",
            "review_comment_url": f"{url}/comments",
            "statuses_url": url,
            "_links": {name: {"href": url} for name in links},
            "head": self._end(head_repo, pull.head_branch, pull.head_sha),
            "base": self._end(repo, pull.base_branch, pull.base_sha),
        }

    def full_pull(self, repo: RepositoryData, pull: PullData) -> Json:
        """Render a pull request as it is given alone; lists know less."""
        return self.pull(repo, pull) | {
            "merged": pull.merged,
            "additions": 1,
            "deletions": 0,
            "changed_files": 1,
            "comments": len(repo.issues[pull.number].comments),
            "commits": 1,
            "mergeable": True,
            "mergeable_state": "clean",
            "maintainer_can_modify": False,
            "merged_by": None,
            "review_comments": 0,
        }

    def _end(self, repo: RepositoryData | None, ref: str, sha: str) -> Json:
        owner = repo.owner if repo else self.world.account("ghost")
        return {
            "label": f"{owner.login}:{ref}",
            "ref": ref,
            "sha": sha,
            "user": self.user(owner),
            "repo": self.repository(repo) if repo else None,
        }

    def pull_file(self, path: str, before: str | None, after: str | None) -> Json:
        """Render a file of a pull request; None is where there is no such file."""
        added, removed = len((after or "").splitlines()), len((before or "").splitlines())
        status = "added" if before is None else "removed" if after is None else "modified"
        return {
            "sha": blob_sha((after or before or "").encode()),
            "filename": path,
            "status": status,
            "additions": added,
            "deletions": removed,
            "changes": added + removed,
            "blob_url": self.web,
            "raw_url": self.web,
            "contents_url": self.api,
        }
