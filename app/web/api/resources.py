"""One kind of answer for every list and every thing: the table of them is in app/web/api/table.py."""

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec
from aiohttp import web

from app.core.paging import Mark, Page
from app.db.connection import Connection
from app.db.repository_keys import RepositoryKey
from app.web.answering import NOT_FOUND, Refusal
from app.web.api.csv_text import to_csv
from app.web.api.cursor import read_cursor, write_cursor

DEFAULT_LIMIT, MOST_LISTED = 50, 200
MOST_CSV_ROWS = 10_000
_OURS = ("after", "limit", "format")

W = TypeVar("W")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a query is asked by: the repository, the numbers in the path, and the time."""

    conn: Connection
    repo: RepositoryKey
    ids: Mapping[str, int]
    now: datetime

    def since(self, days: int) -> datetime:
        """Return when it was so many days ago."""
        return self.now - timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[W, R]):
    """A list at `path` behind the repository: its filters are the fields of `wanted`, its rows are of `row`."""

    path: str
    name: str
    summary: str
    wanted: type[W]
    row: type[R]
    find: Callable[[Asked, W, Mark | None, int], Awaitable[Page[R]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing(Generic[R]):
    """One thing at `path`; None is answered with 404."""

    path: str
    name: str
    summary: str
    row: type[R]
    find: Callable[[Asked], Awaitable[R | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Question(Generic[W]):
    """What a request wants of a list."""

    wanted: W
    after: Mark | None
    limit: int
    as_csv: bool


def read_question(request: web.Request, wanted: type[W], *, is_form: bool = False) -> Question[W]:
    """Read what is wanted of a list. Raises Refusal. A form sends fields that were left empty: they count as left out."""
    query = {name: text for name, text in request.query.items() if not is_form or text.strip()}
    if len(query) != sum(1 for text in request.query.values() if not is_form or text.strip()):
        raise Refusal(status=400, detail="A parameter was given twice.")
    given = {name: text for name, text in query.items() if name not in _OURS}
    try:
        read = msgspec.convert(given, wanted, strict=False)
    except msgspec.ValidationError as error:
        raise Refusal(status=400, detail=f"{error}.") from error
    known = {field.name for field in _fields(wanted)}
    if unknown := sorted(given.keys() - known):
        raise Refusal(
            status=400, detail=f"`{unknown[0][:100]}` is no parameter of this list: {', '.join(sorted(known))}."
        )
    after = query.get("after", "")
    return Question(
        wanted=read,
        after=read_cursor(after) if after else None,
        limit=_limit(query.get("limit", str(DEFAULT_LIMIT))),
        as_csv=is_csv(query.get("format", "json")),
    )


def _fields(kind: type) -> tuple[Any, ...]:
    return tuple(msgspec.inspect.type_info(kind).fields)  # type: ignore[attr-defined]


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= MOST_LISTED):
        raise Refusal(status=400, detail=f"`limit` must be a whole number from 1 to {MOST_LISTED}.")
    return int(text)


def is_csv(text: str) -> bool:
    """Tell whether a table is asked for as CSV. Raises Refusal for what is neither that nor JSON."""
    if text not in ("json", "csv"):
        raise Refusal(status=400, detail="`format` must be json or csv.")
    return text == "csv"


def nothing_after(rows: Sequence[R], after: Mark | None, limit: int) -> Page[R]:
    """Make pages of a list that is short, and was read whole: a mark says how many rows were shown."""
    [begin] = after or (0,)
    if not isinstance(begin, int) or begin < 0:
        raise ValueError("no number of rows")
    end = begin + limit
    return Page(items=tuple(rows[begin:end]), after=(end,) if end < len(rows) else None)


async def find_page(listing: Listing[W, R], asked: Asked, question: Question[W]) -> Page[R]:
    """Ask the database for a part of a list. Raises Refusal where the cursor belongs to another list."""
    try:
        return await listing.find(asked, question.wanted, question.after, question.limit)
    except (ValueError, TypeError, IndexError) as error:
        if question.after is None:
            raise
        raise Refusal(status=400, detail="`after` belongs to another list.") from error


async def answer_list(request: web.Request, listing: Listing[W, R], asked: Asked) -> web.Response:
    """Answer with a part of a list and where the next one begins, or with all of it as CSV."""
    question = read_question(request, listing.wanted)
    if question.as_csv:
        return await _answer_csv(listing, asked, question)
    page = await find_page(listing, asked, question)
    cursor = None if page.after is None else write_cursor(page.after)
    response = answer_json(request, {"items": page.items, "next": cursor})
    if cursor is not None:
        there = request.rel_url.update_query(after=cursor)
        response.headers["Link"] = f'<{there}>; rel="next"'
    return response


async def answer_thing(request: web.Request, thing: Thing[R], asked: Asked) -> web.Response:
    found = await thing.find(asked)
    if found is None:
        raise NOT_FOUND
    return answer_json(request, found)


def answer_json(request: web.Request, value: object, *, status: int = 200) -> web.Response:
    """Write a value, or say that it is still the one that whoever asks has already."""
    return answer_body(request, msgspec.json.encode(value), "application/json", status=status)


def answer_body(request: web.Request, body: bytes, media_type: str, *, status: int = 200) -> web.Response:
    """Send a text in UTF-8, or say that it is still the one that whoever asks has already."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    known = [one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")]
    if status == 200 and (etag in known or "*" in known):
        return web.Response(status=304, headers={"ETag": etag})
    charset = "utf-8" if media_type.startswith("text/") else None
    return web.Response(status=status, body=body, content_type=media_type, charset=charset, headers={"ETag": etag})


async def _answer_csv(listing: Listing[W, R], asked: Asked, question: Question[W]) -> web.Response:
    rows: list[R] = []
    after = question.after
    while True:
        more = Question(wanted=question.wanted, after=after, limit=MOST_LISTED, as_csv=True)
        page = await find_page(listing, asked, more)
        rows += page.items
        after = page.after
        if after is None or len(rows) >= MOST_CSV_ROWS:
            break
    return answer_csv(to_csv(listing.row, rows), f"{asked.repo.owner}-{asked.repo.name}-{listing.name}")


def answer_csv(text: str, name: str) -> web.Response:
    """Hand out a table under a name."""
    return web.Response(
        text=text,
        content_type="text/csv",
        charset="utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )
