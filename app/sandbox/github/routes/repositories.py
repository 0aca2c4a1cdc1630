"""Operations on repositories, their files and the rights of people there."""

from aiohttp import web

from app.sandbox.github.answers import Listing, Refusal
from app.sandbox.github.ask import Ask
from app.sandbox.github.render import Json

_OLD_ROLES = {"maintain": "write", "triage": "read"}


def list_repositories(ask: Ask) -> Listing:
    token = ask.token
    if token is None:
        raise Refusal(403, "You must authenticate with an installation access token in order to list repositories.")
    mine = [one for one in ask.world.repositories.values() if one.installation_id == token.installation_id]
    if token.repositories is not None:
        mine = [one for one in mine if one.id in token.repositories]
    return Listing([ask.render.repository(one) for one in mine], "repositories")


def get_repository(ask: Ask) -> Json:
    """Give a repository; a person is told what they may do there, too."""
    repo = ask.repo
    rights = {} if ask.person is None else {"permissions": ask.render.rights(repo.role_of(ask.person))}
    return ask.render.full_repository(repo) | rights


def get_permission(ask: Ask) -> Json:
    """Tell a person's role; `permission` knows four words only and calls maintain write and triage read.

    A role of the organisation's own is told by its name, and its `permission` is that of the role that it builds on.
    A bot is no user, whatever it may do by its installation.
    """
    login, repo = ask.parts["username"], ask.repo
    account = ask.world.accounts.get(login)
    if account is None:
        raise Refusal(404, "Not Found")
    if account.type == "Bot":
        raise Refusal(404, f"{login} is not a user")
    role = repo.roles.get(login, "none" if repo.is_private else "read")
    base = repo.own_roles.get(role, role)
    return {
        "permission": _OLD_ROLES.get(base, base),
        "role_name": role,
        "user": ask.render.collaborator(account, role, base),
    }


def get_contents(ask: Ask) -> object:
    repo, path = ask.repo, ask.parts["path"]
    commit = ask.world.find_commit(repo, ask.query.get("ref", repo.default_branch))
    if commit is None or path not in commit.files:
        raise Refusal(404, "Not Found")
    if "raw" in ask.request.headers.get("Accept", ""):
        return web.Response(body=commit.files[path].encode(), content_type="application/vnd.github.raw+json")
    return ask.render.content(repo, commit, path)


def get_git_commit(ask: Ask) -> Json:
    commit = ask.world.find_commit(ask.repo, ask.parts["commit_sha"])
    if commit is None:
        raise Refusal(404, "Not Found")
    return ask.render.git_commit(ask.repo, commit)
