"""Operations on pull requests."""

from app.sandbox.github.answers import Listing, Refusal
from app.sandbox.github.ask import Ask
from app.sandbox.github.render import Json
from app.sandbox.github.world import PullData


def list_pulls(ask: Ask) -> Listing:
    """List pull requests, newest first. A `head` that is no `owner:branch` is ignored, as GitHub does."""
    head, state = ask.query.get("head"), ask.query.get("state", "open")
    found = []
    for pull in ask.repo.pulls.values():
        owner = pull.head_repository.partition("/")[0]
        is_head = head is None or ":" not in head or head == f"{owner}:{pull.head_branch}"
        if is_head and state in ("all", ask.repo.issues[pull.number].state):
            found.append(ask.render.pull(ask.repo, pull))
    return Listing(list(reversed(found)))


def _pull(ask: Ask) -> PullData:
    pull = ask.repo.pulls.get(ask.number("pull_number"))
    if pull is None:
        raise Refusal(404, "Not Found")
    return pull


def get_pull(ask: Ask) -> Json:
    return ask.render.full_pull(ask.repo, _pull(ask))


def list_pull_files(ask: Ask) -> Listing:
    pull = _pull(ask)
    head = ask.world.find_commit(ask.repo, pull.head_sha)
    base = ask.world.find_commit(ask.repo, pull.base_sha)
    before, after = base.files if base else {}, head.files if head else {}
    changed = [path for path in sorted(before | after) if before.get(path) != after.get(path)]
    return Listing([ask.render.pull_file(path, before.get(path), after.get(path)) for path in changed])


def list_commit_pulls(ask: Ask) -> Listing:
    """List the pull requests of a commit: those of forks are left out, as GitHub does."""
    sha, repo = ask.parts["commit_sha"], ask.repo
    if ask.world.find_commit(repo, sha) is None:
        raise Refusal(422, f"No commit found for SHA: {sha}")
    own = [one for one in repo.pulls.values() if one.head_sha == sha and one.head_repository == repo.full_name]
    return Listing([ask.render.pull(repo, one) for one in own])
