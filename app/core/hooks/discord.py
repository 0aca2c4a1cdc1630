"""The form of Discord's webhooks. Source: "Execute Webhook", "Embed Limits", "Allowed Mentions Object"."""

from urllib.parse import quote

from app.core.hooks.body import Body
from app.core.hooks.words import Notation, in_words
from app.core.text import BREAK, EMPTY, cut, shown

_LONGEST_CODE = 300
_LONGEST_CONTENT = 2_000
_LONGEST_DESCRIPTION = 4_096
_TICKS = str.maketrans("`", "ˋ")
_SAFE = "/:?&=#%+,;~.-_!$@"


def to_discord(body: Body) -> dict[str, object]:
    """Return the message, which mentions nobody whatever it holds."""
    first, *rest = in_words(body, Notation(code=_code, link=_link))
    message: dict[str, object] = {"content": cut(first, _LONGEST_CONTENT), "allowed_mentions": {"parse": []}}
    if rest:
        described = cut("\n".join(rest), _LONGEST_DESCRIPTION)
        message["embeds"] = [{"description": described, "timestamp": body.at.isoformat()}]
    return message


def _code(text: str) -> str:
    """Return a code span: no Markdown means anything in it, and what looks like a mention is none even in a notification."""
    content = (cut(shown(text), _LONGEST_CODE) or EMPTY).translate(_TICKS)
    return f"`{content.replace('@', '@' + BREAK).replace('<', '<' + BREAK)}`"


def _link(label: str, url: str) -> str:
    # Brackets keep Discord from showing the page within the message.
    return f"[{label.replace('#', BREAK + '#')}](<{quote(url, safe=_SAFE)}>)"
