"""Templates, and the words, times and addresses that all of them use."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from aiohttp import web
from markupsafe import Markup, escape

from app.core.counts import count
from app.core.model import RepoId
from app.core.policy import Policy
from app.core.text import cut, shown
from app.db.repository_keys import RepositoryKey
from app.web.access.gate import Entry, Gate
from app.web.access.session import mask
from app.web.access.visitor import SignedIn
from app.web.access.visits import FORM_FIELD, visitor_of

ReplayPolicy = Callable[[RepoId, Policy, datetime], Awaitable[str]]
"""Tells in Markdown what a policy would have done until then."""

TEMPLATES = Path(__file__).parents[1] / "templates"

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_SHA = 7


class Pages:
    """Renders templates. All that is put into one is escaped; `web_url` is where GitHub shows its pages."""

    def __init__(
        self, *, web_url: str, public_url: str, is_demo: bool, can_sign_in: bool, static: Callable[[str], str]
    ) -> None:
        self.can_sign_in, self._public_url = can_sign_in, public_url
        self._env = jinja2.Environment(
            loader=jinja2.FileSystemLoader(TEMPLATES),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._env.filters |= {
            "ago": ago,
            "percent": percent,
            "minutes": minutes,
            "milliseconds": milliseconds,
            "sha": lambda text: text[:_SHA],
            "shown": said,
            "shown_lines": said_in_lines,
            "code": with_code,
            "count": count,
            "outside": is_outside,
            "stamp": lambda at: at.strftime("%Y-%m-%d %H:%M"),
            "iso": lambda at: at.isoformat(timespec="seconds"),
        }
        self._env.globals |= {
            "web_url": web_url,
            "is_demo": is_demo,
            "can_sign_in": can_sign_in,
            "static": static,
            "page_of": page_of,
            "api_of": lambda repo, *parts: f"/api/v1{page_of(repo, *parts)}",
            "file_on_github": lambda repo, file, line: file_on_github(web_url, repo, file, line),
            "commit_on_github": lambda repo, sha: f"{web_url}/{repo.full_name}/commit/{sha}",
            "compare_on_github": lambda repo, old, new: f"{web_url}/{repo.full_name}/compare/{old}...{new}",
            "check_on_github": lambda repo, check: f"{web_url}/{repo.full_name}/runs/{check}",
            "pull_on_github": lambda repo, number: f"{web_url}/{repo.full_name}/pull/{number}",
        }

    def render(
        self, request: web.Request, template: str, now: datetime, parts: Mapping[str, Any], *, status: int = 200
    ) -> web.Response:
        """Write a page, or the piece of one that htmx asks for: a template has a block for each, named after its id."""
        visitor = visitor_of(request)
        given = {
            "now": now,
            "visitor": visitor,
            "is_signed_in": isinstance(visitor, SignedIn),
            "csrf": mask(visitor.session.csrf) if isinstance(visitor, SignedIn) else "",
            "csrf_field": FORM_FIELD,
            "path": request.path,
            "origin": self._public_url or _origin(request),
            "query": {name: request.query[name] for name in request.query},
        }
        text = self._env.get_template(template).render(given | dict(parts))
        response = web.Response(status=status, text=text, content_type="text/html")
        response.enable_compression()
        return response

    def render_of(
        self,
        request: web.Request,
        template: str,
        entry: Entry,
        now: datetime,
        **parts: Any,  # noqa: ANN401
    ) -> web.Response:
        """Write a page about a repository."""
        return self.render(request, template, now, {"repo": entry.repo, "may_decide": entry.may_decide} | parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What a page is made of: who may see what, the templates, and what replays a policy, one at a time."""

    gate: Gate
    pages: Pages
    badge_address: Callable[[RepositoryKey], str | None]
    replay: ReplayPolicy | None = None
    replaying: asyncio.Lock = field(default_factory=asyncio.Lock)


def _origin(request: web.Request) -> str:
    """Return where the browser says that it is; nothing where that is no address."""
    try:
        return str(request.url.origin())
    except ValueError:
        return ""


def page_of(repo: RepositoryKey, *parts: str | int) -> str:
    """Return the address of one of a repository's pages."""
    return "/".join([f"/repos/{quote(repo.owner)}/{quote(repo.name)}", *(quote(str(one), safe="") for one in parts)])


def file_on_github(web_url: str, repo: RepositoryKey, file: str, line: int | None) -> str:
    """Return the address of a file on the default branch, at a line where one is known."""
    place = f"#L{line}" if line else ""
    return f"{web_url}/{repo.full_name}/blob/{quote(repo.default_branch)}/{quote(file)}{place}"


def is_outside(url: str | None) -> bool:
    """Tell whether an address leads to a page of the web: of strangers' words no other is linked."""
    return url is not None and url.startswith(("https://", "http://"))


def ago(at: datetime, now: datetime) -> str:
    """Say how long ago, or in how long, something is."""
    seconds = (now - at).total_seconds()
    said = _span(abs(seconds))
    return "just now" if abs(seconds) < _MINUTE else f"{said} ago" if seconds > 0 else f"in {said}"


def _span(seconds: float) -> str:
    for size, name in ((_DAY, "day"), (_HOUR, "hour"), (_MINUTE, "minute")):
        if seconds >= size:
            return count(int(seconds // size), name)
    return "a moment"


def percent(share: float | None) -> str:
    """Write a share of 1; what is there and tiny is not called nothing."""
    if share is None:
        return "–"
    return "<1%" if 0 < share < 0.01 else f"{share:.0%}"


def minutes(number: float) -> str:
    hours = number / 60
    return f"{hours:.0f} h" if hours >= 10 else f"{hours:.1f} h" if hours >= 1 else f"{number:.0f} min"


def milliseconds(number: float | None) -> str:
    if number is None:
        return "–"
    return f"{number / 1000:.1f} s" if number >= 1000 else f"{number:.0f} ms"


def with_code(text: str) -> Markup:
    """Set as code what stands between backticks in words of ours."""
    parts = enumerate(text.split("`"))
    return Markup("").join(Markup("<code>{}</code>").format(one) if at % 2 else escape(one) for at, one in parts)


def said(text: str | None, limit: int = 200) -> str:
    """Return what strangers wrote without what cannot be seen or turns the line around, and not too much of it."""
    return cut(shown(text or ""), limit)


def said_in_lines(text: str | None, limit: int) -> str:
    """Return what strangers wrote over several lines: as it stands there, but for what cannot be seen."""
    return cut("".join(one if one.isprintable() or one in "\n\t" else "\ufffd" for one in text or ""), limit)
