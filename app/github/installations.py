"""The App itself, where it is installed, and the deliveries that it missed."""

from dataclasses import dataclass
from datetime import datetime

from app.github.client import Client
from app.github.fields import Fields
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
    delivered_at: datetime
    installation_id: int | None


async def get_app(app: Client) -> AppInfo:
    """Get our own App. Raises KeyRefused where the key is not its key."""
    found = await app.get(route("/app"))
    return AppInfo(
        id=found.number("id"),
        slug=found.text("slug"),
        name=found.text("name"),
        html_url=found.text("html_url"),
    )


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


async def list_deliveries(app: Client, *, since: datetime) -> tuple[DeliveryInfo, ...]:
    """List the tries to deliver since a time, newest first; GitHub keeps them for three days, an Enterprise Server for seven."""
    found = []
    async for one in app.get_all(route("/app/hook/deliveries", {"per_page": _PAGE})):
        delivery = _read_delivery(one)
        if delivery.delivered_at < since:
            break
        found.append(delivery)
    return tuple(found)


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
        delivered_at=found.time("delivered_at"),
        installation_id=found.number_or_none("installation_id"),
    )
