"""What people and rules did about the sample's tests: decisions in every state, and issues in every one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.core.issue import key_of
from app.core.model import DecisionState, TestId
from app.db.cases import StoredCase
from app.db.connection import Connection
from app.db.issues import add_issue, join_issue, mirror_state, note_issue
from app.handlers.bot import KnownRepo
from app.handlers.will import Person, Will, record_will
from app.sample.cast import Kind, Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Word:
    """What one of the two people said about a test; `lasting` is for how long a quarantine was asked."""

    kind: Kind
    by: int
    state: DecisionState
    because: str
    lasting: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """An issue opened for a test, or closed: `closed_as` is GitHub's reason, None while it opens."""

    kind: Kind
    number: int
    closed_as: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A moment, counted from the sample's beginning: the rules are followed first, then people speak."""

    after: timedelta
    words: tuple[Word, ...] = ()
    notes: tuple[Note, ...] = ()


BEATS = (
    Beat(
        after=timedelta(days=12, hours=1),
        notes=(Note(kind=Kind.HIGHLY_FLAKY, number=41), Note(kind=Kind.MILDLY_FLAKY, number=42)),
    ),
    Beat(
        after=timedelta(days=13, hours=9, minutes=40),
        words=(
            Word(
                kind=Kind.HIGHLY_FLAKY,
                by=0,
                state=DecisionState.ACTIVE,
                because="it blocks the release; the pool is being rewritten",
                lasting=timedelta(days=14),
            ),
            Word(
                kind=Kind.MILDLY_FLAKY,
                by=1,
                state=DecisionState.DISMISSED,
                because="the staging API was slow this week",
            ),
        ),
        notes=(Note(kind=Kind.MILDLY_FLAKY, number=42, closed_as="not_planned"),),
    ),
    Beat(
        after=timedelta(days=16, hours=14, minutes=5),
        words=(
            Word(
                kind=Kind.RETRIED_ONCE,
                by=0,
                state=DecisionState.ACTIVE,
                because="seen on my machine, too",
                lasting=timedelta(days=30),
            ),
        ),
        notes=(Note(kind=Kind.RETRIED_ONCE, number=43),),
    ),
    Beat(after=timedelta(days=19)),
    Beat(
        after=timedelta(days=24, hours=11, minutes=20),
        words=(
            Word(
                kind=Kind.RETRIED_ONCE,
                by=1,
                state=DecisionState.RESOLVED,
                because="the missing await is there now",
            ),
        ),
        notes=(Note(kind=Kind.RETRIED_ONCE, number=43, closed_as="completed"),),
    ),
    Beat(after=timedelta(days=28)),
    Beat(after=timedelta(days=30)),
    Beat(
        after=timedelta(days=31, hours=8, minutes=15),
        words=(
            Word(
                kind=Kind.HIGHLY_FLAKY,
                by=0,
                state=DecisionState.ACTIVE,
                because="the rewrite needs another sprint",
                lasting=timedelta(days=14),
            ),
        ),
    ),
    Beat(after=timedelta(days=39, hours=23)),
)
"""Each kind of decision comes out of them: proposed, begun, run out, dismissed, released."""

Tests = Mapping[Kind, StoredCase]


async def speak(conn: Connection, repo: KnownRepo, stage: Stage, tests: Tests, word: Word, at: datetime) -> None:
    """Record what a person said, as a command of theirs would be; there is nobody yet whom it could be shown."""
    will = Will(state=word.state, duration=word.lasting, because=word.because)
    await record_will(conn, repo, tests[word.kind], will, Person(login=stage.people[word.by], at=at))


async def note(conn: Connection, repo: KnownRepo, stage: Stage, tests: Tests, one: Note, at: datetime) -> None:
    """Open or close the issue of a test, as if GitHub had told us."""
    if one.closed_as is not None:
        await mirror_state(
            conn, repo.id, one.number, state="closed", reason=one.closed_as, closed_at=at, by=stage.people[1], at=at
        )
        return
    test = TestId(tests[one.kind].id)
    key = key_of(repo.row.external_id, test)
    link = await add_issue(conn, repo.id, key, test_id=test, cluster_id=None, at=at)
    await join_issue(conn, repo.id, link, [test], at)
    url = f"https://github.com/{stage.full_name}/issues/{one.number}"
    await note_issue(conn, repo.id, key, number=one.number, url=url, opened_at=at, digest=None)
