"""What the headers of an answer ask for."""

import math
import re
from email.utils import parsedate_to_datetime

_SECONDS = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,9})?")


def seconds_to_wait(retry_after: str | None, date: str | None) -> int | None:
    """Return how many seconds `Retry-After` asks for, one at least; a moment counts from the `Date` of the same answer.

    None where it asks for nothing, or nothing that can be read. Source: RFC 9110, 10.2.3; Discord writes fractions.
    """
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        return max(1, math.ceil(float(text)))
    try:
        wait = parsedate_to_datetime(text) - parsedate_to_datetime(date or "")
    except (TypeError, ValueError):
        return None
    return max(1, math.ceil(wait.total_seconds()))
