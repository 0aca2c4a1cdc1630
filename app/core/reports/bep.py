"""The events of bazel's Build Event Protocol as JSON (`--build_event_json_file`; build_event_stream.proto names the fields).

A target is a test, and each attempt, run and shard of it an execution. What could not be built was never tested.
"""

import re
from collections.abc import Iterator
from operator import attrgetter

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.document import LONGEST_LINE, Document
from app.core.reports.event_streams import check_open, head_text, read_stream
from app.core.reports.executions import Executions, bounded_ms
from app.core.reports.json_text import decode_line

FORMAT = "bazel-bep"

_MARK = re.compile(
    r'\ufeff?\s{0,100}\{\s{0,100}"id"\s{0,100}:\s{0,100}\{\s{0,100}"'
    r"(?:started|testResult|testSummary|testProgress|buildMetadata|progress|pattern|configuration|targetCompleted|targetConfigured"
    r'|structuredCommandLine|unstructuredCommandLine|optionsParsed|workspaceStatus|namedSet|buildFinished)"\s{0,100}:'
)
_OUTCOMES = {
    "PASSED": Outcome.PASSED,
    "FLAKY": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "TIMEOUT": Outcome.ERROR,
    "INCOMPLETE": Outcome.ERROR,
    "REMOTE_FAILURE": Outcome.ERROR,
}
_SECONDS = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)s")


class _Configuration(msgspec.Struct, gc=False):
    id: str = ""


class _TestId(msgspec.Struct, gc=False):
    label: str = ""
    run: int = 1
    shard: int = 1
    attempt: int = 1
    configuration: _Configuration = msgspec.field(default_factory=_Configuration)


class _Id(msgspec.Struct, rename="camel", gc=False):
    test_result: _TestId | None = None
    test_summary: _TestId | None = None
    configuration: _Configuration | None = None


class _Result(msgspec.Struct, rename="camel", gc=False):
    status: str = ""
    status_details: str = ""
    test_attempt_duration: str = ""
    test_attempt_duration_millis: str | int = ""


class _Summary(msgspec.Struct, rename="camel", gc=False):
    overall_status: str = ""


class _Body(msgspec.Struct, gc=False):
    """What an event says; of most of them it is enough that they came."""

    mnemonic: str = ""


class _Event(msgspec.Struct, rename="camel", gc=False):
    id: _Id
    test_result: _Result | None = None
    test_summary: _Summary | None = None
    configuration: _Body | None = None
    started: _Body | None = None
    finished: _Body | None = None


class _Execution(msgspec.Struct, gc=False):
    label: str
    configuration: str
    run: int
    shard: int
    attempt: int
    status: str
    details: str = ""
    duration_ms: int | None = None


def read(document: Document) -> Report | None:
    """Read a stream of build events, one a line or each over several lines; None where the document is none."""
    return read_stream(document, _Stream(), FORMAT) if _MARK.match(head_text(document)) else None


class _Stream:
    def __init__(self) -> None:
        self.executions = Executions()
        self.warnings: list[str] = []
        self.is_cut = False
        self._has_start = self._has_end = False
        self._block: list[str] | None = None
        self._size = 0
        self._found: list[_Execution] = []
        self._summaries: dict[tuple[str, str], str] = {}
        self._mnemonics: dict[str, str] = {}

    def read(self, line: str) -> None:
        if self._block is not None:
            self._read_block(line)
        elif line.strip() == "{":
            self._block, self._size = ["{"], 1
        elif line.startswith("{"):
            self._read(line)

    def _read_block(self, line: str) -> None:
        """Collect the lines of an event that was written for people to read; its last one is not indented."""
        block = self._block or []
        self._size += len(line)
        if self._size <= LONGEST_LINE:
            block.append(line)
        if line.startswith("}"):
            self._block = None
            self._read("".join(block).rstrip().removesuffix(","))

    def _read(self, text: str) -> None:
        event = decode_line(text, _Event)
        if event is None:
            return
        self._has_start = self._has_start or event.started is not None
        self._has_end = self._has_end or event.finished is not None
        if event.id.test_result is not None and event.test_result is not None:
            self._read_result(event.id.test_result, event.test_result)
        elif event.id.test_summary is not None and event.test_summary is not None:
            of = event.id.test_summary
            self._summaries[of.label, of.configuration.id] = event.test_summary.overall_status
            check_open(len(self._summaries))
        elif event.id.configuration is not None and event.configuration is not None:
            self._mnemonics[event.id.configuration.id] = event.configuration.mnemonic
            check_open(len(self._mnemonics))

    def _read_result(self, of: _TestId, result: _Result) -> None:
        check_open(len(self._found))
        self._found.append(
            _Execution(
                of.label,
                of.configuration.id,
                of.run,
                of.shard,
                of.attempt,
                result.status,
                result.status_details,
                _took(result),
            )
        )

    def end(self) -> None:
        """Tell the executions: only now is known which targets have shards or several configurations."""
        self._found.sort(key=attrgetter("run", "shard", "attempt"))
        found = [*self._found, *self._only_summed()]
        sharded = {one.label for one in found if one.shard > 1}
        configurations: dict[str, set[str]] = {}
        for one in found:
            configurations.setdefault(one.label, set()).add(one.configuration)
        for one in found:
            shard = f" (shard {one.shard})" if one.label in sharded else ""
            is_one_of_many = len(configurations[one.label]) > 1
            mnemonic = self._mnemonics.get(one.configuration) if is_one_of_many else None
            self._add(one, f"{shard} [{mnemonic}]" if mnemonic else shard)
        if self._has_start and not self._has_end:
            self.is_cut = True
            self.warnings.append("The build did not finish: the stream has no event `buildFinished`.")

    def _only_summed(self) -> Iterator[_Execution]:
        """Yield executions of targets of which a summary alone is told: a flaky one failed before it passed."""
        told = {(one.label, one.configuration) for one in self._found}
        for (label, configuration), status in self._summaries.items():
            if (label, configuration) not in told:
                if status == "FLAKY":
                    yield _Execution(label, configuration, 1, 1, 1, "FAILED")
                yield _Execution(label, configuration, 1, 1, 1, status)

    def _add(self, one: _Execution, suffix: str) -> None:
        outcome = _OUTCOMES.get(one.status)
        if outcome is None or not one.label:
            return
        package = one.label.partition(":")[0]
        self.executions.add(
            package,
            package,
            one.label + suffix,
            outcome,
            duration_ms=one.duration_ms,
            message=(one.details or f"the target's status is {one.status}") if outcome.is_bad else None,
        )


def _took(result: _Result) -> int | None:
    millis = str(result.test_attempt_duration_millis)
    if millis.isascii() and millis.isdecimal() and len(millis) < 16:
        return bounded_ms(int(millis))
    seconds = _SECONDS.fullmatch(result.test_attempt_duration)
    return bounded_ms(float(seconds[1]) * 1000) if seconds else None
