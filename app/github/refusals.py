"""Judge what GitHub refuses: how long it wants to be left alone, and what can be done about the rest. Pure."""

from datetime import timedelta

from app.github.errors import (
    Archived,
    GitHubError,
    Gone,
    KeyRefused,
    NotAllowed,
    NotInstalled,
    NotOurs,
    Rejected,
    TryLater,
    UnexpectedAnswer,
    VersionRefused,
)
from app.github.wire import Answer

KEY_WAIT = timedelta(minutes=5)
"""How long jobs wait where GitHub does not take our key, or does not know our API: an operator has to act first."""

_MINUTE = timedelta(minutes=1)
_LONGEST_WAIT = timedelta(hours=1)
_AFTER_FAILURE = timedelta(seconds=10)
_NO_SUCH_APP = "integration not found"
_NO_SUCH_VERSION = "not a supported version"

# A 403 that says one of these means it; any other of a new token may be a permission that has not spread yet.
_FINAL = ("suspended", "cannot be retried", "already running", "over a month ago", "archived", "disabled")


def wait_asked(answer: Answer, *, strikes: int) -> timedelta | None:
    """Return how long no request may go out, None where the answer is no matter of limits.

    `strikes` is how many times in a row GitHub named no time before; the wait doubles with each, up to an hour.
    Source: "Rate limits for the REST API", "Exceeding the rate limit".
    """
    if not answer.may_be_limited:
        return wait_until_reset(answer)
    if (seconds := answer.number("retry-after")) is not None:
        return _seconds(seconds)
    if (wait := wait_until_reset(answer)) is not None:
        return wait
    if answer.status == 429 or _is_secondary(answer.message):
        return min(_MINUTE * (1 << min(strikes, 10)), _LONGEST_WAIT)
    return None


def wait_until_reset(answer: Answer) -> timedelta | None:
    """Return how long it is until the primary limit starts anew, None while something is left of it.

    Search and the manifest flow have limits of their own, which stop nothing else.
    """
    if answer.number("x-ratelimit-remaining") != 0 or answer.headers.get("x-ratelimit-resource", "core") != "core":
        return None
    reset = answer.number("x-ratelimit-reset")
    seconds = None if reset is None else answer.seconds_until(reset)
    return _MINUTE if seconds is None else _seconds(seconds)


def _seconds(asked: float) -> timedelta:
    # No limit of GitHub's lasts longer than an hour; a day keeps a wild number from stopping us for good.
    return timedelta(seconds=min(max(asked, 1), 86_400))


def _is_secondary(message: str) -> bool:
    said = message.lower()
    return "rate limit" in said or "abuse detection" in said


def is_final(answer: Answer) -> bool:
    """Tell whether a 403 gives a reason for which asking again is no use, however new the token."""
    said = answer.message.lower()
    return any(text in said for text in _FINAL)


def refusal(answer: Answer) -> GitHubError:
    """Turn an answer that is neither good nor a matter of limits into the error that says what to do."""
    said = answer.message
    reason = f"{answer.what}: {said}"
    match answer.status:
        case 400 | 410 if _NO_SUCH_VERSION in said.lower():
            # 400 a version that a server never knew, 410 one that GitHub has given up: all jobs would be dropped as gone.
            return VersionRefused(KEY_WAIT, reason, said)
        case 401:
            return TryLater(_MINUTE, reason, said)
        case 403 | 451:
            return _forbidden(answer, reason, said)
        case 404 if said.lower() == _NO_SUCH_APP:
            # GitHub says this of the App, where it says "Not Found" of an installation: dropping the job would lose it.
            return KeyRefused(KEY_WAIT, reason, said)
        case 404 | 410:
            return Gone(reason, said)
        case 422:
            return Rejected(reason, said)
        case status if status >= 500:
            seconds = answer.number("retry-after")
            return TryLater(_AFTER_FAILURE if seconds is None else _seconds(seconds), reason, said)
        case _:
            return UnexpectedAnswer(reason, said)


def _forbidden(answer: Answer, reason: str, said: str) -> NotOurs:
    """Tell apart what only GitHub's words do. Source: "Troubleshooting the REST API"."""
    words = said.lower()
    if "not accessible by integration" in words:
        return NotAllowed(reason, said, answer.headers.get("x-accepted-github-permissions", ""))
    if "suspended" in words:
        return NotInstalled(reason, said)
    if "archived" in words:
        return Archived(reason, said)
    return NotOurs(reason, said)
