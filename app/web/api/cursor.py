"""Where the next part of a list begins, as a text that means nothing to whoever carries it."""

import base64
import binascii

import msgspec

from app.core.paging import Mark
from app.web.answering import Refusal

_LONGEST = 4_000


def write_cursor(mark: Mark) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(mark)).decode().rstrip("=")


def read_cursor(text: str) -> Mark:
    """Read a cursor that was written here. Raises Refusal; what its parts are is looked at by the query alone."""
    if len(text) > _LONGEST:
        raise _BAD
    try:
        mark = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, binascii.Error) as error:
        raise _BAD from error
    if not isinstance(mark, list) or not all(one is None or type(one) in (str, int, float) for one in mark):
        raise _BAD
    return tuple(mark)


_BAD = Refusal(status=400, detail="`after` is none of our cursors: take the one in `next` of the page before.")
