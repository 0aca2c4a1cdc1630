"""Of which run, job and commit is a report file that lies on a disk? What was said of it counts, then its path, then the disk.

The rules stand in docs/analyze.md.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath

import msgspec
from msgspec.structs import replace

from app.core.globs import path_matches

_SHA = re.compile(r"(?<![0-9a-z])(?:[0-9a-f]{40}|(?=[0-9a-f]*[0-9])(?=[0-9a-f]*[a-f])[0-9a-f]{7,39})(?![0-9a-z])")
_RUN = re.compile(r"(?i)(?:^|[-_.])run[-_ ]?([0-9]{1,18})(?![0-9])|^([0-9]{5,18})$")
_ATTEMPT = re.compile(r"(?i)attempt[-_ ]?([0-9]{1,3})(?![0-9])")
_STAMP = re.compile(
    r"(?<![0-9])((?:19|20)[0-9]{2})-?([01][0-9])-?([0-3][0-9])(?:[T_ -]?([0-2][0-9])[:-]?([0-5][0-9])(?:[:-]?([0-5][0-9]))?Z?)?(?![0-9])"
)
_ONLY_WORDS = re.compile(
    r"(?i:(?:test[-_.]?)?(?:results?|reports?|junit|xunit|output|artifacts?|logs?)|tests?|target|(?:surefire|failsafe)-reports)|TEST-.+"
)
"""Words that every job's files have in their paths; one of Ant's, Surefire's and Gradle's files is named by its class."""
_KINDS = re.compile(r"(?i)(?:\.(?:xml|trx|json|jsonl|ndjson|tap|log|txt|zip|gz|junit|xunit))+$")
_CUT = "\0"
_AROUND_CUTS = re.compile(rf"[-_. ]*{_CUT}[-_. {_CUT}]*")


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What somebody said of files; None where they said nothing. `at` has a time zone."""

    commit: str | None = None
    branch: str | None = None
    run: str | None = None
    attempt: int | None = None
    job: str | None = None
    at: datetime | None = None
    pull: int | None = None

    def over(self, less: "Told") -> "Told":
        """Return what was said here, and for what was not, there."""
        said = {name: getattr(self, name) for name in less.__struct_fields__}
        return replace(less, **{name: value for name, value in said.items() if value is not None})


class Line(Told, frozen=True, kw_only=True):
    """A line of a manifest: what is said of the files that a glob means."""

    files: str


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Where a file belongs. Runs with one name are one; `commit` and `at` are None where nothing tells."""

    run: str
    attempt: int
    job: str
    commit: str | None
    branch: str | None
    pull: int | None
    at: datetime | None


def place(path: PurePosixPath, told: Told, manifest: Sequence[Line] = ()) -> Place:
    """Say where a file belongs, by its path below the directory that was given.

    The last line of a manifest that means it counts, over what was said of all files.
    """
    said = told
    for line in manifest:
        if path_matches(str(path), line.files):
            said = line.over(told)
    known = said.over(_by_path(path))
    dates = [stamp for part in path.parts[:-1] if (stamp := _find_stamp(part))]
    run = known.run or (
        " ".join([known.commit, *dates]) if known.commit else _ATTEMPT.sub("", str(path.parent / path.stem))
    )
    return Place(
        run=run,
        attempt=known.attempt or 1,
        job=known.job or _job(path),
        commit=known.commit,
        branch=known.branch,
        pull=known.pull,
        at=known.at,
    )


def _by_path(path: PurePosixPath) -> Told:
    found = Told()
    for part in path.parts:
        name = PurePosixPath(part).stem if part == path.name else part
        sha, run, attempt = _SHA.search(name), _RUN.search(name), _ATTEMPT.search(name)
        own = Told(
            commit=sha[0] if sha else None,
            run=(run[1] or run[2]) if run else None,
            attempt=int(attempt[1]) or None if attempt else None,
            at=_read_stamp(_find_stamp(name)),
        )
        found = own.over(found)
    return found


def _find_stamp(name: str) -> str | None:
    """Find the first date that there is in the calendar."""
    return next((one[0] for one in _STAMP.finditer(_SHA.sub(_CUT, name)) if _read_stamp(one[0])), None)


def _read_stamp(text: str | None) -> datetime | None:
    stamp = _STAMP.fullmatch(text) if text else None
    if stamp is None:
        return None
    try:
        return datetime(*(int(one) for one in stamp.groups(default="0")), tzinfo=UTC)  # type: ignore[misc,arg-type]
    except ValueError:
        return None


def _job(path: PurePosixPath) -> str:
    """Name the job by the first folder that says more than the run, as `gh run download` names it by the artifact; else by the file."""
    for part in (*path.parts[:-1], _KINDS.sub("", path.name)):
        left = _left_of(part)
        if left and not _ONLY_WORDS.fullmatch(left):
            return left
    return "tests"


def _left_of(part: str) -> str:
    """Cut out what is said of the run: of `unit-3.12-attempt-2` it leaves `unit-3.12`."""
    stamp = _find_stamp(part)
    rest = part.replace(stamp, _CUT) if stamp else part
    for said in (_SHA, _RUN, _ATTEMPT):
        rest = said.sub(_CUT, rest)
    return _AROUND_CUTS.sub("-", rest).strip("-_. ") if _CUT in rest else rest
