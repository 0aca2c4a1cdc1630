"""Operations on check runs and check suites."""

from app.sandbox.github.answers import Created, Listing, Refusal
from app.sandbox.github.ask import Ask
from app.sandbox.github.render import Json
from app.sandbox.github.world import CheckRun, RepositoryData

MOST_ANNOTATIONS = 50
LONGEST_OUTPUT = 65_535
_MOST_ACTIONS = 3
_LONGEST_ACTION = {"label": 20, "description": 40, "identifier": 20}


def list_for_commit(ask: Ask) -> Listing:
    """List check runs of a commit, the latest first; `filter=latest`, the default, gives one of each name."""
    sha, query = _sha(ask), ask.query
    app_id = query.get("app_id")
    found = [
        check
        for check in reversed(ask.repo.checks.values())
        if check.head_sha == sha
        and query.get("check_name") in (None, check.name)
        and app_id in (None, str(ask.world.app_id))
    ]
    if query.get("filter", "latest") == "latest":
        latest: dict[str, CheckRun] = {}
        for check in found:
            latest.setdefault(check.name, check)
        found = list(latest.values())
    return Listing([ask.render.check_run(ask.repo, one) for one in found], "check_runs")


def list_check_suites(ask: Ask) -> Listing:
    sha, repo, render = _sha(ask), ask.repo, ask.render
    suites = []
    checks = [one for one in repo.checks.values() if one.head_sha == sha]
    if checks:
        suites.append(render.check_suite(repo, sha, checks[-1].status, checks[-1].conclusion, render.app()))
    runs = [run for run in repo.runs.values() if run.head_sha == sha]
    if runs:
        last = runs[-1].latest
        suites.append(render.check_suite(repo, sha, last.status, last.conclusion, render.actions_app()))
    return Listing([render.listed_suite(repo, one) for one in suites], "check_suites")


def _sha(ask: Ask) -> str:
    commit = ask.world.find_commit(ask.repo, ask.parts["ref"])
    if commit is None:
        raise Refusal(422, f"No commit found for SHA: {ask.parts['ref']}")
    return commit.sha


def create_check(ask: Ask) -> Created:
    head = ask.text("head_sha", most=100)
    if ask.world.find_commit(ask.repo, head) is None:
        raise Refusal(422, f"No commit found for SHA: {head}")
    check = CheckRun(
        id=ask.world.next_id_of_app(),
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
    check = _check(ask, ask.repo)
    _update(ask, check)
    return ask.render.check_run(ask.repo, check)


def list_annotations(ask: Ask) -> Listing:
    return Listing([ask.render.annotation(one) for one in _check(ask, ask.repo).annotations])


def _check(ask: Ask, repo: RepositoryData) -> CheckRun:
    check = repo.checks.get(ask.number("check_run_id"))
    if check is None:
        raise Refusal(404, "Not Found")
    return check


def _update(ask: Ask, check: CheckRun) -> None:
    """Check everything first: what is refused changes nothing."""
    data = ask.data
    status, conclusion = data.get("status"), data.get("conclusion")
    output, actions = data.get("output"), data.get("actions")
    if isinstance(output, dict):
        _check_output(output)
    if isinstance(actions, list):
        _check_actions(actions)
        check.actions = actions
    if isinstance(output, dict):
        _write_output(check, output)
    check.external_id = ask.optional_text("external_id") or check.external_id
    check.details_url = ask.optional_text("details_url") or check.details_url
    if isinstance(status, str):
        check.status, check.conclusion, check.completed_at = status, None, None
    if isinstance(conclusion, str):
        check.status, check.conclusion, check.completed_at = "completed", conclusion, ask.world.now


def _check_output(output: Json) -> None:
    notes = output.get("annotations", [])
    if not isinstance(notes, list) or len(notes) > MOST_ANNOTATIONS:
        raise Refusal(
            422, f"Invalid request.\n\nNo more than {MOST_ANNOTATIONS} items are allowed; {_size(notes)} were supplied."
        )
    for name in ("title", "summary", "text"):
        value = output.get(name)
        if isinstance(value, str) and len(value) > LONGEST_OUTPUT:
            raise Refusal(
                422, f"Invalid request.\n\nOnly {LONGEST_OUTPUT} characters are allowed; {len(value)} were supplied."
            )


def _size(notes: object) -> int:
    return len(notes) if isinstance(notes, list) else 0


def _write_output(check: CheckRun, output: Json) -> None:
    check.title, check.summary = str(output.get("title")), str(output.get("summary"))
    check.text = str(output["text"]) if output.get("text") is not None else None
    notes = output.get("annotations", [])
    # Annotations are added to those that are there; GitHub has no way to take one away.
    check.annotations += notes if isinstance(notes, list) else []


def _check_actions(actions: list[Json]) -> None:
    is_long = any(len(str(one.get(name))) > size for one in actions for name, size in _LONGEST_ACTION.items())
    if len(actions) > _MOST_ACTIONS or is_long:
        raise Refusal(422, "Invalid request.\n\nThe actions are too many or too long.")
