"""Operations on the App itself: where it is installed, its tokens, its webhook deliveries."""

from app.sandbox.github.answers import Accepted, Created, Listing, Refusal, link, respond
from app.sandbox.github.ask import Ask
from app.sandbox.github.deliveries import Delivery
from app.sandbox.github.render import Json
from app.sandbox.github.world import Installation


def get_app(ask: Ask) -> Json:
    return ask.render.app()


def list_installations(ask: Ask) -> Listing:
    return Listing([ask.render.installation(one) for one in ask.world.installations.values() if not one.is_deleted])


def get_installation(ask: Ask) -> Json:
    return ask.render.installation(_installation(ask))


def create_token(ask: Ask) -> Created:
    found = _installation(ask)
    if found.suspended_at is not None:
        raise Refusal(403, "This installation has been suspended")
    return Created(ask.stage.doors.mint(found, ask.data))


def _installation(ask: Ask) -> Installation:
    found = ask.world.installations.get(ask.number("installation_id"))
    if found is None or found.is_deleted:
        raise Refusal(404, "Not Found")
    return found


def get_repository_installation(ask: Ask) -> Json:
    repo = ask.world.repositories.get(f"{ask.parts['owner']}/{ask.parts['repo']}")
    found = None if repo is None else ask.world.installations.get(repo.installation_id or 0)
    if found is None or found.is_deleted:
        raise Refusal(404, "Not Found")
    return ask.render.installation(found)


def list_deliveries(ask: Ask) -> object:
    """List the tries of the last days, newest first; the next page begins at a cursor."""
    size = min(100, int(ask.query.get("per_page", "30")))
    cursor = ask.query.get("cursor")
    tried = [one for one in reversed(ask.stage.webhooks.sent) if one.status is not None and _is_kept(ask, one)]
    tried = [one for one in tried if cursor is None or one.id <= int(cursor)]
    response = respond(ask.request, [ask.render.delivery(one) for one in tried[:size]])
    if len(tried) > size:
        response.headers.update(link(ask.request, {"next": {"cursor": str(tried[size].id)}}))
    return response


def _is_kept(ask: Ask, one: Delivery) -> bool:
    return ask.world.now - one.at <= ask.world.edition.keeps_deliveries


def get_delivery(ask: Ask) -> Json:
    found = _delivery(ask)
    return ask.render.full_delivery(found, ask.stage.webhooks.headers(found))


async def redeliver(ask: Ask) -> Accepted:
    await ask.stage.webhooks.redeliver(_delivery(ask))
    return Accepted()


def _delivery(ask: Ask) -> Delivery:
    number = ask.number("delivery_id")
    found = next((one for one in ask.stage.webhooks.sent if one.id == number and one.status is not None), None)
    if found is None or not _is_kept(ask, found):
        raise Refusal(404, "Not Found")
    return found
