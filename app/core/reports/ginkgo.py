"""Ginkgo's JSON report (`--json-report`). Names are those of its JUnit report.

A node around a whole suite (BeforeSuite, ReportAfterSuite) is no test; where it failed, it is an error of that name.
"""

from collections.abc import Iterator

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions
from app.core.reports.json_shape import first_element
from app.core.reports.json_text import decode
from app.core.reports.json_values import MOST_UNTOLD, count, line_of, ms, report_of, text, texts

FORMAT = "ginkgo"
_NANOSECOND = 1e-6
_TEST = "It"
_SUITE_FAILED = "suite failed"
_OUTCOMES = {
    "passed": Outcome.PASSED,
    "failed": Outcome.FAILED,
    "panicked": Outcome.ERROR,
    "aborted": Outcome.ERROR,
    "interrupted": Outcome.ERROR,
    "timedout": Outcome.ERROR,
    "skipped": Outcome.SKIPPED,
    "pending": Outcome.SKIPPED,
}


class _Location(msgspec.Struct, rename="pascal"):
    file_name: object = None
    line_number: object = None
    full_stack_trace: object = None


class _Failure(msgspec.Struct, rename="pascal"):
    message: object = None
    forwarded_panic: object = None
    location: _Location | None = None


class _Spec(msgspec.Struct, rename="pascal"):
    container_hierarchy_texts: object = None
    container_hierarchy_labels: object = None
    leaf_node_type: object = None
    leaf_node_text: object = None
    leaf_node_labels: object = None
    leaf_node_location: _Location | None = None
    state: object = None
    run_time: object = None
    num_attempts: object = None
    max_must_pass_repeatedly: object = None
    failure: _Failure | None = None


class _Suite(msgspec.Struct, rename="pascal"):
    suite_path: object = None
    suite_description: object = None
    suite_succeeded: object = None
    special_suite_failure_reasons: object = None
    spec_reports: list[_Spec] | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is Ginkgo's: a list of suites with reports of their specs."""
    if b'"SpecReports"' not in data or data[:1] != b"[":
        return False
    return bool({"SuiteDescription", "SuitePath"} & first_element(data).keys())


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    suites = decode(data, list[_Suite], known_as=FORMAT)

    def fill(executions: Executions) -> None:
        for suite in suites:
            _add_suite(executions, suite)

    return report_of(FORMAT, fill)


def _add_suite(executions: Executions, suite: _Suite) -> None:
    name = text(suite.suite_description)
    has_failed = False
    for spec in suite.spec_reports or ():
        outcome = _OUTCOMES.get(text(spec.state).lower())
        if outcome is not None:
            has_failed = has_failed or outcome.is_bad
            _add(executions, name, spec, outcome)
    if suite.suite_succeeded is False and not has_failed:
        # It could not be compiled, or no spec of it was run.
        reasons = "\n".join(texts(suite.special_suite_failure_reasons)) or _SUITE_FAILED
        executions.add(name, name, _SUITE_FAILED, Outcome.ERROR, message=reasons)


def _add(executions: Executions, suite: str, spec: _Spec, outcome: Outcome) -> None:
    is_test = text(spec.leaf_node_type) in (_TEST, "")
    if not is_test and not outcome.is_bad:
        return
    location, name = spec.leaf_node_location or _Location(), _name(spec)
    file, line = text(location.file_name), line_of(location.line_number)
    for _ in range(_attempts_before(spec)):
        executions.add(suite, suite, name, Outcome.FAILED, file, line)
    failure = spec.failure or _Failure()
    executions.add(
        suite,
        suite,
        name,
        outcome if is_test or not outcome.is_bad else Outcome.ERROR,
        file,
        line,
        ms(spec.run_time, unit=_NANOSECOND),
        text(failure.forwarded_panic) or text(failure.message) if outcome.is_bad else None,
        _stack(failure) if outcome.is_bad else None,
    )


def _attempts_before(spec: _Spec) -> int:
    """Return how often a spec failed before its last attempt; one that must pass repeatedly is attempted while it passes."""
    if count(spec.max_must_pass_repeatedly) > 1:
        return 0
    return min(max(0, count(spec.num_attempts) - 1), MOST_UNTOLD)


def _stack(failure: _Failure) -> str:
    location = failure.location or _Location()
    place = f"{text(location.file_name)}:{text(location.line_number)}"
    return "\n".join((text(failure.message), place, text(location.full_stack_trace)))


def _name(spec: _Spec) -> str:
    full = " ".join([*texts(spec.container_hierarchy_texts), *texts(spec.leaf_node_text)])
    name = f"[{text(spec.leaf_node_type) or _TEST}] {full}".strip()
    labels = ", ".join(dict.fromkeys(_labels(spec)))
    return f"{name} [{labels}]" if labels else name


def _labels(spec: _Spec) -> Iterator[str]:
    containers = spec.container_hierarchy_labels
    for labels in containers if isinstance(containers, list) else ():
        yield from texts(labels)
    yield from texts(spec.leaf_node_labels)
