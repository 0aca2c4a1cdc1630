"""The App itself, where it is installed, and the deliveries that it missed."""

from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime

from app.github.client import Client
from app.github.errors import Gone, KeyRefused
from app.github.fields import Fields, UnknownShape
from app.github.refusals import KEY_WAIT
from app.github.repositories import RepositoryInfo, read_repository
from app.github.routes import route

_PAGE = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class AppInfo:
    """Our App; `<slug>[bot]` is the login under which it writes."""

    id: int
    slug: str
    name: str
    html_url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstallationInfo:
    """The App on one account. `account_type` is User, Organization or Enterprise."""

    id: int
    account: str
    account_type: str
    permissions: dict[str, str]
    created_at: datetime
    suspended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryInfo:
    """One try to deliver a webhook; tries of the same delivery share `guid`. `status` is OK where we took it."""

    id: int
    guid: str
    event: str
    action: str | None
    status: str
    is_redelivery: bool
    delivered_at: datetime


async def get_app(app: Client) -> AppInfo:
    """Get our own App. Raises KeyRefused where the key is not its key."""
    found = await app.get(route("/app"))
    return AppInfo(
        id=found.number("id"),
        slug=found.text("slug"),
        name=found.text("name"),
        html_url=found.text("html_url"),
    )


async def insist_on_app(app: Client) -> None:
    """Make sure that GitHub is there and knows our App: else what it does not find says nothing. Raises KeyRefused."""
    try:
        await get_app(app)
    except Gone as gone:
        raise KeyRefused(KEY_WAIT, f"{gone.reason}: no GitHub that knows our App is there", gone.said) from gone


async def list_installations(app: Client) -> tuple[InstallationInfo, ...]:
    where = route("/app/installations", {"per_page": _PAGE})
    return tuple([_read_installation(one) async for one in app.get_all(where)])


async def get_installation(app: Client, installation_id: int) -> InstallationInfo:
    """Get one installation. Raises Gone where the App is not installed there any more."""
    where = route("/app/installations/{installation_id}", installation_id=installation_id)
    return _read_installation(await app.get(where))


async def get_repository_installation(app: Client, owner: str, name: str) -> InstallationInfo:
    """Find the installation that sees a repository: repository webhooks name none. Raises Gone where there is none."""
    return _read_installation(await app.get(route("/repos/{owner}/{repo}/installation", owner=owner, repo=name)))


async def list_installation_repositories(installation: Client) -> tuple[RepositoryInfo, ...]:
    """List all repositories that an installation may see."""
    where = route("/installation/repositories", {"per_page": _PAGE})
    return tuple([read_repository(one) async for one in installation.get_all(where, "repositories")])


async def list_deliveries(app: Client, *, since: datetime | None) -> AsyncIterator[tuple[DeliveryInfo, ...]]:
    """Go through the tries to deliver since a time, newest first, a hundred at a time; None is as far as GitHub has them.

    GitHub keeps them for three days, an Enterprise Server for seven. What has no GUID or no time is left out.
    """
    page: list[DeliveryInfo] = []
    async for one in app.get_all(route("/app/hook/deliveries", {"per_page": _PAGE})):
        with suppress(UnknownShape):
            page.append(_read_delivery(one))
        if page and since is not None and page[-1].delivered_at < since:
            page.pop()
            break
        if len(page) >= _PAGE:
            yield tuple(page)
            page = []
    if page:
        yield tuple(page)


async def get_delivered_payload(app: Client, delivery_id: int) -> object:
    """Get the payload of a delivery as it was sent, None where GitHub does not show it. Raises Gone."""
    where = route("/app/hook/deliveries/{delivery_id}", delivery_id=delivery_id)
    return (await app.get(where)).find("request.payload")


async def redeliver(app: Client, delivery_id: int) -> None:
    """Have a delivery sent again, under the same GUID. Raises Gone, Rejected where GitHub has it no more."""
    await app.post(route("/app/hook/deliveries/{delivery_id}/attempts", delivery_id=delivery_id))


def _read_installation(found: Fields) -> InstallationInfo:
    granted = found.find("permissions")
    return InstallationInfo(
        id=found.number("id"),
        account=found.text_or_none("account.login") or found.text("account.slug"),
        account_type=found.text_or_none("account.type") or found.text("target_type"),
        permissions={k: v for k, v in granted.items() if isinstance(v, str)} if isinstance(granted, dict) else {},
        created_at=found.time("created_at"),
        suspended_at=found.time_or_none("suspended_at"),
    )


def _read_delivery(found: Fields) -> DeliveryInfo:
    return DeliveryInfo(
        id=found.number("id"),
        guid=found.text("guid"),
        event=found.text("event"),
        action=found.text_or_none("action"),
        status=found.text("status"),
        is_redelivery=found.flag("redelivery", default=False),
        delivered_at=found.time("delivered_at"),
    )
