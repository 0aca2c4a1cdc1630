"""GET /repos/{owner}/{repo}/policy: the policy in force; POST tries another one over the last 30 days, and changes nothing."""

import asyncio
from collections.abc import Sequence

from aiohttp import web
from markdown_it import MarkdownIt

from app.core.policy import DEFAULT, Policy, load
from app.core.policy_told import keys_of, written
from app.core.policy_yaml import BrokenPolicy, Problem
from app.db.reading.repositories import ShownRepository, find_repository
from app.web.access.gate import Entry
from app.web.access.visits import check_form, visitor_of
from app.web.answering import NOT_FOUND, Refusal
from app.web.pages.rendering import View

REPLAY_SECONDS = 120
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
        return await _show(view, request, entry, text=text, problems=error.problems)
    if view.replaying.locked():
        return await _put_off(
            view, request, entry, text, "Another policy is being tried just now. Try again in a minute."
        )
    try:
        async with view.replaying, asyncio.timeout(REPLAY_SECONDS):
            said = await view.replay(entry.repo_id, policy, view.gate.clock())
    except TimeoutError:
        return await _put_off(view, request, entry, text, "This takes too long here. Use `flakeguard policy replay`.")
    return await _show(view, request, entry, text=text, replay=_markdown.render(said))


async def _put_off(view: View, request: web.Request, entry: Entry, text: str, why: str) -> web.Response:
    """Say that it cannot be tried now, on the page: what was written stays there."""
    response = await _show(view, request, entry, text=text, trouble=why)
    response.set_status(503)
    return response


async def _show(
    view: View,
    request: web.Request,
    entry: Entry,
    *,
    text: str = "",
    problems: Sequence[Problem] = (),
    trouble: str = "",
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
        keys=list(keys_of(policy)),
        text=text or written(policy),
        problems=problems,
        trouble=trouble,
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
