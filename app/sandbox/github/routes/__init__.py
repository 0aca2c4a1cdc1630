"""The operations of the REST API that a bot of our kind uses: which path leads to which, and what right it takes."""

from aiohttp import web

from app.sandbox.github.api import Api
from app.sandbox.github.ask import Handler
from app.sandbox.github.routes import actions, apps, checks, conversations, pulls, repositories

REPO = "/repos/{owner}/{repo}"
OPERATIONS: tuple[tuple[str, str, Handler, str | None], ...] = (
    ("GET", "/app", apps.get_app, None),
    ("GET", "/app/installations", apps.list_installations, None),
    ("GET", "/app/installations/{installation_id}", apps.get_installation, None),
    ("POST", "/app/installations/{installation_id}/access_tokens", apps.create_token, None),
    ("GET", "/app/hook/deliveries", apps.list_deliveries, None),
    ("GET", "/app/hook/deliveries/{delivery_id}", apps.get_delivery, None),
    ("POST", "/app/hook/deliveries/{delivery_id}/attempts", apps.redeliver, None),
    ("GET", f"{REPO}/installation", apps.get_repository_installation, None),
    ("GET", "/installation/repositories", repositories.list_repositories, "metadata:read"),
    ("GET", REPO, repositories.get_repository, "metadata:read"),
    ("GET", f"{REPO}/collaborators/{{username}}/permission", repositories.get_permission, "metadata:read"),
    ("GET", f"{REPO}/contents/{{path:.+}}", repositories.get_contents, "contents:read"),
    ("GET", f"{REPO}/actions/runs", actions.list_runs, "actions:read"),
    ("GET", f"{REPO}/actions/runs/{{run_id}}", actions.get_run, "actions:read"),
    ("GET", f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}", actions.get_run_attempt, "actions:read"),
    (
        "GET",
        f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}/jobs",
        actions.list_attempt_jobs,
        "actions:read",
    ),
    ("GET", f"{REPO}/actions/runs/{{run_id}}/artifacts", actions.list_artifacts, "actions:read"),
    ("GET", f"{REPO}/actions/artifacts/{{artifact_id}}/zip", actions.download_artifact, "actions:read"),
    ("GET", f"{REPO}/actions/jobs/{{job_id}}/logs", actions.download_job_log, "actions:read"),
    ("POST", f"{REPO}/actions/runs/{{run_id}}/rerun-failed-jobs", actions.rerun_failed_jobs, "actions:write"),
    ("GET", f"{REPO}/check-runs/{{check_run_id}}/annotations", checks.list_annotations, "checks:read"),
    ("GET", f"{REPO}/commits/{{ref}}/check-runs", checks.list_for_commit, "checks:read"),
    ("GET", f"{REPO}/commits/{{ref}}/check-suites", checks.list_check_suites, "checks:read"),
    ("POST", f"{REPO}/check-runs", checks.create_check, "checks:write"),
    ("PATCH", f"{REPO}/check-runs/{{check_run_id}}", checks.update_check, "checks:write"),
    ("GET", f"{REPO}/issues", conversations.list_issues, "issues:read"),
    ("POST", f"{REPO}/issues", conversations.create_issue, "issues:write"),
    ("GET", f"{REPO}/issues/{{issue_number}}", conversations.get_issue, "issues:read"),
    ("PATCH", f"{REPO}/issues/{{issue_number}}", conversations.edit_issue, "issues:write pull_requests:write"),
    ("GET", f"{REPO}/issues/{{issue_number}}/comments", conversations.list_comments, "issues:read pull_requests:read"),
    (
        "POST",
        f"{REPO}/issues/{{issue_number}}/comments",
        conversations.create_comment,
        "issues:write pull_requests:write",
    ),
    ("GET", f"{REPO}/issues/comments/{{comment_id}}", conversations.get_comment, "issues:read pull_requests:read"),
    ("PATCH", f"{REPO}/issues/comments/{{comment_id}}", conversations.edit_comment, "issues:write pull_requests:write"),
    (
        "DELETE",
        f"{REPO}/issues/comments/{{comment_id}}",
        conversations.delete_comment,
        "issues:write pull_requests:write",
    ),
    ("GET", f"{REPO}/issues/comments/{{comment_id}}/reactions", conversations.list_reactions, "issues:read"),
    ("POST", f"{REPO}/issues/comments/{{comment_id}}/reactions", conversations.add_reaction, "issues:write"),
    ("GET", f"{REPO}/labels/{{name}}", conversations.get_label, "issues:read pull_requests:read"),
    ("POST", f"{REPO}/labels", conversations.create_label, "issues:write pull_requests:write"),
    ("GET", f"{REPO}/git/commits/{{commit_sha}}", repositories.get_git_commit, "contents:read"),
    ("GET", f"{REPO}/pulls", pulls.list_pulls, "pull_requests:read"),
    ("GET", f"{REPO}/pulls/{{pull_number}}", pulls.get_pull, "pull_requests:read contents:read"),
    ("GET", f"{REPO}/pulls/{{pull_number}}/files", pulls.list_pull_files, "pull_requests:read"),
    ("GET", f"{REPO}/commits/{{commit_sha}}/pulls", pulls.list_commit_pulls, "pull_requests:read"),
)
"""Method, path, operation, and the rights of which one will do; None where the App itself asks with its JWT."""


def add_routes(app: web.Application, api: Api) -> None:
    for method, path, handler, needed in OPERATIONS:
        prefix = api.stage.world.edition.prefix
        app.router.add_route(method, prefix + path, api.wrap(handler, needed))
        if path.startswith(REPO) and needed is not None:
            # Where the redirects of renamed repositories lead.
            by_number = path.replace(REPO, "/repositories/{repository_id}", 1)
            app.router.add_route(method, prefix + by_number, api.wrap(handler, needed))
