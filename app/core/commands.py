"""What people tell us in comments: `/flakeguard …` at the start of a line, and the boxes that they tick."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from difflib import get_close_matches
from itertools import islice

from app.core.find_tests import Ambiguous, Found, Match, NotFound, find_tests
from app.core.spoken import spoken_lines
from app.core.text import BREAK, cut

__all__ = [
    "Ambiguous",
    "Command",
    "Dismiss",
    "Explain",
    "Found",
    "Help",
    "Match",
    "Misunderstood",
    "NotFound",
    "Quarantine",
    "Release",
    "Rerun",
    "Status",
    "find_tests",
    "may_command",
    "parse",
    "ticked",
]

MOST_COMMANDS = 20
LONGEST_TEST = 2_500
LONGEST_REASON = 500
SHORTEST, LONGEST = timedelta(hours=1), timedelta(days=365)

TOO_MANY = f"a comment can give {MOST_COMMANDS} commands; I left the others alone"
NO_TEST = "the name of a test is missing"
NO_END = "the name of the test begins with {0} and does not end with it"
NAME_WITH_SPACES = "a name with spaces goes in backticks or double quotes"
NO_REASON = "nothing follows because"
NO_DURATION = "for is followed by a time such as 12h, 14d or 3w, from 1 hour to 365 days"
NOT_FOR = "only quarantine is for some time"
NOTHING_MORE = "{0} takes nothing more"
UNKNOWN = "I do not know {0}"
DID_YOU_MEAN = "I do not know {0}, did you mean {1}?"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """Put a test in quarantine. `duration` is 1 hour to 365 days, None where the policy decides."""

    test: str
    duration: timedelta | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """End the quarantine of a test."""

    test: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dismiss:
    """Drop the proposal for a test."""

    test: str
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explain:
    test: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rerun:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Misunderstood:
    """A line that speaks to us and is no command. `text` is the line as written, `why` half a sentence for the answer.

    Both hold the author's words, which are escaped where they are written.
    """

    text: str
    why: str


Command = Quarantine | Release | Dismiss | Explain | Rerun | Status | Help | Misunderstood


class _Unclear(ValueError):
    """The line cannot be understood; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """The words after the command's name, taken apart."""

    test: str
    duration: timedelta | None
    reason: str | None


_COMMAND = re.compile(r" {0,3}/flakeguard(?:[ \t]+(.*))?$", re.IGNORECASE)
_MAY_COMMAND = re.compile(r"(?:\A|[\r\n]) {0,3}/flakeguard", re.IGNORECASE)
_CODE = re.compile(r"(`+)(?!`)(.+?)(?<!`)\1(?!`)")
_QUOTED = re.compile(r"[\"“”](.+?)[\"“”](?=\s+(?:for|because)(?:\s|$)|$)", re.IGNORECASE)
_BARE = re.compile(r"(.+?)(?=\s+(?:for|because)(?:\s|$)|$)", re.IGNORECASE)
_FOR = re.compile(r"for(?:\s+(.*?))?(?=\s+because(?:\s|$)|$)", re.IGNORECASE)
_BECAUSE = re.compile(r"because(?:\s+(.*))?$", re.IGNORECASE)
_KEYWORD = re.compile(r"(?:for|because)(?:\s|$)", re.IGNORECASE)
_DURATION = re.compile(r"(\d{1,5})\s?(h|hours?|d|days?|w|weeks?)", re.IGNORECASE)
_TICKED = re.compile(r" {0,3}[-*+] \[[xX]\] .*<!-- flakeguard:decision (\d{1,18}) -->\s*")


def parse(body: str) -> tuple[Command, ...]:
    """Return the commands of a comment in their order, at most 20; after that one Misunderstood says that it is too many.

    Only lines that are the author's own words count: no quotes, code or HTML comments.
    """
    commands = tuple(islice(_commands(body), MOST_COMMANDS + 1))
    if len(commands) <= MOST_COMMANDS:
        return commands
    return (*commands[:MOST_COMMANDS], Misunderstood(text="", why=TOO_MANY))


def may_command(body: str) -> bool:
    """Tell by a look whether `parse` may find a command in a comment: a line of it begins like one."""
    return _MAY_COMMAND.search(body) is not None


def ticked(body: str) -> frozenset[int]:
    """Return the ids of the decisions whose boxes are ticked in a comment of our own.

    The hidden id counts and not the text beside it, in which no comment of HTML can be: our escaping breaks them.
    """
    return frozenset(int(found[1]) for line in body.splitlines() if (found := _TICKED.fullmatch(line)))


