"""What all pages have in common: the frame, small pieces, escaping."""

from datetime import datetime
from html import escape
from importlib.resources import files

from aiohttp import web

from app.sandbox.github.pages.markdown import to_html
from app.sandbox.github.world import Account, RepositoryData

_POLICY = "default-src 'none'; style-src 'self'; img-src data:; form-action"
STYLE = files(__package__).joinpath("style.css").read_text(encoding="utf-8")


def page(title: str, body: str, *trail: tuple[str, str], form_action: str = "'none'") -> web.Response:
    """Return a whole page; `trail` leads to it: address and text of each step, not escaped yet.

    `form_action` is where its forms may lead, redirects included.
    """
    steps = "".join(
        f' <span class="sep">/</span> <a href="{escape(there)}">{escape(text)}</a>' for there, text in trail
    )
    text = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="/_pages/style.css"></head>'
        f'<body><header><a class="home" href="/">Sandbox GitHub</a>{steps}</header><main>{body}</main>'
        "<footer>A GitHub in memory: its people are made up, and so is its time, which stands still until somebody does something. It forgets everything when it stops.</footer></body></html>"
    )
    return web.Response(
        text=text, content_type="text/html", headers={"Content-Security-Policy": f"{_POLICY} {form_action}"}
    )


def home_of(repo: RepositoryData) -> tuple[str, str]:
    """Return address and name of a repository, a step of a trail."""
    return f"/{repo.full_name}", repo.full_name


def at(time: datetime | None) -> str:
    return "" if time is None else f'<time datetime="{time.isoformat()}">{time:%d %b %Y, %H:%M}</time>'


def state(word: str) -> str:
    """Draw a state or a conclusion as a coloured word."""
    return f'<span class="state {escape(word)}">{escape(word.replace("_", " "))}</span>'


def dot(word: str) -> str:
    """Draw a conclusion as a mark with the word for who cannot see it."""
    return f'<span class="dot {escape(word)}" role="img" aria-label="{escape(word)}" title="{escape(word)}"></span>'


def labels(names: list[str]) -> str:
    return "".join(f' <span class="label">{escape(name)}</span>' for name in names)


def sha(value: str) -> str:
    return f"<code>{escape(value[:7])}</code>"


def card(user: Account, time: datetime, body: str, *, more: str = "", anchor: str = "") -> str:
    """Draw what somebody wrote, in Markdown; `more` is HTML below it."""
    bot = ' <span class="label">bot</span>' if user.type == "Bot" else ""
    text = to_html(body) if body.strip() else "<p><em>No description provided.</em></p>"
    place = f' id="{anchor}"' if anchor else ""
    return (
        f'<article class="card"{place}><div class="by"><span class="avatar">{escape(user.login[:1].upper())}</span>'
        f"<strong>{escape(user.login)}</strong>{bot} <span>{at(time)}</span></div>"
        f'<div class="markdown">{text}</div>{more}</article>'
    )


def rows(items: list[str], empty: str) -> str:
    """Draw a list of lines, or one that says why there are none."""
    inside = "".join(f"<li>{item}</li>" for item in items) or f'<li class="empty">{escape(empty)}</li>'
    return f'<ul class="rows">{inside}</ul>'
