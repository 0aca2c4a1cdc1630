"""CTest's dashboard file of a test run (Testing/*/Test.xml)."""

import binascii
import re
import zlib
from collections.abc import Mapping
from itertools import islice
from typing import ClassVar

from app.core.model import Outcome
from app.core.reports.executions import Executions, milliseconds
from app.core.reports.xml_case import Records
from app.core.reports.xml_records import Node

FORMAT = "ctest"
MOST_OUTPUT = 1 << 20
MOST_UNPACKED = 256 << 20
"""Bytes of a test's output, and of all of them, that are unpacked: a kilobyte may become a megabyte."""

_KEPT = 16_000
_LONGEST_LINE = 300
_MOST_LINES = 3
_TELLING = re.compile(r"error|exception|fail|assert|expect|panic|fatal|abort|terminat|violation", re.IGNORECASE)
_SKIPS = ("Disabled", "SKIP_RETURN_CODE", "SKIP_REGULAR_EXPRESSION_MATCHED")
_COULD_NOT_RUN = (
    "Unable to find executable",
    "Required Files Missing",
    "Fixture dependency failed",
    "Missing Configuration",
    "Failed to change working directory",
    "Insufficient resources",
)


def could_not_run(reason: str) -> bool:
    """Say whether CTest gives that reason for a test which it did not run and counts as failed.

    Source of the reasons: cmCTestRunTest::StartTest and its callers of StartFailure.
    """
    return reason.startswith(_COULD_NOT_RUN)


class CTest(Records):
    """A test is named as in CTest's own JUnit file: its name is its class, too.

    What was not run although it should have been counts as failed for CTest, and as an error here. Source of the
    fields: cmCTestTestHandler::GenerateCTestXML.
    """

    known_as: ClassVar[str] = FORMAT
    roots: ClassVar[frozenset[str]] = frozenset({"Site"})
    marks: ClassVar[tuple[str, ...]] = ("<Testing>", "<Testing ")
    records: ClassVar[frozenset[str]] = frozenset({"Test", "TestList"})

    __slots__ = ("_room", "_suite")

    def __init__(self, executions: Executions) -> None:
        super().__init__(executions)
        self._suite = ""
        self._room = MOST_UNPACKED

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        if name == "Site":
            self._suite = attributes.get("BuildName", "")

    def record(self, node: Node) -> None:
        if node.name != "Test":
            return
        measured = _measurements(node)
        outcome = _outcome(node.get("Status"), measured)
        took = milliseconds(measured.get("Execution Time", ""))
        name = node.words("Name")
        stack_trace = self._output(node) if outcome.is_bad else None
        message = _message(measured, stack_trace or "") if outcome.is_bad else None
        self.executions.add(
            self._suite, name, name, outcome, duration_ms=took, message=message, stack_trace=stack_trace
        )

    def _output(self, node: Node) -> str:
        """Return the end of what the test printed, where the failure stands."""
        value = node.find("Results", "Measurement", "Value")
        if value is None:
            return ""
        if value.get("encoding") != "base64":
            return value.text.strip()[-_KEPT:]
        if self._room <= 0:
            return ""
        raw = _unpacked(value.text, is_compressed=value.get("compression") == "gzip")
        self._room -= len(raw)
        return raw.decode("utf-8", "replace").strip()[-_KEPT:]


def _measurements(node: Node) -> dict[str, str]:
    results = node.find("Results")
    measured = results.all("NamedMeasurement") if results else ()
    return {one.get("name"): one.words("Value") for one in measured}


def _outcome(status: str, measured: Mapping[str, str]) -> Outcome:
    """Return the outcome; an exit code is `Failed` where the test said so, another word where it crashed or timed out."""
    completion = measured.get("Completion Status", "")
    match status:
        case "passed":
            return Outcome.PASSED
        case "notrun":
            return Outcome.ERROR if could_not_run(completion) else Outcome.SKIPPED
        case "disabled":
            return Outcome.SKIPPED
        case "failed" if completion.startswith(_SKIPS):
            return Outcome.SKIPPED
        case "failed":
            return Outcome.FAILED if measured.get("Exit Code", "Failed") in ("Failed", "CHILDSTATUS") else Outcome.ERROR
        case _:
            return Outcome.ERROR


def _message(measured: Mapping[str, str], output: str) -> str:
    """Return how a test ended, with what it printed of a failure: whatever breaks in a program, it exits with 1."""
    reason = measured.get("Fail Reason")
    completion = measured.get("Completion Status", "")
    code, value = measured.get("Exit Code"), measured.get("Exit Value")
    if reason:
        return reason
    ended = code if code and code != "Failed" else f"exit value {value}" if value else completion or "Failed"
    told = islice((line.strip()[:_LONGEST_LINE] for line in output.splitlines() if _TELLING.search(line)), _MOST_LINES)
    return "\n".join((ended, *told))


def _unpacked(text: str, *, is_compressed: bool) -> bytes:
    """Decode what there is of an output, however much it would become: CTest says gzip and writes zlib."""
    packed = "".join(text.split())
    try:
        raw = binascii.a2b_base64(packed[: len(packed) // 4 * 4])
        return zlib.decompressobj(zlib.MAX_WBITS | 32).decompress(raw, MOST_OUTPUT) if is_compressed else raw
    except (binascii.Error, ValueError, zlib.error):
        return b""
