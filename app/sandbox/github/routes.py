"""The operations of the REST API that a bot of our kind uses."""

from datetime import timedelta

from aiohttp import web

from app.sandbox.github.render import Json, stamp
from app.sandbox.github.server import Api, Ask, Created, Empty, Handler, Listing, Redirect, Refusal, etagged
from app.sandbox.github.world import CheckRun, Comment, Issue, Reaction, RepositoryData, WorkflowRun

ACCEPTED = frozenset({"+1", "-1", "laugh", "confused", "heart", "hooray", "rocket", "eyes"})
RERUN_FOR = timedelta(days=30)


def get_app(ask: Ask) -> Json:
    return ask.render.app()


def list_installations(ask: Ask) -> Listing:
    return Listing([ask.render.installation(one) for one in ask.world.installations.values() if not one.is_deleted])


def get_installation(ask: Ask) -> Json:
    found = ask.world.installations.get(ask.number("installation_id"))
    if found is None or found.is_deleted:
        raise Refusal(404, "Not Found")
    return ask.render.installation(found)


def get_repository_installation(ask: Ask) -> Json:
    repo = ask.world.repositories.get(f"{ask.parts['owner']}/{ask.parts['repo']}")
    if repo is None or repo.installation_id is None:
        raise Refusal(404, "Not Found")
    return ask.render.installation(ask.world.installations[repo.installation_id])


def list_repositories(ask: Ask) -> Listing:
    mine = [one for one in ask.world.repositories.values() if one.installation_id == ask.installation]
    return Listing([ask.render.repository(one) for one in mine], "repositories")


def get_repository(ask: Ask) -> Json:
    return ask.render.repository(ask.repo)


def get_permission(ask: Ask) -> Json:
    login = ask.parts["username"]
    account = ask.world.accounts.get(login)
    if account is None:
        raise Refusal(404, "Not Found")
    role = ask.repo.roles.get(login, "read" if not ask.repo.is_private else "none")
    old = {"maintain": "write", "triage": "read"}.get(role, role)
    return {"permission": old, "role_name": role, "user": ask.render.user(account)}


def get_contents(ask: Ask) -> object:
    commit = ask.world.find_commit(ask.repo, ask.query.get("ref", ask.repo.default_branch))
    path = ask.parts["path"]
    if commit is None or path not in commit.files:
        raise Refusal(404, "Not Found")
    if "raw" in ask.request.headers.get("Accept", ""):
        return web.Response(body=commit.files[path].encode(), content_type="application/octet-stream")
    return ask.render.content(ask.repo, commit, path)


def _run(ask: Ask) -> WorkflowRun:
    run = ask.repo.runs.get(ask.number("run_id"))
    if run is None:
        raise Refusal(404, "Not Found")
    return run


def list_runs(ask: Ask) -> Listing:
    query = ask.query
    wanted = {"head_sha": query.get("head_sha"), "event": query.get("event"), "head_branch": query.get("branch")}
    runs = [
        run
        for run in ask.repo.runs.values()
        if all(value is None or getattr(run, name) == value for name, value in wanted.items())
        and _is_created(run, query.get("created"))
    ]
    runs.sort(key=lambda run: -run.id)
    return Listing([ask.render.run(ask.repo, run, run.latest) for run in runs[:1000]], "workflow_runs")


def _is_created(run: WorkflowRun, asked: str | None) -> bool:
    return asked is None or (stamp(run.created_at) or "") >= asked.removeprefix(">=")


def get_run(ask: Ask) -> Json:
    run = _run(ask)
    return ask.render.run(ask.repo, run, run.latest)


def get_run_attempt(ask: Ask) -> Json:
    run, number = _run(ask), ask.number("attempt_number")
    if not 1 <= number <= len(run.attempts):
        raise Refusal(404, "Not Found")
    return ask.render.run(ask.repo, run, run.attempts[number - 1])


def list_attempt_jobs(ask: Ask) -> Listing:
    run, number = _run(ask), ask.number("attempt_number")
    if not 1 <= number <= len(run.attempts):
        raise Refusal(404, "Not Found")
    return Listing([ask.render.job(ask.repo, run, job) for job in run.attempts[number - 1].jobs], "jobs")


