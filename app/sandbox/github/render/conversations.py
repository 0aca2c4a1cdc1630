"""Issues, labels, comments and reactions as JSON."""

from collections import Counter
from collections.abc import Sequence

from app.sandbox.github.render.repositories import RepositoryRenderer
from app.sandbox.github.render.values import Json, node_id, number_of, stamp
from app.sandbox.github.world import Comment, Issue, Reaction, RepositoryData

REACTIONS = ("+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes")


class ConversationRenderer(RepositoryRenderer):
    """Renders what people and bots wrote."""

    def label(self, repo: RepositoryData, name: str) -> Json:
        return {
            "id": number_of(name, digits=8),
            "node_id": node_id("L", len(name)),
            "url": f"{self.api}/repos/{repo.full_name}/labels/{name}",
            "name": name,
            "description": "",
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
            "active_lock_reason": None,
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
            "labels_url": f"{url}/labels{{/name}}",
            "reactions": self.reactions(url, ()),
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
            "reactions": self.reactions(f"{url}/comments/{comment.id}", comment.reactions),
        }

    def reactions(self, url: str, given: Sequence[Reaction]) -> Json:
        """Count reactions, those that nobody gave as well."""
        counts = Counter(one.content for one in given)
        return {
            "url": f"{url}/reactions",
            "total_count": counts.total(),
        } | {content: counts[content] for content in REACTIONS}

    def reaction(self, one: Reaction) -> Json:
        return {
            "id": one.id,
            "node_id": node_id("RE", one.id),
            "user": self.user(one.user),
            "content": one.content,
            "created_at": stamp(one.at),
        }
