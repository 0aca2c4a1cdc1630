"""The form of Slack's incoming webhooks. Source: "Sending messages using incoming webhooks", "Formatting message text"."""

from urllib.parse import quote

from app.core.hooks.body import Body
from app.core.hooks.words import Notation, in_words
from app.core.text import EMPTY, cut, shown

_LONGEST_CODE = 250
_CONTROLS = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
"""All three begin or end something with Slack, mentions such as <!channel> among them."""
_TICKS = str.maketrans("`", "ˋ")
_SAFE = "/:?&=#%+,;~.-_!$@"


def to_slack(body: Body) -> dict[str, object]:
    """Return the message. `verbatim` keeps Slack from making links and mentions of what looks like them."""
    lines = in_words(body, Notation(code=_code, link=_link))
    return {
        "text": lines[0],
        "blocks": [{"type": "section", "text": {"type": "mrkdwn", "text": line, "verbatim": True}} for line in lines],
        "unfurl_links": False,
        "unfurl_media": False,
    }


def _code(text: str) -> str:
    # Nothing can be escaped within a code span but by leaving it out: a backtick would end it.
    return f"`{(cut(shown(text), _LONGEST_CODE) or EMPTY).translate(_TICKS).translate(_CONTROLS)}`"


def _link(label: str, url: str) -> str:
    return f"<{quote(url, safe=_SAFE).translate(_CONTROLS)}|{label.translate(_CONTROLS)}>"
