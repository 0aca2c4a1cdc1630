"""What every page with a long list does: read what is wanted, ask for a part of it, and link to the next one."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from aiohttp import web

from app.web.access.gate import Entry
from app.web.api.cursor import write_cursor
from app.web.api.resources import Asked, Listing, find_page, read_question
from app.web.pages.rendering import View

PERIODS = (7, 30, 90, 365)
"""Days that a filter offers."""

W = TypeVar("W")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownList(Generic[W, R]):
    """A part of a list on a page. `more` is the address of the next part; `csv` and `json` are the whole by the API."""

    wanted: W
    rows: tuple[R, ...]
    more: str | None
    csv: str
    json: str
    is_filtered: bool


async def read_list(
    view: View,
    request: web.Request,
    entry: Entry,
    listing: Listing[W, R],
    ids: Mapping[str, int] | None = None,
    *,
    defaults: Mapping[str, str] | None = None,
    of_page: str = "",
) -> ShownList[W, R]:
    """Read the part of a list that the address asks for; `defaults` hold where it asks for nothing.

    `of_page` is a name in the address that is none of the list's. Raises Refusal where a filter makes no sense.
    """
    if of_page in request.query:
        request = request.clone(rel_url=request.rel_url.without_query_params(of_page))
    if defaults and not any(text.strip() for text in request.query.values()):
        request = request.clone(rel_url=request.rel_url.with_query(defaults))
    question = read_question(request, listing.wanted, is_form=True)
    async with view.gate.pool.acquire() as conn:
        asked = Asked(conn=conn, repo=entry.repo, ids=ids or {}, now=view.gate.clock())
        page = await find_page(listing, asked, question)
    filters = {
        name: text for name, text in request.query.items() if text.strip() and name not in ("after", "limit", "format")
    }
    path = listing.path.format_map(ids or {})
    api = request.rel_url.with_path(f"/api/v1/repos/{entry.repo.owner}/{entry.repo.name}{path}").with_query(filters)
    more = None if page.after is None else str(request.rel_url.update_query(after=write_cursor(page.after)))
    return ShownList(
        wanted=question.wanted,
        rows=page.items,
        more=more,
        csv=str(api.update_query(format="csv")),
        json=str(api),
        is_filtered=bool(filters),
    )
