"""What a policy would have done, in words: a few sentences, and a table of the tests."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from app.core.counts import count
from app.core.model import TestId
from app.core.pull_report import name_of
from app.core.replay import Event, Replay, What
from app.core.text import code

TABLE_ROWS = 30
SHOWN_EACH = 5
"""Of a test to which more happened, the latest is shown."""

_WORDS = {
    What.PROPOSED: "proposed",
    What.QUARANTINED: "put into quarantine",
    What.RELEASED: "released",
    What.EXPIRED: "ended",
    What.ISSUE_OPENED: "issue opened",
    What.ISSUE_CLOSED: "issue closed",
    What.ISSUE_REOPENED: "issue reopened",
}
_OF_ISSUES = {What.ISSUE_OPENED: "opened", What.ISSUE_CLOSED: "closed", What.ISSUE_REOPENED: "reopened"}
_HOW = (
    "Each attempt was judged when it ended, by what was known then; what people answered to it is not in this. "
    "A proposal or a quarantine is *released* by enough passes, and *ended* by time, by the policy or since the test does not flake any more."
)

_Told = Mapping[TestId, Sequence[Event]]


def render(replay: Replay) -> str:
    """Write the replay as Markdown: what the policy would have done, and where the one in force would have done otherwise."""
    asked, in_force = _by_test(replay.asked), _by_test(replay.in_force)
    period = f"in the last {count((replay.until - replay.since).days, 'day')}"
    if replay.is_same:
        parts = [f"No difference {period}.", f"With either policy: {_summary(asked)}."]
    else:
        parts = [
            f"With this policy, {period}: {_summary(asked)}.",
            f"With the policy in force: {_summary(in_force)}.",
        ]
    if asked or in_force:
        parts += ["\n".join(_table(replay, asked, in_force)), _HOW]
    if replay.is_shortened:
        parts.append("More days would have taken too long to go through.")
    if replay.left_out:
        parts.append(f"{_were(replay.left_out)} not looked at: they failed less, or run too often to go through again.")
    return "\n\n".join(parts)


def _were(tests: int) -> str:
    return f"{count(tests, 'test')} {'was' if tests == 1 else 'were'}"


def _by_test(events: Iterable[Event]) -> _Told:
    told: defaultdict[TestId, list[Event]] = defaultdict(list)
    for one in events:
        told[one.test].append(one)
    return told


def _summary(told: _Told) -> str:
    """Return "3 tests proposed (2 now), 1 put into quarantine, 2 issues opened, 1 closed"."""
    tests = [
        (sum(any(one.what is what for one in own) for own in told.values()), _with_now(told, what))
        for what in What
        if what not in _OF_ISSUES
    ]
    issues = [
        (sum(one.what is what for own in told.values() for one in own), words) for what, words in _OF_ISSUES.items()
    ]
    return ", ".join([*_listed(tests, "test"), *_listed(issues, "issue")]) or "nothing"


def _listed(counted: Iterable[tuple[int, str]], noun: str) -> list[str]:
    """Say how many there were of what; what they are is said once."""
    said = [(number, words) for number, words in counted if number]
    return [f"{number if place else count(number, noun)} {words}" for place, (number, words) in enumerate(said)]


def _with_now(told: _Told, what: What) -> str:
    if what not in (What.PROPOSED, What.QUARANTINED):
        return _WORDS[what]
    return f"{_WORDS[what]} ({sum(_is_now(own, what) for own in told.values())} now)"


def _is_now(events: Sequence[Event], what: What) -> bool:
    return next((one.what for one in reversed(events) if one.what not in _OF_ISSUES), None) is what


def _table(replay: Replay, asked: _Told, in_force: _Told) -> Iterable[str]:
    """Yield the lines of the table, the tests first for which the policies differ."""
    rows = [
        (_events(asked.get(test, ())), _events(in_force.get(test, ())), name_of(replay.cases[test]), test)
        for test in {*asked, *in_force}
    ]
    rows.sort(key=lambda row: (row[0] == row[1], row[2], row[3]))
    yield "| Test | With this policy | With the policy in force |"
    yield "| --- | --- | --- |"
    for ours, theirs, name, _ in rows[:TABLE_ROWS]:
        yield f"| {code(name, limit=120)} | {ours} | {'the same' if ours == theirs else theirs} |"
    if len(rows) > TABLE_ROWS:
        yield f"\nAnd {count(len(rows) - TABLE_ROWS, 'more test')}."


def _events(events: Sequence[Event]) -> str:
    said = [f"{_WORDS[one.what]} {one.at:%Y-%m-%d}" for one in events[-SHOWN_EACH:]]
    if len(events) > SHOWN_EACH:
        said.insert(0, "…")
    return ", ".join(said) or "nothing"
