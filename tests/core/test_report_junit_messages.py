from textwrap import indent
from xml.sax.saxutils import escape, quoteattr

import pytest

from app.core.reports.document import Document
from app.core.reports.junit import read
from app.core.signature import loose


def failure(message, text, **case):
    case = {"name": "TestA", "classname": "p", **case}
    attributes = " ".join(f"{key}={quoteattr(value)}" for key, value in case.items())
    said = f" message={quoteattr(message)}" if message is not None else ""
    xml = f"<testsuite><testcase {attributes}><failure{said}>{escape(text)}</failure></testcase></testsuite>"
    [result] = read(Document.of(xml.encode())).results
    return result


GO = "=== RUN   TestA\n    a_test.go:5: {}\n--- FAIL: TestA (0.00s)\n"
PLAYWRIGHT = "\n  [chromium] › tests/a.spec.ts:3:5 › group › title ─────────\n\n    Error: {}\n\n      3 | test('title', () => {{\n"
BOOST = "\nASSERTION FAILURE:\n- file   : a.cpp\n- line   : 7\n- message: check {} has failed\n\n"
CUCUMBER = "\n    Scenario: Sums\n\nThen it adds\n\nMessage:\n\n    \n{}\n     got: 1\n"
PYTEST = "ImportError while importing test module '/w/test_a.py'.\nTraceback:\ntest_a.py:1: in <module>\n    import x\nE   {}"

BELOW = [
    ("Failed", GO, "TestA", "no {}"),
    (
        "Failed",
        "=== RUN   TestA/b\npanic: {} [recovered]\n\ngoroutine 7 [running]:\n",
        "TestA/b",
        "panic: no {} [recovered]",
    ),
    ("Runtime error", "panic: {}\n\ngoroutine 1 [running]:\nmain.go:9", "Failure", "panic: no {}"),
    ("a.spec.ts:3:5 title", PLAYWRIGHT, "group › title", "Error: no {}"),
    (None, "thread 'a::b' panicked at src/lib.rs:13:46:\n{}\nnote: run with `RUST_BACKTRACE=1`", "a::b", "no {}"),
    ("thread 'b' (7) panicked at src/lib.rs:1:2:", "thread 'b' (7) panicked at src/lib.rs:1:2:\n{}", "b", "no {}"),
    ("failure", BOOST, "adds", "check no {} has failed"),
    (
        "unexpected exception",
        "UNCAUGHT EXCEPTION:\n- file: unknown\n- line: 0\n\nEXCEPTION STACK TRACE: ---\n{}\n---\n",
        "a",
        "no {}",
    ),
    (None, "FAILED:\n{}\nat c2.cpp:6\n", "throws", "no {}"),
    (None, "FAILED:\n  due to unexpected exception with message:\n    {}\nat a.cpp:6\n", "throws", "no {}"),
    (
        "not ok 1 - adds",
        "not ok 1 - adds\n#   Failed test 'adds'\n#   at t/a.t line 5.\n# got: {}",
        "1 - adds",
        "got: no {}",
    ),
    ("failed Sums", CUCUMBER, "Sums", "no {}"),
    ("collection failure", PYTEST, "test_a", "no {}"),
    (
        "failed",
        'Traceback (most recent call last):\n  File "a.py", line 2\nAssertionError: {}\n',
        "test_a",
        "AssertionError: no {}",
    ),
    (
        "● Test suite failed to run",
        "  ● Test suite failed to run\n\n    Cannot find {}\n",
        "a.spec.ts",
        "Cannot find no {}",
    ),
    ("", "Failed 2 times.\nCollection name: Echo.\nError message: {}\nStacktrace: x", "is ok", "no {}"),
    ("1 failure, see stacktrace for details", "Failure:\n{}\na_test.dart 7:3", "adds", "no {}"),
]


@pytest.mark.parametrize(("message", "text", "name", "expected"), BELOW)
def test_a_message_that_is_the_same_for_all_failures_gives_way_to_the_words_below_it(message, text, name, expected):
    one, other = (failure(message, text.format(f"no {what}"), name=name) for what in ("bread", "wine"))
    assert one.message.split("\n")[0] == expected.format("bread")
    assert one.stack_trace == text.format("no bread").strip()
    assert loose(one.message, one.stack_trace) != loose(other.message, other.stack_trace)


JEST = "Error: expect(received).toBe(expected) // Object.is equality\n\nExpected: {}\nReceived: 1\n    at a.js:3:5\n"
MATCHER = "expect(received).toBe(expected) // Object.is equality"


@pytest.mark.parametrize(
    ("message", "text"),
    [
        (None, JEST),
        (
            MATCHER,
            "  [one] › a.spec.js:4:3 › t ───\n\n" + indent(JEST.replace("    at", "\n  > 2 | x\n    at"), "    "),
        ),
    ],
)
def test_what_a_matcher_compared_is_part_of_its_message(message, text):
    one, other = (failure(message, text.format(what)) for what in ("'bread'", "'wine'"))
    assert one.message == f"Error: {MATCHER}\n\nExpected: 'bread'\nReceived: 1"
    assert other.message == one.message.replace("bread", "wine")
    assert failure(MATCHER, "no more").message == MATCHER


def test_codeceptions_title_of_a_test_is_no_message():
    text = "aCest: Signs in\nWebDriverException: gone\n#1 /a.php:7"
    result = failure(None, text, **{"name": "signIn", "class": "Web\\aCest", "feature": "signs in"})
    assert result.message == "WebDriverException: gone"


@pytest.mark.parametrize(
    ("message", "text", "expected"),
    [
        ("Failed", "", "Failed"),
        ("Failed", "=== RUN   TestA\n--- FAIL: TestA (0.00s)\n", "Failed"),
        ("error", "error", "error"),
        ("not ok 1 - TestA", "not ok 1 - TestA", "not ok 1 - TestA"),
        ("TestA failed", "more", "TestA failed"),
        ("expected TestA", "more", "expected TestA"),
        ("Cannot find a.js in TestA", "more", "Cannot find a.js in TestA"),
        ("failed to connect", "more", "failed to connect"),
        ("x" * 3_000 + " TestA", "more", "x" * 3_000 + " TestA"),
    ],
)
def test_other_messages_stay_and_so_does_a_verdict_below_which_nothing_stands(message, text, expected):
    assert failure(message, text).message == expected
