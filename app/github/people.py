"""What GitHub says to a person who signed in with our App: who they are, and which repositories they may read.

A person's requests are their own: they count against no installation, and prove nothing of us.
Source: "Generating a user access token for a GitHub App".
"""

import base64
from dataclasses import dataclass, field

from app.github.errors import Limited
from app.github.fields import Fields
from app.github.refusals import refusal, wait_asked
from app.github.repositories import read_repository
from app.github.routes import Route, route
from app.github.wire import Answer, Request, Wire

_PAGE = 100
MOST_LISTED = 1_000
"""Repositories of which a person's overview is made at most; each hundred of them is a request."""

_HOURS_OF_A_TOKEN = 8


class SignedOut(Exception):
    """GitHub does not take the person's token any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OAuthClient:
    """Our App as OAuth knows it. `web` leads to GitHub's pages, where tokens are, and not to its API."""

    web: Wire
    client_id: str
    client_secret: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonToken:
    """What a person signs in with; opaque, and good for so long."""

    token: str = field(repr=False)
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonInfo:
    """A person. `id` is GitHub's and survives renaming, `login` does not."""

    id: int
    login: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A repository that a person may read, and whether they may also write to it. `id` is GitHub's."""

    id: int
    owner: str
    name: str
    is_private: bool
    may_write: bool


async def exchange_code(client: OAuthClient, code: str, *, verifier: str, redirect_uri: str) -> PersonToken | None:
    """Trade the code that came with the redirect for a token; None where GitHub does not take it."""
    data = {
        "client_id": client.client_id,
        "client_secret": client.client_secret,
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": redirect_uri,
    }
    request = Request(method="POST", where=route("/login/oauth/access_token"), data=data, accept="application/json")
    answer = await client.web.exchange(request, authorization=None)
    if not answer.is_good:
        raise refusal(answer)
    # What is wrong is said with status 200.
    token = answer.fields.text_or_none("access_token")
    if token is None:
        return None
    seconds = answer.fields.number_or_none("expires_in")
    return PersonToken(token=token, seconds=_HOURS_OF_A_TOKEN * 3600 if seconds is None else seconds)


async def revoke_token(client: OAuthClient, api: Wire, token: str, *, everywhere: bool) -> None:
    """Have GitHub take the token back, or `everywhere` all that the person ever gave our App; one that is gone is no error."""
    what = "grant" if everywhere else "token"
    where = route("/applications/{client_id}/" + what, client_id=client.client_id)
    request = Request(method="DELETE", where=where, data={"access_token": token}, also_good=(404, 422))
    answer = await api.exchange(request, authorization=_basic(client))
    if not answer.is_good and answer.status not in request.also_good:
        raise refusal(answer)


async def get_person(api: Wire, token: str) -> PersonInfo:
    """Say whose token it is. Raises SignedOut, GitHubError."""
    said = (await _get(api, token, route("/user"))).fields
    return PersonInfo(id=said.number("id"), login=said.text("login"))


async def get_readable(api: Wire, token: str, owner: str, name: str) -> Readable | None:
    """Return a repository as the person sees it; None where they do not. Raises SignedOut, Limited, GitHubError."""
    where = route("/repos/{owner}/{repo}", owner=owner, repo=name)
    answer = await _get(api, token, where, also_good=(403, 404, 451))
    return _read(answer.fields) if answer.is_good else None


async def list_readable(api: Wire, token: str) -> tuple[Readable, ...]:
    """List the repositories with our App that the person may read, MOST_LISTED at most. Raises SignedOut, Limited, GitHubError."""
    found: list[Readable] = []
    for installation in await _list(api, token, route("/user/installations", {"per_page": _PAGE}), "installations"):
        where = route(
            "/user/installations/{installation_id}/repositories",
            {"per_page": _PAGE},
            installation_id=installation.number("id"),
        )
        found += [_read(one) for one in await _list(api, token, where, "repositories")]
        if len(found) >= MOST_LISTED:
            break
    return tuple(found[:MOST_LISTED])


async def _list(api: Wire, token: str, where: Route, key: str) -> list[Fields]:
    items: list[Fields] = []
    page: Route | None = where
    while page is not None and len(items) < MOST_LISTED:
        answer = await _get(api, token, page, also_good=(403, 404, 451))
        if not answer.is_good:
            # An organisation may keep its repositories from whoever has not signed in with it.
            break
        items += answer.fields.items(key)
        page = answer.next_page(where.template, api.root)
    return items


async def _get(api: Wire, token: str, where: Route, *, also_good: tuple[int, ...] = ()) -> Answer:
    answer = await api.exchange(Request(method="GET", where=where), authorization=f"Bearer {token}")
    if answer.status == 401:
        raise SignedOut
    if answer.may_be_limited and (wait := wait_asked(answer, strikes=0)) is not None:
        raise Limited(wait, f"{answer.what}: the person asked too much", answer.message)
    if not answer.is_good and answer.status not in also_good:
        raise refusal(answer)
    return answer


def _read(said: Fields) -> Readable:
    info = read_repository(said)
    # Who sees a repository may read it; GitHub leaves the rights out where the token is no person's.
    return Readable(
        id=info.id,
        owner=info.owner,
        name=info.name,
        is_private=info.is_private,
        may_write=said.flag("permissions.push", default=False),
    )


def _basic(client: OAuthClient) -> str:
    return "Basic " + base64.b64encode(f"{client.client_id}:{client.client_secret}".encode()).decode()
