"""When did the tests of a report or a log run? Its own first words say, in the attribute or field that its format has for it."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.core.archive import read_members, read_packed
from app.core.reports.document import HEAD, encoding_by_mark, pieces_of
from app.core.tarball import holds_results

EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""What is told to be older was written by a machine without a clock, or by a build that has the same time each time."""

_SECONDS, _MILLISECONDS = 10, 13
_DAY = r"(?P<year>\d{4})-?(?P<month>\d\d)-?(?P<day>\d\d)"
_CLOCK = r"(?P<hour>\d\d):(?P<minute>\d\d):(?P<second>\d\d)(?:[.,]\d{1,9})?"
_ZONE = r"(?:\s?(?P<zone>Z|[+-]\d\d:?\d\d))?"
_NAMES = r"timestamp|start|start[-_]?time(?:millis)?|started[-_]?at|starttesttime|testattemptstart(?:millisepoch)?|created|time_started"
_IS = r"""["']?\s{0,3}[=:>]\s{0,3}["']?"""
# What is called `time` alone is a duration as often as not; only what looks like a date is none.
_TOLD = re.compile(
    rf"""(?<![\w-])(?i:(?:{_NAMES}|run-date|date|generated|time){_IS}"""
    rf"""{_DAY}(?:[T ]|["']\s{{1,3}}(?:run-|start-)?time=["']){_CLOCK}{_ZONE}"""
    rf"""|(?:{_NAMES}){_IS}(?P<epoch>\d{{{_MILLISECONDS}}}|\d{{{_SECONDS}}})(?!\d))"""
)
_DOCUMENT = re.compile(r"[\ufeff\s]{0,99}(?:<|\{|\[\s{0,99}[\[{])")
_STAMPED = re.compile(rf"\A\ufeff?{_DAY}T{_CLOCK}{_ZONE} ")


def begin_of_files(paths: Sequence[str], latest: datetime) -> list[datetime | None]:
    """Return when the tests of each file began; None where it does not say, or says what cannot be.

    Of an archive it is the first of its files that says something. A time without a zone is taken for UTC; nothing after
    `latest` is believed.
    """
    return [next(filter(None, (told_begin(head, latest) for head in _heads(Path(path)))), None) for path in paths]


def told_begin(head: bytes, latest: datetime) -> datetime | None:
    """Find in the beginning of a file when its tests began."""
    text = head.decode(encoding_by_mark(head) or "utf-8", "replace")
    # In a log, words such as these may be anybody's; the stamp before its first line is CI's.
    found = _TOLD.finditer(text) if _DOCUMENT.match(text) else _STAMPED.finditer(text)
    read = (_read(one) for one in found)
    return next((at for at in read if at is not None and EARLIEST <= at <= latest), None)


def _heads(path: Path) -> Iterator[bytes]:
    """Yield the beginning of a file, or of each file in an archive."""
    with path.open("rb") as file:
        head = file.read(HEAD)
        if head.startswith(b"PK"):
            yield from (member.head for member in read_members(file, lambda _: True, lambda _: None))
        elif holds_results(path.name):
            size = path.stat().st_size
            yield from (member.head for member in read_packed(str(path), lambda: pieces_of(path), size, lambda _: None))
        else:
            yield head


def _read(found: re.Match[str]) -> datetime | None:
    parts = found.groupdict()
    try:
        if epoch := parts.get("epoch"):
            return datetime.fromtimestamp(int(epoch[:_SECONDS]), UTC)
        day = (int(parts["year"]), int(parts["month"]), int(parts["day"]))
        at = datetime(*day, int(parts["hour"]), int(parts["minute"]), int(parts["second"]), tzinfo=UTC)
        return at - _offset(parts["zone"])
    except (ValueError, OverflowError):
        return None


def _offset(zone: str | None) -> timedelta:
    if zone is None or zone == "Z":
        return timedelta()
    ahead = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return -ahead if zone[0] == "-" else ahead
