"""Operations of a person who signed in by the App: who they are, and what of the App's they may read.

GitHub lists only what a person was given explicitly: a public repository that anybody may read is in none of these lists.
"""

from app.sandbox.github.answers import Listing, Refusal
from app.sandbox.github.ask import Ask
from app.sandbox.github.render import Json
from app.sandbox.github.world import Account, Installation, RepositoryData


def get_user(ask: Ask) -> Json:
    return ask.render.public_user(_person(ask))


def list_installations(ask: Ask) -> Listing:
    """List the installations of which the person was given at least one repository."""
    person = _person(ask)
    mine = [one for one in ask.world.installations.values() if not one.is_deleted and _given(ask, person, one)]
    return Listing([ask.render.installation(one) for one in mine], "installations")


def list_repositories(ask: Ask) -> Listing:
    person, number = _person(ask), ask.number("installation_id")
    found = ask.world.installations.get(number)
    mine = [] if found is None or found.is_deleted else _given(ask, person, found)
    if not mine:
        raise Refusal(404, "Not Found")
    if found is not None and found.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    return Listing([_with_rights(ask, person, one) for one in mine], "repositories")


def _person(ask: Ask) -> Account:
    if ask.person is None:
        raise Refusal(401, "Requires authentication")
    return ask.person


def _given(ask: Ask, person: Account, installation: Installation) -> list[RepositoryData]:
    return [
        one
        for one in ask.world.repositories.values()
        if one.installation_id == installation.id and one.given_role(person) is not None
    ]


def _with_rights(ask: Ask, person: Account, repo: RepositoryData) -> Json:
    return ask.render.repository(repo) | {"permissions": ask.render.rights(repo.role_of(person))}
