"""TestCafe's JSON reporter: fixtures with their tests. In quarantine mode a test is run until one outcome has a majority."""

from collections.abc import Iterator

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions, first_line
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import failure_kind, ms, named_file, plain, report_of, text, texts

FORMAT = "testcafe"
_MOST_ATTEMPTS = 100


class _Attempt(msgspec.Struct):
    passed: object = None


class _Test(msgspec.Struct, rename="camel"):
    name: object = None
    errs: object = None
    duration_ms: object = None
    unstable: object = None
    skipped: object = None
    quarantine: dict[str, _Attempt] | None = None


class _Fixture(msgspec.Struct):
    name: object = None
    path: object = None
    tests: list[_Test] | None = None


class _Document(msgspec.Struct):
    fixtures: list[_Fixture] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is TestCafe's: its fixtures beside the browsers that they ran in."""
    if b'"fixtures"' not in data or b'"userAgents"' not in data:
        return False
    outer = members(data)
    return is_list(outer.get("fixtures")) and "userAgents" in outer


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)

    def fill(executions: Executions) -> None:
        for fixture in document.fixtures or ():
            for test in fixture.tests or ():
                _add(executions, fixture, test)

    return report_of(FORMAT, fill)


def _add(executions: Executions, fixture: _Fixture, test: _Test) -> None:
    file = text(fixture.path)
    said = [plain(one) for one in texts(test.errs)]
    names = (named_file(file), text(fixture.name), text(test.name))
    for outcome in _earlier(test, has_failed=bool(said)):
        executions.add(*names, outcome, file)
    outcome = Outcome.PASSED
    if test.skipped is True:
        outcome = Outcome.SKIPPED
    elif said:
        outcome = failure_kind(said[0])
    executions.add(
        *names,
        outcome,
        file=file,
        duration_ms=ms(test.duration_ms),
        message=first_line(said[0]) if said else None,
        stack_trace="\n\n".join(said),
    )


def _earlier(test: _Test, *, has_failed: bool) -> Iterator[Outcome]:
    """Yield how the attempts before the last one ended; an older TestCafe says only that they differed."""
    attempts = [(number, one) for number, one in (test.quarantine or {}).items() if number.isdecimal()]
    if attempts:
        ended = [one.passed is True for _, one in sorted(attempts, key=lambda pair: (len(pair[0]), pair[0]))]
        yield from (Outcome.PASSED if passed else Outcome.FAILED for passed in ended[:-1][:_MOST_ATTEMPTS])
    elif test.unstable is True:
        yield Outcome.PASSED if has_failed else Outcome.FAILED
