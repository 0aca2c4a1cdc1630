"""GET /repos/{owner}/{repo}/policy: the policy in force; POST tries another one over the last 30 days, and changes nothing."""

import asyncio
from collections.abc import Iterator, Mapping

from aiohttp import web
from markdown_it import MarkdownIt

from app.core.policy import DEFAULT, Policy, load
from app.core.policy_yaml import BrokenPolicy
from app.db.reading.repositories import ShownRepository, find_repository
from app.web.access.gate import Entry
from app.web.access.visits import check_form, visitor_of
from app.web.answering import NOT_FOUND, Refusal
from app.web.pages.rendering import View

_REPLAY_SECONDS = 120
_markdown = MarkdownIt("commonmark", {"html": False}).enable("table")


async def show_policy(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show the policy in force, where it is from, and what is wrong with it."""
    return await _show(view, request, entry)


async def try_policy(view: View, request: web.Request, entry: Entry) -> web.Response:
    """Show what another policy would have done."""
    await check_form(request, visitor_of(request))
    if view.replay is None or not entry.may_decide:
        raise Refusal(status=403, detail="Trying a policy takes write access to the repository.")
    text = str((await request.post()).get("policy", "")).replace("\r\n", "\n")
    try:
        policy = load(text)
    except BrokenPolicy as error:
        problems = [(one.line, one.column, one.message) for one in error.problems]
        return await _show(view, request, entry, text=text, problems=problems)
    if view.replaying.locked():
        raise Refusal(status=503, detail="Another policy is being tried just now. Try again in a minute.")
    try:
        async with view.replaying, asyncio.timeout(_REPLAY_SECONDS):
            said = await view.replay(entry.repo_id, policy, view.gate.clock())
    except TimeoutError:
        raise Refusal(status=503, detail="This takes too long here. Use `flakeguard policy replay`.") from None
    return await _show(view, request, entry, text=text, replay=_markdown.render(said))


async def _show(
    view: View,
    request: web.Request,
    entry: Entry,
    *,
    text: str = "",
    problems: list[tuple[int, int, str]] | None = None,
    replay: str | None = None,
) -> web.Response:
    async with view.gate.pool.acquire() as conn:
        stored = await find_repository(conn, entry.repo.external_id)
    if stored is None:
        raise NOT_FOUND
    policy = _in_force(stored)
    return view.pages.render_of(
        request,
        "policy.html",
        entry,
        view.gate.clock(),
        stored=stored,
        keys=list(_keys(policy.model_dump(mode="json"), DEFAULT.model_dump(mode="json"))),
        text=text,
        problems=problems or [],
        replay=replay,
        can_try=view.replay is not None and entry.may_decide,
    )


def _in_force(stored: ShownRepository) -> Policy:
    if stored.policy is None:
        return DEFAULT
    try:
        return Policy.from_json(stored.policy)
    except ValueError:
        # An older release took what this one does not; the bot goes by the default then, too.
        return DEFAULT


def _keys(
    policy: Mapping[str, object], default: Mapping[str, object], before: str = ""
) -> Iterator[tuple[str, str, bool]]:
    """Yield each key with its value, and whether somebody set it to that."""
    for key, value in policy.items():
        name, usual = before + key, default.get(key)
        if isinstance(value, dict) and isinstance(usual, dict) and value and usual:
            yield from _keys(value, usual, f"{name}.")
        else:
            yield name, _written(value), value != usual


def _written(value: object) -> str:
    match value:
        case None:
            return "none"
        case bool():
            return "yes" if value else "no"
        case list() | tuple():
            return ", ".join(map(str, value)) or "none"
        case dict():
            return ", ".join(f"{key}: {one}" for key, one in value.items()) or "none"
        case _:
            return str(value)
