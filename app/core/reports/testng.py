"""TestNG's own report: `testng-results.xml`."""

import re
from collections.abc import Mapping
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions, bounded_ms
from app.core.reports.xml_records import Node

FORMAT = "testng"
_ASSERTION = re.compile(r"Assert|ComparisonFailure|MultipleFailures")
_MILLISECONDS = re.compile(r"[0-9]{1,15}")


class TestNgFormat:
    """Names a method by its `<test>`, its class and its parameters; configuration methods count where they failed."""

    __test__ = False

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"testng-results"})
    marks: ClassVar[tuple[str, ...]] = ()
    records: ClassVar[frozenset[str]] = frozenset({"test-method"})

    def __init__(self, executions: Executions) -> None:
        self._executions = executions
        self._test = ""
        self._class_name = ""

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name in {"suite", "test"}:
            self._test = attributes.get("name", "")
        elif name == "class":
            package, own = attributes.get("package", ""), attributes.get("name", "")
            self._class_name = f"{package}.{own}" if package not in {"", "[default]"} else own

    def end(self, name: str) -> None:
        """Take the end of a class or test, after which another begins with its own name."""

    def record(self, node: Node) -> None:
        outcome = _outcome(node)
        if node.get("is-config") == "true":
            if not outcome.is_bad:
                return
            outcome = Outcome.ERROR
        took = node.get("duration-ms")
        exception = node.find("exception") if outcome.is_bad else None
        self._executions.add(
            self._test,
            self._class_name,
            _name(node),
            outcome,
            duration_ms=bounded_ms(int(took)) if _MILLISECONDS.fullmatch(took) else None,
            message=(exception.words("message") or exception.get("class")) if exception else None,
            stack_trace=(exception.words("full-stacktrace") or exception.words("short-stacktrace"))
            if exception
            else None,
        )

    def finish(self) -> None:
        """Take note of the end, at which nothing is left to say."""


def _outcome(method: Node) -> Outcome:
    """Return how a method ended; one that its retry analyzer runs anew is written as skipped, with its exception.

    A failure within the success percentage is one that the test allows itself, so it is none.
    """
    status, exception = method.get("status"), method.find("exception")
    if status == "PASS":
        return Outcome.PASSED
    if status == "FAIL" or (method.get("retried") == "true" and exception):
        is_assertion = exception is None or _ASSERTION.search(exception.get("class").rpartition(".")[2])
        return Outcome.FAILED if is_assertion else Outcome.ERROR
    return Outcome.SKIPPED


def _name(method: Node) -> str:
    """Return the name with its parameters as Java prints an array, which is how Surefire names the same execution."""
    parameters = method.find("params")
    if parameters is None:
        return method.get("name")
    return f"{method.get('name')}[{', '.join(_value(each) for each in parameters.all('param'))}]"


def _value(parameter: Node) -> str:
    value = parameter.find("value")
    return "null" if value is None or value.get("is-null") == "true" else value.text.strip()
