"""Repositories, commits and files as JSON."""

import base64
from collections.abc import Mapping

from app.sandbox.github.render.accounts import AccountRenderer
from app.sandbox.github.render.values import Json, blob_sha, node_id, stamp
from app.sandbox.github.world import Commit, RepositoryData

_REPO_PATHS = [
    "archive",
    "assignees",
    "blobs",
    "branches",
    "collaborators",
    "comments",
    "commits",
    "compare",
    "contents",
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "git_commits",
    "git_refs",
    "git_tags",
    "hooks",
    "issue_comment",
    "issue_events",
    "issues",
    "keys",
    "labels",
    "languages",
    "merges",
    "milestones",
    "notifications",
    "pulls",
    "releases",
    "stargazers",
    "statuses",
    "subscribers",
    "subscription",
    "tags",
    "teams",
    "trees",
]


class RepositoryRenderer(AccountRenderer):
    """Renders repositories."""

    def minimal_repository(self, repo: RepositoryData) -> Json:
        url = f"{self.api}/repos/{repo.full_name}"
        return {
            "id": repo.id,
            "node_id": node_id("R", repo.id),
            "name": repo.name,
            "full_name": repo.full_name,
            "owner": self.user(repo.owner),
            "private": repo.is_private,
            "html_url": f"{self.web}/{repo.full_name}",
            "description": None,
            "fork": repo.parent is not None,
            "url": url,
        } | {f"{path}_url": f"{url}/{path}" for path in _REPO_PATHS}

    def installed_repository(self, repo: RepositoryData) -> Json:
        """Render a repository as webhooks of installations name it."""
        whole = self.minimal_repository(repo)
        return {name: whole[name] for name in ("id", "node_id", "name", "full_name", "private")}

    def repository(self, repo: RepositoryData) -> Json:
        web = f"{self.web}/{repo.full_name}"
        return self.minimal_repository(repo) | {
            "clone_url": f"{web}.git",
            "git_url": f"{web}.git",
            "ssh_url": f"{web}.git",
            "svn_url": web,
            "mirror_url": None,
            "default_branch": repo.default_branch,
            "archived": repo.is_archived,
            "disabled": False,
            "visibility": "private" if repo.is_private else "public",
            "has_issues": repo.has_issues,
            "has_projects": False,
            "has_wiki": False,
            "has_pages": False,
            "has_discussions": False,
            "has_downloads": False,
            "homepage": None,
            "language": "Python",
            "license": None,
            "size": 1,
            "forks": 0,
            "forks_count": 0,
            "open_issues": 0,
            "open_issues_count": 0,
            "stargazers_count": 0,
            "watchers": 0,
            "watchers_count": 0,
            "topics": [],
            "created_at": stamp(repo.created_at),
            "updated_at": stamp(repo.created_at),
            "pushed_at": stamp(self.world.now),
        }

    def full_repository(self, repo: RepositoryData) -> Json:
        """Render a repository as it is given alone."""
        return self.repository(repo) | {"network_count": 0, "subscribers_count": 0}

    def commit(self, commit: Commit) -> Json:
        person = {"name": commit.author, "email": f"{commit.author}@example.com"}
        return {
            "id": commit.sha,
            "tree_id": commit.tree_sha,
            "message": commit.message,
            "timestamp": stamp(commit.at),
            "author": person,
            "committer": person,
        }

    def content(self, repo: RepositoryData, commit: Commit, path: str) -> Json:
        raw = commit.files[path].encode()
        url = f"{self.api}/repos/{repo.full_name}/contents/{path}"
        links: Mapping[str, str | None] = {"self": url, "git": url, "html": url}
        return {
            "type": "file",
            "encoding": "base64",
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": blob_sha(raw),
            "size": len(raw),
            "content": base64.encodebytes(raw).decode(),
            "url": url,
            "git_url": url,
            "html_url": url,
            "download_url": url,
            "_links": dict(links),
        }

    def push(self, repo: RepositoryData, branch: str, before: str | None, commit: Commit, author: str) -> Json:
        """Render what a webhook says of a push of one commit, `before` None where the branch is new."""
        pushed = self.pushed_commit(repo, commit)
        web = f"{self.web}/{repo.full_name}"
        return {
            "ref": f"refs/heads/{branch}",
            "base_ref": None,
            "before": before or "0" * 40,
            "after": commit.sha,
            "created": before is None,
            "deleted": False,
            "forced": False,
            "compare": f"{web}/compare/{(before or commit.sha)[:12]}...{commit.sha[:12]}",
            "commits": [pushed],
            "head_commit": pushed,
            "pusher": {"name": author, "email": f"{author}@example.com"},
        }

    def git_commit(self, repo: RepositoryData, commit: Commit) -> Json:
        """Render a commit as Git keeps it."""
        api, web = f"{self.api}/repos/{repo.full_name}/git", f"{self.web}/{repo.full_name}"
        who = {"name": commit.author, "email": f"{commit.author}@example.com", "date": stamp(commit.at)}
        parents = [commit.parent] if commit.parent else []
        return {
            "sha": commit.sha,
            "node_id": node_id("C", repo.id),
            "url": f"{api}/commits/{commit.sha}",
            "html_url": f"{web}/commit/{commit.sha}",
            "author": who,
            "committer": who,
            "tree": {"sha": commit.tree_sha, "url": f"{api}/trees/{commit.tree_sha}"},
            "message": commit.message,
            "parents": [
                {"sha": sha, "url": f"{api}/commits/{sha}", "html_url": f"{web}/commit/{sha}"} for sha in parents
            ],
            "verification": {
                "verified": False,
                "reason": "unsigned",
                "signature": None,
                "payload": None,
                "verified_at": None,
            },
        }

    def pushed_commit(self, repo: RepositoryData, commit: Commit) -> Json:
        """Render a commit with the paths that it touches."""
        parent = repo.commits.get(commit.parent or "")
        before = parent.files if parent else {}
        changed = [path for path, text in commit.files.items() if before.get(path) != text]
        return self.commit(commit) | {
            "url": f"{self.web}/{repo.full_name}/commit/{commit.sha}",
            "distinct": True,
            "added": [path for path in changed if path not in before],
            "removed": [path for path in before if path not in commit.files],
            "modified": [path for path in changed if path in before],
        }
