import json

import pytest

from app.core.model import Outcome
from app.core.reports import json_documents
from app.core.reports.document import Document

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED


def read(*tests):
    fixture = {"name": "Login", "path": "/home/runner/work/r/r/e2e/login.js", "tests": list(tests)}
    return json_documents.read(Document.of(json.dumps({"userAgents": ["Chrome"], "fixtures": [fixture]}).encode()))


def test_a_test_of_testcafe_is_named_by_its_file_and_fixture():
    report = read({"name": "signs in", "errs": ["\x1b[1m1) AssertionError: no\n\nBrowser: Chrome"], "durationMs": 7})
    [one] = report.results
    assert (report.format, one.suite, one.class_name, one.name) == ("testcafe", "e2e/login.js", "Login", "signs in")
    assert (one.outcome, one.duration_ms, one.message) == (F, 7, "1) AssertionError: no")


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ({"errs": []}, [P]),
        ({"errs": [], "skipped": True}, [S]),
        ({"errs": [], "unstable": True}, [F, P]),
        ({"errs": ["no"], "unstable": True}, [P, F]),
        (
            {"errs": [], "quarantine": {"2": {"passed": True}, "1": {"passed": False}, "10": {"passed": True}}},
            [F, P, P],
        ),
    ],
)
def test_attempts_in_quarantine_are_executions(test, expected):
    assert [one.outcome for one in read({"name": "t", **test}).results] == expected


def test_fixtures_without_browsers_are_not_testcafes():
    assert json_documents.read(Document.of(b'{"fixtures": [], "x": "userAgents"}')) is None
    assert json_documents.read(Document.of(b'{"fixtures": [], "x": {"userAgents": []}}')) is None
