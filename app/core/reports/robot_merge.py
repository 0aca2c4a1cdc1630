"""The message that Robot Framework's `rebot --merge` leaves on a test that was run again."""

import html
import re
from typing import NamedTuple

from app.core.model import Outcome

_MARKS = ("re-executed and results merged", "Re-executed test has been merged")
_RULE = "<hr>"
_STATUS = re.compile(r"(?:New|Old) status:(?:</\w{1,10}>)? {0,2}<span class=\"[\w ]{1,20}\">(PASS|FAIL|SKIP)</span>")
_MESSAGE = re.compile(r"(?:New|Old) message:(?:</\w{1,10}>)? {0,2}")
_TAG = re.compile(r"<[^<>]{0,200}>")
_OUTCOMES = {"PASS": Outcome.PASSED, "FAIL": Outcome.FAILED, "SKIP": Outcome.SKIPPED}


class Ended(NamedTuple):
    """How one execution ended, and why."""

    outcome: Outcome
    message: str


def ends(outcome: Outcome, message: str) -> list[Ended]:
    """Return the executions of which a test's message tells, the oldest first; the last one has the test's outcome.

    The message of a merged test is HTML: what it is now, then what it was before, each behind a rule.
    """
    if not message.startswith("*HTML*") or not any(mark in message for mark in _MARKS):
        return [Ended(outcome, message)]
    told = [ended for part in message.split(_RULE)[1:] if (ended := _ended(part))]
    newest = told[0].message if told else _plain(message.removeprefix("*HTML*"))
    return [*reversed(told[1:]), Ended(outcome, newest)]


def _ended(part: str) -> Ended | None:
    status = _STATUS.search(part)
    if status is None:
        return None
    message = _MESSAGE.search(part, status.end())
    text = part[message.end() :] if message else ""
    return Ended(_OUTCOMES[status[1]], _plain(text))


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text.replace("<br>", "\n"))).strip()