def list_artifacts(ask: Ask) -> Listing:
    run = _run(ask)
    shown = [one for one in run.artifacts if one.is_listed]
    return Listing([ask.render.artifact(ask.repo, run, one) for one in reversed(shown)], "artifacts")


def download_artifact(ask: Ask) -> Redirect:
    wanted = ask.number("artifact_id")
    for run in ask.repo.runs.values():
        for one in run.artifacts:
            if one.id == wanted:
                if one.is_expired:
                    raise Refusal(410, "Artifact has expired")
                return Redirect(_blob(ask, f"artifact/{one.id}"))
    raise Refusal(404, "Not Found")


def download_job_log(ask: Ask) -> Redirect:
    wanted = ask.number("job_id")
    for run in ask.repo.runs.values():
        for attempt in run.attempts:
            for job in attempt.jobs:
                if job.id == wanted:
                    # GitHub redirects in any case; whether something is stored there shows only then.
                    return Redirect(_blob(ask, f"log/{job.id}"))
    raise Refusal(404, "Not Found")


def _blob(ask: Ask, what: str) -> str:
    """Return an address on another host, as GitHub's storage is one."""
    port = ask.request.url.port
    return f"http://localhost:{port}/_blob/{what}?sig=s%2Bg%3D"


def list_for_commit(ask: Ask) -> Listing:
    commit = ask.world.find_commit(ask.repo, ask.parts["ref"])
    if commit is None:
        raise Refusal(422, f"No commit found for SHA: {ask.parts['ref']}")
    name, app_id = ask.query.get("check_name"), ask.query.get("app_id")
    found = [
        check
        for check in ask.repo.checks.values()
        if check.head_sha == commit.sha
        and name in (None, check.name)
        and (app_id is None or int(app_id) == ask.world.app_id)
    ]
    return Listing([ask.render.check_run(ask.repo, one) for one in reversed(found)], "check_runs")


def list_check_suites(ask: Ask) -> Listing:
    sha = ask.parts["ref"]
    checks = [one for one in ask.repo.checks.values() if one.head_sha == sha]
    suites = []
    if checks:
        suites.append(ask.render.check_suite(ask.repo, sha, checks[-1].status, checks[-1].conclusion, ask.render.app()))
    runs = [run for run in ask.repo.runs.values() if run.head_sha == sha]
    if runs:
        app = actions_app(ask.render.app())
        suites.append(ask.render.check_suite(ask.repo, sha, runs[-1].latest.status, runs[-1].latest.conclusion, app))
    return Listing(suites, "check_suites")


