"""The list for programs: all that is known of each test, as JSON in ASCII."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from app.core.skiplists.names import check_name
from app.core.skiplists.placeholders import expression, has_placeholder
from app.core.skiplists.values import QuarantinedTest, Refused, SkipList, Unsayable

MEDIA_TYPE = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A test in quarantine, under the name that its runner's reports give it. `file` is null where none told it.

    Where a part of a name changes with every run, a pattern says what it may be; it is null where the name is exact.
    """

    test_id: int
    name: str
    name_pattern: str | None
    classname: str
    classname_pattern: str | None
    suite: str
    file: str | None
    variant: str | None
    reason: str
    issue_url: str | None
    until: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantine:
    """The tests in quarantine, and those of them that no list may name."""

    tests: tuple[Quarantined, ...]
    refused: tuple[Refused, ...]


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return `{"tests": [...], "refused": [...]}`, in the order of the tests' numbers; times are ISO 8601.

    Where a name holds a placeholder, a pattern beside it says what may stand there; it is null where the name is exact.
    """
    told, refused = [], []
    for test in sorted(tests, key=lambda test: test.test_id):
        try:
            check_name(test)
            told.append(_told(test))
        except Unsayable as error:
            refused.append(Refused(test_id=test.test_id, why=str(error)))
    listed = Quarantine(tests=tuple(told), refused=tuple(refused))
    text = json.dumps(asdict(listed), indent=1, default=datetime.isoformat) + "\n"
    return SkipList(text=text, media_type=MEDIA_TYPE, refused=tuple(refused))


def _told(test: QuarantinedTest) -> Quarantined:
    return Quarantined(
        test_id=test.test_id,
        name=test.name,
        name_pattern=_pattern(test.name),
        classname=test.classname,
        classname_pattern=_pattern(test.classname),
        suite=test.suite,
        file=test.file,
        variant=test.variant,
        reason=test.reason,
        issue_url=test.issue_url,
        until=test.until,
    )


def _pattern(name: str) -> str | None:
    return expression(name) if has_placeholder(name) else None
