"""Signs in a log that something other than a test ended the job, looked for where they count.

Only the last lines of a step that failed are looked at: what a program says about its end stands there, and what it says
before may be anything, the output of a test of error handling included.
"""

from collections.abc import Iterable

from app.core.logs.infra_rules import SIGNS, Reach

TAIL = 80
"""Lines at the end of a step in which signs are looked for."""

_LOOKED_AT = 500
"""Characters of such a line: whoever gives a reason gives it early."""


def infra_failure(lines: Iterable[str], *, has_session: bool) -> str | None:
    """Return in a few words which failure of machine or service the last lines of a failed step show, None for none.

    `has_session` says that a test runner was at work in the step.
    """
    counting = {Reach.MACHINE} if has_session else {Reach.MACHINE, Reach.SERVICE}
    signs = [sign for sign in SIGNS if sign.reach in counting]
    return next((sign.words for text in lines for sign in signs if sign.pattern.search(text, 0, _LOOKED_AT)), None)


def early_stop(lines: Iterable[str]) -> str | None:
    """Return in a few words what ended the failed step before its time, None where its last lines show no such thing."""
    signs = [sign for sign in SIGNS if sign.stops]
    return next((sign.words for text in lines for sign in signs if sign.pattern.search(text, 0, _LOOKED_AT)), None)
