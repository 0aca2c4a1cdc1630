"""The world's objects as GitHub's JSON: all fields that GitHub's description requires, and those that bots read."""

import base64
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha1, sha256

from app.sandbox.github.world import (
    Account,
    Artifact,
    Attempt,
    CheckRun,
    Comment,
    Commit,
    Installation,
    Issue,
    Job,
    PullData,
    Reaction,
    RepositoryData,
    WorkflowRun,
    World,
)

Json = dict[str, object]

PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "read",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
}
EVENTS = ["check_run", "check_suite", "issue_comment", "issues", "pull_request", "push", "repository", "workflow_run"]

_USER_PATHS = ("followers", "following", "gists", "starred", "subscriptions", "organizations", "repos", "events")
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


def stamp(at: datetime | None) -> str | None:
    return None if at is None else at.strftime("%Y-%m-%dT%H:%M:%SZ")


def node_id(kind: str, number: int) -> str:
    return base64.b64encode(f"{kind}{number}".encode()).decode()


class Renderer:
    """Renders for one address: `api` of the REST API, `web` of the pages."""

    def __init__(self, world: World, api: str, web: str) -> None:
        self.world = world
        self.api = api
        self.web = web

    def user(self, account: Account) -> Json:
        url = f"{self.api}/users/{account.login}"
        return {
            "id": account.id,
            "login": account.login,
            "node_id": node_id("U", account.id),
            "type": account.type,
            "url": url,
            "html_url": f"{self.web}/{account.login}",
            "avatar_url": f"{self.web}/avatars/{account.id}",
            "gravatar_id": "",
            "site_admin": False,
            "received_events_url": f"{url}/received_events",
        } | {f"{path}_url": f"{url}/{path}" for path in _USER_PATHS}

    def app(self) -> Json:
        world = self.world
        return {
            "id": world.app_id,
            "slug": world.app_slug,
            "node_id": node_id("A", world.app_id),
            "owner": self.user(world.account("flakeguard-owner")),
            "name": world.app_slug.capitalize(),
            "description": "",
            "external_url": self.web,
            "html_url": f"{self.web}/apps/{world.app_slug}",
            "created_at": "2026-01-01T00:00:00Z",
            "updated_at": "2026-01-01T00:00:00Z",
            "permissions": PERMISSIONS,
            "events": EVENTS,
        }

    def installation(self, one: Installation) -> Json:
        return {
            "id": one.id,
            "app_id": self.world.app_id,
            "app_slug": self.world.app_slug,
            "client_id": "Iv1.0000000000000000",
            "target_id": one.account.id,
            "target_type": one.account.type,
            "single_file_name": None,
            "repository_selection": "all",
            "access_tokens_url": f"{self.api}/app/installations/{one.id}/access_tokens",
            "html_url": f"{self.web}/settings/installations/{one.id}",
            "repositories_url": f"{self.api}/installation/repositories",
            "events": EVENTS,
            "account": self.user(one.account),
            "permissions": PERMISSIONS,
            "created_at": stamp(one.created_at),
            "updated_at": stamp(one.created_at),
            "suspended_at": stamp(one.suspended_at),
            "suspended_by": None,
        }

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
            "network_count": 0,
            "subscribers_count": 0,
            "created_at": stamp(repo.created_at),
            "updated_at": stamp(repo.created_at),
            "pushed_at": stamp(self.world.now),
        }

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

    def run(self, repo: RepositoryData, run: WorkflowRun, attempt: Attempt) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/actions/runs/{run.id}"
        head = self.world.find_commit(repo, run.head_sha)
        head_repo = self.world.repositories.get(run.head_repository)
        previous = f"{url}/attempts/{attempt.number - 1}" if attempt.number > 1 else None
        return {
            "id": run.id,
            "node_id": node_id("WR", run.id),
            "name": run.workflow,
            "path": f".github/workflows/{run.workflow.lower()}.yml",
            "display_title": head.message if head else run.workflow,
            "run_number": run.number,
            "run_attempt": attempt.number,
            "event": run.event,
            "status": attempt.status,
            "conclusion": attempt.conclusion,
            "workflow_id": run.workflow_id,
            "head_branch": run.head_branch,
            "head_sha": run.head_sha,
            "check_suite_id": run.id + 1,
            "check_suite_node_id": node_id("CS", run.id + 1),
            "url": url,
            "html_url": f"{self.web}/{repo.full_name}/actions/runs/{run.id}",
            "jobs_url": f"{url}/jobs",
            "logs_url": f"{url}/logs",
            "check_suite_url": f"{self.api}/repos/{repo.full_name}/check-suites/{run.id + 1}",
            "cancel_url": f"{url}/cancel",
            "rerun_url": f"{url}/rerun",
            "artifacts_url": f"{url}/artifacts",
            "workflow_url": f"{self.api}/repos/{repo.full_name}/actions/workflows/{run.workflow_id}",
            "previous_attempt_url": previous,
            "created_at": stamp(run.created_at),
            "updated_at": stamp(attempt.updated_at),
            "run_started_at": stamp(attempt.started_at),
            "head_commit": self.commit(head) if head else None,
            "head_repository": self.minimal_repository(head_repo) if head_repo else None,
            "repository": self.minimal_repository(repo),
            "pull_requests": self.pulls_of_run(repo, run),
        }

    def pulls_of_run(self, repo: RepositoryData, run: WorkflowRun) -> list[Json]:
        """List the open pull requests of a run's branch. GitHub never names those of forks."""
        if run.head_repository != repo.full_name:
            return []
        found = [
            p for p in repo.pulls.values() if p.head_branch == run.head_branch and p.head_repository == repo.full_name
        ]
        return [self.pull_of_run(repo, p) for p in found if repo.issues[p.number].state == "open"]

    def pull_of_run(self, repo: RepositoryData, pull: PullData) -> Json:
        place = {"id": repo.id, "name": repo.name, "url": f"{self.api}/repos/{repo.full_name}"}
        return {
            "id": pull.number + 500_000,
            "number": pull.number,
            "url": f"{self.api}/repos/{repo.full_name}/pulls/{pull.number}",
            "head": {"ref": pull.head_branch, "sha": pull.head_sha, "repo": place},
            "base": {"ref": pull.base_branch, "sha": pull.base_sha, "repo": place},
        }

    def job(self, repo: RepositoryData, run: WorkflowRun, job: Job) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/actions"
        return {
            "id": job.id,
            "node_id": node_id("J", job.id),
            "run_id": run.id,
            "run_attempt": job.attempt,
            "run_url": f"{url}/runs/{run.id}",
            "head_sha": run.head_sha,
            "head_branch": run.head_branch,
            "workflow_name": run.workflow,
            "name": job.name,
            "url": f"{url}/jobs/{job.id}",
            "html_url": f"{self.web}/{repo.full_name}/actions/runs/{run.id}/job/{job.id}",
            "check_run_url": f"{self.api}/repos/{repo.full_name}/check-runs/{job.id}",
            "status": job.status,
            "conclusion": job.conclusion,
            "created_at": stamp(job.started_at),
            "started_at": stamp(job.started_at),
            "completed_at": stamp(job.completed_at),
            "labels": ["ubuntu-latest"],
            "runner_id": 1,
            "runner_name": "GitHub Actions 1",
            "runner_group_id": 1,
            "runner_group_name": "GitHub Actions",
            "steps": [
                {
                    "number": step.number,
                    "name": step.name,
                    "status": "completed",
                    "conclusion": step.conclusion,
                    "started_at": stamp(step.started_at),
                    "completed_at": stamp(step.completed_at),
                }
                for step in job.steps
            ],
        }

    def artifact(self, repo: RepositoryData, run: WorkflowRun, artifact: Artifact) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/actions/artifacts/{artifact.id}"
        return {
            "id": artifact.id,
            "node_id": node_id("AR", artifact.id),
            "name": artifact.name,
            "size_in_bytes": len(artifact.data),
            "url": url,
            "archive_download_url": f"{url}/zip",
            "expired": artifact.is_expired,
            "digest": f"sha256:{sha256(artifact.data).hexdigest()}",
            "created_at": stamp(artifact.created_at),
            "updated_at": stamp(artifact.created_at),
            "expires_at": stamp(artifact.created_at.replace(year=artifact.created_at.year + 1)),
            "workflow_run": {
                "id": run.id,
                "repository_id": repo.id,
                "head_repository_id": repo.id,
                "head_branch": run.head_branch,
                "head_sha": run.head_sha,
            },
        }

    def check_run(self, repo: RepositoryData, check: CheckRun) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/check-runs/{check.id}"
        return {
            "id": check.id,
            "node_id": node_id("CR", check.id),
            "name": check.name,
            "head_sha": check.head_sha,
            "external_id": check.external_id or "",
            "url": url,
            "html_url": f"{self.web}/{repo.full_name}/runs/{check.id}",
            "details_url": check.details_url or self.web,
            "status": check.status,
            "conclusion": check.conclusion,
            "started_at": stamp(check.started_at),
            "completed_at": stamp(check.completed_at),
            "check_suite": {"id": check.id + 1},
            "app": self.app(),
            "pull_requests": [],
            "output": {
                "title": check.title,
                "summary": check.summary,
                "text": check.text,
                "annotations_count": len(check.annotations),
                "annotations_url": f"{url}/annotations",
            },
        }

    def check_suite(self, repo: RepositoryData, head_sha: str, status: str, conclusion: str | None, app: Json) -> Json:
        number = int(sha1(f"{head_sha}{app['id']}".encode(), usedforsecurity=False).hexdigest()[:12], 16)
        head = self.world.find_commit(repo, head_sha)
        branch = next((name for name, sha in repo.branches.items() if sha == head_sha), None)
        url = f"{self.api}/repos/{repo.full_name}/check-suites/{number}"
        return {
            "id": number,
            "node_id": node_id("CS", number),
            "head_branch": branch,
            "head_sha": head_sha,
            "status": status,
            "conclusion": conclusion,
            "url": url,
            "before": head.parent if head else None,
            "after": head_sha,
            "created_at": stamp(self.world.now),
            "updated_at": stamp(self.world.now),
            "app": app,
            "head_commit": self.commit(head) if head else None,
            "repository": self.minimal_repository(repo),
            "latest_check_runs_count": 1,
            "check_runs_url": f"{url}/check-runs",
            "pull_requests": [],
        }

    def label(self, repo: RepositoryData, name: str) -> Json:
        return {
            "id": int(sha1(name.encode(), usedforsecurity=False).hexdigest()[:8], 16),
            "node_id": node_id("L", len(name)),
            "url": f"{self.api}/repos/{repo.full_name}/labels/{name}",
            "name": name,
            "description": None,
            "color": repo.labels.get(name, "ededed"),
            "default": False,
        }

    def issue(self, repo: RepositoryData, issue: Issue) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/issues/{issue.number}"
        html = f"{self.web}/{repo.full_name}/issues/{issue.number}"
        pull = {"pull_request": {"url": url, "html_url": html, "diff_url": html, "patch_url": html, "merged_at": None}}
        return {
            "id": issue.id,
            "node_id": node_id("I", issue.id),
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "user": self.user(issue.user),
            "labels": [self.label(repo, name) for name in issue.labels],
            "state": issue.state,
            "state_reason": issue.state_reason,
            "locked": False,
            "assignee": None,
            "assignees": [],
            "milestone": None,
            "comments": len(issue.comments),
            "author_association": "NONE",
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "closed_at": stamp(issue.closed_at),
            "url": url,
            "html_url": html,
            "repository_url": f"{self.api}/repos/{repo.full_name}",
            "comments_url": f"{url}/comments",
            "events_url": f"{url}/events",
            "labels_url": f"{url}/labels",
        } | (pull if issue.is_pull else {})

    def comment(self, repo: RepositoryData, comment: Comment) -> Json:
        url = f"{self.api}/repos/{repo.full_name}/issues"
        return {
            "id": comment.id,
            "node_id": node_id("IC", comment.id),
            "url": f"{url}/comments/{comment.id}",
            "html_url": f"{self.web}/{repo.full_name}/issues/{comment.number}#issuecomment-{comment.id}",
            "issue_url": f"{url}/{comment.number}",
            "body": comment.body,
            "user": self.user(comment.user),
            "author_association": "NONE",
            "created_at": stamp(comment.created_at),
            "updated_at": stamp(comment.updated_at),
            "performed_via_github_app": self.app() if comment.by_app else None,
        }

    def reaction(self, one: Reaction) -> Json:
        return {
            "id": one.id,
            "node_id": node_id("RE", one.id),
            "user": self.user(one.user),
            "content": one.content,
            "created_at": stamp(one.at),
        }

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
            "merged": pull.merged,
            "merged_at": stamp(issue.closed_at) if pull.merged else None,
            "closed_at": stamp(issue.closed_at),
            "created_at": stamp(issue.created_at),
            "updated_at": stamp(issue.updated_at),
            "merge_commit_sha": None,
            "assignee": None,
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

    def content(self, repo: RepositoryData, commit: Commit, path: str) -> Json:
        raw = commit.files[path].encode()
        sha = sha1(b"blob %d\0" % len(raw) + raw, usedforsecurity=False).hexdigest()
        url = f"{self.api}/repos/{repo.full_name}/contents/{path}"
        links: Mapping[str, str | None] = {"self": url, "git": url, "html": url}
        return {
            "type": "file",
            "encoding": "base64",
            "name": path.rpartition("/")[2],
            "path": path,
            "sha": sha,
            "size": len(raw),
            "content": base64.encodebytes(raw).decode(),
            "url": url,
            "git_url": url,
            "html_url": url,
            "download_url": url,
            "_links": dict(links),
        }
