"""The JSON of the plugin pytest-json-report. Names are those of pytest's own JUnit file."""

from collections.abc import Iterator

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions, first_line
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import ms, number, report_of, text
from app.core.reports.quarantined import true_outcome

FORMAT = "pytest-json"
_SUITE = "pytest"
_RERUN = "rerun"
_XFAILED = "xfailed"
_OUTCOMES = {
    "passed": Outcome.PASSED,
    # Where a mark is strict, pytest says `failed`.
    "xpassed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "error": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "xfailed": Outcome.SKIPPED,
}


class _Crash(msgspec.Struct):
    message: object = None


class _Stage(msgspec.Struct):
    duration: object = None
    outcome: object = None
    crash: _Crash | None = None
    longrepr: object = None


class _Test(msgspec.Struct):
    nodeid: object = None
    outcome: object = None
    lineno: object = None
    longrepr: object = None
    setup: _Stage | None = None
    call: _Stage | None = None
    teardown: _Stage | None = None
    user_properties: object = None


class _Document(msgspec.Struct):
    tests: list[_Test] | None = None
    collectors: list[_Test] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is pytest-json-report's: tests or collectors beside the exit code or how many were collected."""
    if b'"nodeid"' not in data or (b'"exitcode"' not in data and b'"collected"' not in data):
        return False
    outer = members(data)
    is_session = "exitcode" in outer or "collected" in members(outer.get("summary") or b"")
    return is_session and (is_list(outer.get("tests")) or is_list(outer.get("collectors")))


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)

    def fill(executions: Executions) -> None:
        for collector in document.collectors or ():
            if collector.outcome in ("failed", "skipped"):
                _add_collector(executions, collector)
        for test in document.tests or ():
            _add(executions, test)

    return report_of(FORMAT, fill)


def _add_collector(executions: Executions, collector: _Test) -> None:
    """Add a file of which no test could be collected, or all were skipped."""
    file = text(collector.nodeid).partition("::")[0]
    is_bad = collector.outcome == "failed"
    said = text(collector.longrepr) if is_bad else ""
    outcome = Outcome.ERROR if is_bad else Outcome.SKIPPED
    executions.add(_SUITE, "", _dotted(file), outcome, file, None, None, _last_line(said), said)


def _add(executions: Executions, test: _Test) -> None:
    file, *owners, name = _parts(test)
    names = (_SUITE, ".".join(part for part in (_dotted(file), *owners) if part), name)
    if test.outcome == _RERUN:
        executions.add(*names, Outcome.FAILED, file)
    outcome = _outcome(test)
    if outcome is None:
        return
    line = number(test.lineno)
    # One that our plug-in made an expected failure has a crash all the same.
    worst = next((one for one in _stages(test) if one.outcome in ("failed", "error") or one.crash is not None), None)
    executions.add(
        *names,
        outcome,
        file=file,
        # Counted from 0.
        line=int(line) + 1 if line is not None and 0 <= line < 1 << 30 else None,
        duration_ms=_duration(test),
        message=_message(worst) if worst and outcome.is_bad else None,
        stack_trace=text(worst.longrepr) if worst and outcome.is_bad else None,
    )
    if outcome.is_bad and test.outcome == _XFAILED:
        executions.add(*names, Outcome.SKIPPED, file)


def _outcome(test: _Test) -> Outcome | None:
    """Return how the test ended; of one that was run again the stages of its last run alone tell it."""
    if test.outcome != _RERUN:
        return (test.outcome == _XFAILED and _unmasked(test)) or _OUTCOMES.get(text(test.outcome))
    if test.call is not None and test.call.outcome == "failed":
        return Outcome.FAILED
    ended = [one.outcome for one in _stages(test)]
    return Outcome.ERROR if "failed" in ended else Outcome.SKIPPED if "skipped" in ended else Outcome.PASSED


def _unmasked(test: _Test) -> Outcome | None:
    """Return how a test ended that our plug-in for pytest made an expected failure; None for any other."""
    given = test.user_properties if isinstance(test.user_properties, list) else ()
    return next((outcome for one in given if isinstance(one, dict) and (outcome := true_outcome(one))), None)


def _parts(test: _Test) -> list[str]:
    """Split a node's id at its colons, but not at those of its parameters, into at least a file and a name."""
    before, bracket, parameters = text(test.nodeid).partition("[")
    *parts, name = before.split("::")
    return [*(parts or [""]), name + bracket + parameters]


def _stages(test: _Test) -> Iterator[_Stage]:
    return (stage for stage in (test.setup, test.call, test.teardown) if stage is not None)


def _duration(test: _Test) -> int | None:
    """Return the time of all stages together in milliseconds, as pytest's JUnit file does."""
    seconds = [found for stage in _stages(test) if (found := number(stage.duration)) is not None]
    return ms(sum(seconds), unit=1000) if seconds else None


def _message(stage: _Stage) -> str | None:
    said = text(stage.crash.message) if stage.crash else ""
    return said or _last_line(text(stage.longrepr))


def _last_line(longrepr: str) -> str | None:
    """Return the last line of what pytest marks with an `E`, else the first one."""
    marked = [line[1:].strip() for line in longrepr[:16_000].splitlines() if line.startswith("E  ")]
    return marked[-1] if marked else first_line(longrepr)


def _dotted(file: str) -> str:
    return file.removesuffix(".py").replace("\\", "/").replace("/", ".")
