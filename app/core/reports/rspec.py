"""RSpec's JSON formatter. Names are those of rspec_junit_formatter."""

import re

import msgspec

from app.core.model import Outcome, Report
from app.core.reports.executions import Executions, first_line
from app.core.reports.json_shape import is_list, members
from app.core.reports.json_text import decode
from app.core.reports.json_values import count, line_of, ms, plain, report_of, text, texts

FORMAT = "rspec"
_SUITE = "rspec"
_OUTCOMES = {"passed": Outcome.PASSED, "failed": Outcome.FAILED, "pending": Outcome.SKIPPED}
# Expectations of RSpec, Minitest and Test::Unit, of its doubles, and a pending example that passed.
_ASSERTING = re.compile(r"Expectation|Assertion|PendingExampleFixed|MultipleException|Verifying")
_OUTSIDE = re.compile(r"\s{0,20}An error occurred (?:while loading|in) ([^\n]{1,1000}?)\.?\s*(?:\n|$)")
_OUTSIDE_UNNAMED = "error outside of examples"
_ENDING = re.compile(r"\.[^/.]{1,20}$")
_MOST_OUTSIDE = 1_000


class _Exception(msgspec.Struct):
    kind: object = msgspec.field(default=None, name="class")
    message: object = None
    backtrace: object = None


class _Example(msgspec.Struct):
    id: object = None
    description: object = None
    full_description: object = None
    status: object = None
    file_path: object = None
    line_number: object = None
    run_time: object = None
    exception: _Exception | None = None


class _Summary(msgspec.Struct):
    errors_outside_of_examples_count: object = None


class _Document(msgspec.Struct):
    examples: list[_Example] | None = None
    messages: object = None
    summary: _Summary | None = None


def recognises(data: bytes) -> bool:
    """Say whether it is RSpec's: examples, and the figures or the line that sums them up."""
    if b'"examples"' not in data:
        return False
    outer = members(data)
    if not is_list(outer.get("examples")):
        return False
    return "example_count" in members(outer.get("summary") or b"") or (
        "version" in outer and b'"full_description"' in data and b'"file_path"' in data
    )


def read(data: bytes) -> Report:
    """Read a document; raises MalformedReport where it cannot be read."""
    document = decode(data, _Document, known_as=FORMAT)

    def fill(executions: Executions) -> None:
        for example in document.examples or ():
            _add(executions, example)
        _add_outside(executions, document)

    return report_of(FORMAT, fill)


def _add(executions: Executions, example: _Example) -> None:
    error = example.exception or _Exception()
    outcome = _OUTCOMES.get(text(example.status))
    if outcome is None:
        return
    if outcome.is_bad and text(error.kind) and not _ASSERTING.search(text(error.kind)):
        outcome = Outcome.ERROR
    file = text(example.file_path)
    executions.add(
        suite=_SUITE,
        class_name=_class_of(text(example.id).partition("[")[0] or file),
        name=text(example.full_description) or text(example.description),
        outcome=outcome,
        file=file,
        line=line_of(example.line_number),
        duration_ms=ms(example.run_time, unit=1000),
        message=text(error.message) if outcome.is_bad else None,
        stack_trace="\n".join(texts(error.backtrace)) if outcome.is_bad else None,
    )


def _class_of(file: str) -> str:
    """Name the file as rspec_junit_formatter does; of a shared example it is the file that includes it, as its id says."""
    return _ENDING.sub("", file).replace("/", ".").strip(".")


def _add_outside(executions: Executions, document: _Document) -> None:
    """Add the files that could not be loaded and the hooks around all examples that failed, which messages tell of."""
    outside = count((document.summary or _Summary()).errors_outside_of_examples_count)
    messages = [plain(message) for message in texts(document.messages)]
    told = [(found[1], message) for message in messages if (found := _OUTSIDE.match(message))][:_MOST_OUTSIDE]
    if outside and not told:
        told = [(_OUTSIDE_UNNAMED, "\n".join(messages))]
    for name, message in told:
        file = name if name.endswith(".rb") else ""
        after = message.strip().partition("\n")[2]
        executions.add(
            _SUITE,
            _class_of(file),
            name,
            Outcome.ERROR,
            file,
            None,
            None,
            first_line(after) or first_line(message),
            message,
        )