def actions_app(own: Json) -> Json:
    """Return GitHub Actions, which is an App like any other."""
    return own | {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"}


def create_check(ask: Ask) -> Created:
    head = ask.text("head_sha", most=100)
    if ask.world.find_commit(ask.repo, head) is None:
        raise Refusal(422, f"No commit found for SHA: {head}")
    check = CheckRun(
        id=ask.world.next_id(),
        name=ask.text("name"),
        head_sha=head,
        status="queued",
        conclusion=None,
        started_at=ask.world.now,
        completed_at=None,
        external_id=None,
        details_url=None,
    )
    _update(ask, check)
    ask.repo.checks[check.id] = check
    return Created(ask.render.check_run(ask.repo, check))


def update_check(ask: Ask) -> Json:
    check = ask.repo.checks.get(ask.number("check_run_id"))
    if check is None:
        raise Refusal(404, "Not Found")
    _update(ask, check)
    return ask.render.check_run(ask.repo, check)


def _update(ask: Ask, check: CheckRun) -> None:
    data = ask.data
    status, conclusion = data.get("status"), data.get("conclusion")
    output, actions = data.get("output"), data.get("actions")
    if isinstance(output, dict):
        _update_output(check, output)
    if isinstance(actions, list):
        _check_actions(actions)
        check.actions = actions
    if isinstance(status, str):
        check.status, check.conclusion, check.completed_at = status, None, None
    if isinstance(conclusion, str):
        check.status, check.conclusion, check.completed_at = "completed", conclusion, ask.world.now


def _update_output(check: CheckRun, output: Json) -> None:
    notes = output.get("annotations", [])
    if not isinstance(notes, list) or len(notes) > 50:
        raise Refusal(422, "Validation Failed", errors=["annotations: no more than 50 items"])
    for name in ("title", "summary", "text"):
        value = output.get(name)
        if isinstance(value, str) and len(value) > 65_535:
            raise Refusal(422, "Validation Failed", errors=[f"{name} is too long"])
    check.title, check.summary = str(output.get("title")), str(output.get("summary"))
    check.text = str(output["text"]) if output.get("text") is not None else None
    check.annotations += notes


def _check_actions(actions: list[Json]) -> None:
    most = {"label": 20, "description": 40, "identifier": 20}
    if len(actions) > 3 or any(len(str(one[name])) > size for one in actions for name, size in most.items()):
        raise Refusal(422, "Validation Failed", errors=["actions are too many or too long"])


def list_issues(ask: Ask) -> Listing:
    query = ask.query
    labels = [one for one in query.get("labels", "").split(",") if one]
    found = [
        issue
        for issue in ask.repo.issues.values()
        if query.get("state", "open") in ("all", issue.state)
        and query.get("creator") in (None, issue.user.login)
        and set(labels) <= set(issue.labels)
    ]
    return Listing([ask.render.issue(ask.repo, one) for one in reversed(found)])


def _issue(ask: Ask) -> Issue:
    issue = ask.repo.issues.get(ask.number("issue_number"))
    if issue is None:
        raise Refusal(404, "Not Found")
    return issue


def get_issue(ask: Ask) -> Json:
    return ask.render.issue(ask.repo, _issue(ask))


def create_issue(ask: Ask) -> Created:
    if not ask.repo.has_issues:
        raise Refusal(410, "Issues are disabled for this repo")
    body, labels = ask.data.get("body"), ask.data.get("labels")
    if isinstance(body, str) and len(body) > 65_536:
        raise Refusal(422, "Validation Failed", errors=[{"message": "body is too long (maximum is 65536 characters)"}])
    issue = new_issue(ask, ask.text("title", most=256), body if isinstance(body, str) else "")
    issue.labels = [str(one) for one in labels] if isinstance(labels, list) else []
    ask.repo.labels |= {name: "ededed" for name in issue.labels if name not in ask.repo.labels}
    return Created(ask.render.issue(ask.repo, issue))


def new_issue(ask: Ask, title: str, body: str) -> Issue:
    number = max(ask.repo.issues, default=0) + 1
    now = ask.world.now
    made = Issue(ask.world.next_id(), number, title, body, ask.world.app_account, now, now)
    ask.repo.issues[number] = made
    return made


def edit_issue(ask: Ask) -> Json:
    issue, data = _issue(ask), ask.data
    if "body" in data:
        issue.body = ask.text("body")
    if "title" in data:
        issue.title = ask.text("title", most=256)
    if "state" in data:
        issue.state = str(data["state"])
        default = "completed" if issue.state == "closed" else "reopened"
        issue.state_reason = str(data.get("state_reason") or default)
        issue.closed_at = ask.world.now if issue.state == "closed" else None
    issue.updated_at = ask.world.now
    return ask.render.issue(ask.repo, issue)


def list_comments(ask: Ask) -> Listing:
    return Listing([ask.render.comment(ask.repo, one) for one in _issue(ask).comments])


def create_comment(ask: Ask) -> Created:
    issue, now = _issue(ask), ask.world.now
    comment = Comment(ask.world.next_id(), issue.number, ask.world.app_account, ask.text("body"), now, now, by_app=True)
    issue.comments.append(comment)
    return Created(ask.render.comment(ask.repo, comment))


def find_comment(repo: RepositoryData, comment_id: int) -> Comment | None:
    return next((one for issue in repo.issues.values() for one in issue.comments if one.id == comment_id), None)


def _comment(ask: Ask) -> Comment:
    found = find_comment(ask.repo, ask.number("comment_id"))
    if found is None:
        raise Refusal(404, "Not Found")
    return found


def get_comment(ask: Ask) -> Json:
    return ask.render.comment(ask.repo, _comment(ask))


def edit_comment(ask: Ask) -> Json:
    comment = _comment(ask)
    comment.body, comment.updated_at = ask.text("body"), ask.world.now
    return ask.render.comment(ask.repo, comment)


def delete_comment(ask: Ask) -> Empty:
    comment = _comment(ask)
    ask.repo.issues[comment.number].comments.remove(comment)
    return Empty()


def list_reactions(ask: Ask) -> web.Response:
    return etagged(ask.request, [ask.render.reaction(one) for one in _comment(ask).reactions])


def add_reaction(ask: Ask) -> object:
    comment, content = _comment(ask), ask.text("content")
    if content not in ACCEPTED:
        raise Refusal(422, "Validation Failed")
    me = ask.world.app_account
    for one in comment.reactions:
        if one.user is me and one.content == content:
            return ask.render.reaction(one)
    made = Reaction(ask.world.next_id(), me, content, ask.world.now)
    comment.reactions.append(made)
    return Created(ask.render.reaction(made))


def get_label(ask: Ask) -> Json:
    if ask.parts["name"] not in ask.repo.labels:
        raise Refusal(404, "Not Found")
    return ask.render.label(ask.repo, ask.parts["name"])


def create_label(ask: Ask) -> Created:
    name = ask.text("name")
    if name in ask.repo.labels:
        raise Refusal(422, "Validation Failed", errors=[{"code": "already_exists"}])
    ask.repo.labels[name] = str(ask.data.get("color", "ededed"))
    return Created(ask.render.label(ask.repo, name))


def list_pulls(ask: Ask) -> Listing:
    head, state = ask.query.get("head"), ask.query.get("state", "open")
    found = []
    for pull in ask.repo.pulls.values():
        owner = pull.head_repository.partition("/")[0]
        if head in (None, f"{owner}:{pull.head_branch}") and state in ("all", ask.repo.issues[pull.number].state):
            found.append(ask.render.pull(ask.repo, pull))
    return Listing(list(reversed(found)))


def get_pull(ask: Ask) -> Json:
    pull = ask.repo.pulls.get(ask.number("pull_number"))
    if pull is None:
        raise Refusal(404, "Not Found")
    return ask.render.full_pull(ask.repo, pull)


def list_pull_files(ask: Ask) -> Listing:
    pull = ask.repo.pulls.get(ask.number("pull_number"))
    if pull is None:
        raise Refusal(404, "Not Found")
    head = ask.world.find_commit(ask.repo, pull.head_sha)
    base = ask.world.find_commit(ask.repo, pull.base_sha)
    before, after = base.files if base else {}, head.files if head else {}
    return Listing(
        [_file(path, before, url=ask.render.web) for path in sorted(after) if before.get(path) != after[path]]
    )


def _file(path: str, before: dict[str, str], *, url: str) -> Json:
    return {
        "sha": "0" * 40,
        "filename": path,
        "status": "modified" if path in before else "added",
        "additions": 1,
        "deletions": 0,
        "changes": 1,
        "blob_url": url,
        "raw_url": url,
        "contents_url": url,
    }


def list_commit_pulls(ask: Ask) -> Listing:
    """List the pull requests of a commit: those of forks are left out, as GitHub does."""
    sha = ask.parts["commit_sha"]
    own = [one for one in ask.repo.pulls.values() if one.head_sha == sha and one.head_repository == ask.repo.full_name]
    return Listing([ask.render.pull(ask.repo, one) for one in own])


REPO = "/repos/{owner}/{repo}"
TABLE: tuple[tuple[str, str, Handler, str | None], ...] = (
    ("GET", "/app", get_app, None),
    ("GET", "/app/installations", list_installations, None),
    ("GET", "/app/installations/{installation_id}", get_installation, None),
    ("GET", f"{REPO}/installation", get_repository_installation, None),
    ("GET", "/installation/repositories", list_repositories, "metadata:read"),
    ("GET", REPO, get_repository, "metadata:read"),
    ("GET", f"{REPO}/collaborators/{{username}}/permission", get_permission, "metadata:read"),
    ("GET", f"{REPO}/contents/{{path:.+}}", get_contents, "contents:read"),
    ("GET", f"{REPO}/actions/runs", list_runs, "actions:read"),
    ("GET", f"{REPO}/actions/runs/{{run_id}}", get_run, "actions:read"),
    ("GET", f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}", get_run_attempt, "actions:read"),
    ("GET", f"{REPO}/actions/runs/{{run_id}}/attempts/{{attempt_number}}/jobs", list_attempt_jobs, "actions:read"),
    ("GET", f"{REPO}/actions/runs/{{run_id}}/artifacts", list_artifacts, "actions:read"),
    ("GET", f"{REPO}/actions/artifacts/{{artifact_id}}/zip", download_artifact, "actions:read"),
    ("GET", f"{REPO}/actions/jobs/{{job_id}}/logs", download_job_log, "actions:read"),
    ("GET", f"{REPO}/commits/{{ref}}/check-runs", list_for_commit, "checks:read"),
    ("GET", f"{REPO}/commits/{{ref}}/check-suites", list_check_suites, "checks:read"),
    ("POST", f"{REPO}/check-runs", create_check, "checks:write"),
    ("PATCH", f"{REPO}/check-runs/{{check_run_id}}", update_check, "checks:write"),
    ("GET", f"{REPO}/issues", list_issues, "issues:read"),
    ("POST", f"{REPO}/issues", create_issue, "issues:write"),
    ("GET", f"{REPO}/issues/{{issue_number}}", get_issue, "issues:read"),
    ("PATCH", f"{REPO}/issues/{{issue_number}}", edit_issue, "issues:write"),
    ("GET", f"{REPO}/issues/{{issue_number}}/comments", list_comments, "issues:read"),
    ("POST", f"{REPO}/issues/{{issue_number}}/comments", create_comment, "issues:write"),
    ("GET", f"{REPO}/issues/comments/{{comment_id}}", get_comment, "issues:read"),
    ("PATCH", f"{REPO}/issues/comments/{{comment_id}}", edit_comment, "issues:write"),
    ("DELETE", f"{REPO}/issues/comments/{{comment_id}}", delete_comment, "issues:write"),
    ("GET", f"{REPO}/issues/comments/{{comment_id}}/reactions", list_reactions, "issues:read"),
    ("POST", f"{REPO}/issues/comments/{{comment_id}}/reactions", add_reaction, "issues:write"),
    ("GET", f"{REPO}/labels/{{name}}", get_label, "issues:read"),
    ("POST", f"{REPO}/labels", create_label, "issues:write"),
    ("GET", f"{REPO}/pulls", list_pulls, "pull_requests:read"),
    ("GET", f"{REPO}/pulls/{{pull_number}}", get_pull, "pull_requests:read"),
    ("GET", f"{REPO}/pulls/{{pull_number}}/files", list_pull_files, "pull_requests:read"),
    ("GET", f"{REPO}/commits/{{commit_sha}}/pulls", list_commit_pulls, "pull_requests:read"),
)


def add_routes(app: web.Application, api: Api) -> None:
    """Put all operations into the application; those that answer with tokens or start runs come from the owner."""
    for method, path, handler, permission in TABLE:
        app.router.add_route(method, path, api.wrap(handler, permission))

    def mint(ask: Ask) -> Created:
        found = ask.world.installations.get(ask.number("installation_id"))
        if found is None or found.is_deleted:
            raise Refusal(404, "Not Found")
        if found.suspended_at is not None:
            raise Refusal(403, "This installation has been suspended")
        return Created(api.mint(found.id))

    app.router.add_post("/app/installations/{installation_id}/access_tokens", api.wrap(mint, None))