def _commands(body: str) -> Iterator[Command]:
    for line in spoken_lines(body):
        if (match := _COMMAND.match(line)) is not None:
            # Two spaces are one to people, and where all are single no expression can dwell on them.
            words = " ".join((match[1] or "").replace(BREAK, "").split())
            yield _understood(line.strip(), words)


def _understood(line: str, words: str) -> Command:
    name, _, rest = words.partition(" ")
    try:
        return _command(name.lower(), rest)
    except _Unclear as unclear:
        return Misunderstood(text=cut(line, 300), why=str(unclear))


def _command(name: str, rest: str) -> Command:
    if not name:
        return Help()
    if name in _PLAIN:
        return _plain(name, rest)
    if name in _WITH_TEST:
        return _WITH_TEST[name](_said(rest))
    raise _Unclear(_unknown(name))


def _unknown(name: str) -> str:
    near = get_close_matches(name[:40], (*_WITH_TEST, *_PLAIN), n=1)
    name = cut(name, 40)
    return DID_YOU_MEAN.format(name, near[0]) if near else UNKNOWN.format(name)


def _plain(name: str, rest: str) -> Command:
    if rest:
        raise _Unclear(NOTHING_MORE.format(name))
    return _PLAIN[name]()


def _said(rest: str) -> _Said:
    """Take `TEST [for DURATION] [because REASON]` apart."""
    test, rest = _test(rest)
    duration, reason = None, None
    if (found := _FOR.match(rest)) is not None:
        duration = _duration(found[1] or "")
        rest = rest[found.end() :].strip()
    if (found := _BECAUSE.match(rest)) is not None:
        reason = cut((found[1] or "").strip(), LONGEST_REASON)
        rest = ""
        if not reason:
            raise _Unclear(NO_REASON)
    if rest:
        raise _Unclear(NAME_WITH_SPACES)
    return _Said(test=test, duration=duration, reason=reason)


def _test(rest: str) -> tuple[str, str]:
    """Split the test's name, in its quotes or without, from what follows it."""
    quote = rest[:1]
    if not quote:
        raise _Unclear(NO_TEST)
    pattern = _CODE if quote == "`" else _QUOTED if quote in '"“”' else _BARE
    match = pattern.match(rest[: LONGEST_TEST + LONGEST_REASON])
    if match is None:
        raise _Unclear(NO_END.format(quote))
    test = match[match.lastindex or 0]
    # CommonMark takes one space off both ends of a code span, with which a backtick at the edge is kept apart.
    if quote == "`" and test[0] == test[-1] == " " and test.strip():
        test = test[1:-1]
    is_bare = pattern is _BARE
    if not test.strip() or len(test) > LONGEST_TEST or (is_bare and _KEYWORD.match(test)):
        raise _Unclear(NO_TEST)
    if is_bare and " " in test:
        raise _Unclear(NAME_WITH_SPACES)
    return test, rest[match.end() :].strip()


def _duration(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    if match is None:
        raise _Unclear(NO_DURATION)
    hours = int(match[1]) * {"h": 1, "d": 24, "w": 7 * 24}[match[2][0].lower()]
    duration = timedelta(hours=hours)
    if not SHORTEST <= duration <= LONGEST:
        raise _Unclear(NO_DURATION)
    return duration


def _without_time(said: _Said) -> _Said:
    if said.duration is not None:
        raise _Unclear(NOT_FOR)
    return said


def _release(said: _Said) -> Command:
    return Release(test=_without_time(said).test, reason=said.reason)


def _dismiss(said: _Said) -> Command:
    return Dismiss(test=_without_time(said).test, reason=said.reason)


def _explain(said: _Said) -> Command:
    if said.reason is not None:
        raise _Unclear(NOTHING_MORE.format("explain"))
    return Explain(test=_without_time(said).test)


def _quarantine(said: _Said) -> Command:
    return Quarantine(test=said.test, duration=said.duration, reason=said.reason)


_PLAIN: dict[str, Callable[[], Command]] = {"rerun": Rerun, "status": Status, "help": Help}
_WITH_TEST: dict[str, Callable[[_Said], Command]] = {
    "quarantine": _quarantine,
    "release": _release,
    "dismiss": _dismiss,
    "explain": _explain,
}
