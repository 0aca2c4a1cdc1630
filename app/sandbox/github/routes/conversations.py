"""Operations on issues, comments, reactions and labels."""

from app.sandbox.github.answers import Created, Empty, Listing, Refusal
from app.sandbox.github.ask import Ask
from app.sandbox.github.render import Json
from app.sandbox.github.render.conversations import REACTIONS
from app.sandbox.github.world import Comment, Issue, Reaction, RepositoryData

_LONGEST_TITLE = 256


def list_issues(ask: Ask) -> Listing:
    query = ask.query
    labels = {one for one in query.get("labels", "").split(",") if one}
    found = [
        issue
        for issue in ask.repo.issues.values()
        if query.get("state", "open") in ("all", issue.state)
        and query.get("creator") in (None, issue.user.login)
        and labels <= set(issue.labels)
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
    repo, world = ask.repo, ask.world
    if not repo.has_issues:
        raise Refusal(410, "Issues are disabled for this repo")
    title, body, labels = ask.text("title", most=_LONGEST_TITLE), ask.optional_text("body"), ask.data.get("labels")
    issue = world.issue(repo, title, body, world.app_account)
    issue.labels = [str(one) for one in labels] if isinstance(labels, list) else []
    repo.labels |= {name: "ededed" for name in issue.labels if name not in repo.labels}
    return Created(ask.render.issue(repo, issue))


def edit_issue(ask: Ask) -> Json:
    issue, data = _issue(ask), ask.data
    body = ask.optional_text("body") if "body" in data else issue.body
    title = ask.text("title", most=_LONGEST_TITLE) if "title" in data else issue.title
    issue.body, issue.title, issue.updated_at = body, title, ask.world.now
    if "state" in data:
        _set_state(ask, issue, str(data["state"]))
    return ask.render.issue(ask.repo, issue)


def _set_state(ask: Ask, issue: Issue, state: str) -> None:
    issue.state = state
    issue.state_reason = str(ask.data.get("state_reason") or ("completed" if state == "closed" else "reopened"))
    issue.closed_at = ask.world.now if state == "closed" else None


def list_comments(ask: Ask) -> Listing:
    return Listing([ask.render.comment(ask.repo, one) for one in _issue(ask).comments])


def create_comment(ask: Ask) -> Created:
    issue, now = _issue(ask), ask.world.now
    comment = Comment(
        ask.world.next_id_of_app(), issue.number, ask.world.app_account, ask.text("body"), now, now, by_app=True
    )
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


def list_reactions(ask: Ask) -> Listing:
    return Listing([ask.render.reaction(one) for one in _comment(ask).reactions])


def add_reaction(ask: Ask) -> object:
    """React; the same reaction of the same account twice is one."""
    comment, content = _comment(ask), ask.text("content")
    if content not in REACTIONS:
        raise Refusal(422, "Validation Failed", errors=[{"code": "invalid", "field": "content"}])
    me = ask.world.app_account
    for one in comment.reactions:
        if one.user is me and one.content == content:
            return ask.render.reaction(one)
    made = Reaction(ask.world.next_id_of_app(), me, content, ask.world.now)
    comment.reactions.append(made)
    return Created(ask.render.reaction(made))


def get_label(ask: Ask) -> Json:
    if ask.parts["name"] not in ask.repo.labels:
        raise Refusal(404, "Not Found")
    return ask.render.label(ask.repo, ask.parts["name"])


def create_label(ask: Ask) -> Created:
    name = ask.text("name")
    if name in ask.repo.labels:
        raise Refusal(422, "Validation Failed", errors=[{"code": "already_exists", "field": "name"}])
    ask.repo.labels[name] = str(ask.data.get("color", "ededed"))
    return Created(ask.render.label(ask.repo, name))
