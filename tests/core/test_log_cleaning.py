import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _parser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import logs
from app.core.logs import read_log
from app.core.logs.clean import LONGEST_LINE, STEP, read_lines
from tests.core.log_story import STAMP, job, step

PYTEST = "=== test session starts ===\n=== short test summary info ===\nFAILED test_a.py::test_x - boom\n=== 1 failed in 0.1s ==="


def texts(data: bytes) -> list[str]:
    return [line.text for line in read_lines(data)]


def test_a_line_loses_its_stamp_and_keeps_its_number_in_the_log():
    lines = list(read_lines(f"{STAMP}one\n{STAMP}two\n".encode()))
    assert [(line.number, line.text) for line in lines] == [(1, "one"), (2, "two")]


def test_the_later_lines_of_a_message_have_no_stamp_and_are_kept():
    assert texts(f"{STAMP}##[error]one\nmore\n  still\n".encode()) == ["one", "more", "  still"]


@pytest.mark.parametrize(
    "stamp",
    [
        "[2026-02-08T07:29:15.204Z] ",
        "2026-02-08T07:29:15.204567Z 00O ",
        "2026-02-08T07:29:15.204567Z 01E ",
        "2026-02-08T07:29:15.204567Z 00O+",
        "\x1b_bk;t=1770535755204\x07",
    ],
    ids=["jenkins", "gitlab", "gitlab errors", "gitlab goes on", "buildkite"],
)
def test_the_stamps_of_other_services_are_dropped(stamp: str):
    assert texts(f"{stamp}one\n{stamp}  two\n{stamp.rstrip()}\n".encode()) == ["one", "  two", ""]


@pytest.mark.parametrize("text", ["[2026-02-08] one", "00O one", "[2026-02-08T07:29:15] one"])
def test_a_time_that_a_program_wrote_is_kept(text: str):
    assert texts(f"{STAMP}{text}\n".encode()) == texts(f"{text}\n".encode()) == [text]


def test_marks_of_byte_order_are_dropped_wherever_they_stand():
    assert texts(f"\ufeff{STAMP}a\n\ufeff{STAMP}b\ufeffc\n".encode()) == ["a", "bc"]


def test_a_line_of_windows_ends_like_any_other():
    assert texts(b"one\r\ntwo\r\r\n") == ["one", "two"]


def test_of_progress_that_is_written_over_the_last_state_is_kept():
    assert texts(f"{STAMP}10 %\r50 %\r100 %\n".encode()) == ["100 %"]


def test_colours_cursor_moves_and_links_are_dropped():
    assert texts(b"\x1b[31mred\x1b[0m \x1b[2K\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x07\n") == ["red link"]


def test_a_tag_of_the_runner_is_known_and_not_read_as_text():
    [line] = read_lines(f"{STAMP}##[error]FAILED test_a.py::test_x\n".encode())
    assert (line.tag, line.text) == ("error", "FAILED test_a.py::test_x")


def test_a_tag_as_a_program_writes_it_is_known_too():
    lines = list(read_lines(b"::group::some tests\n::error::boom\n::endgroup::\n::error file=a.py::no\n"))
    assert [(line.tag, line.text) for line in lines] == [
        ("group", "some tests"),
        ("error", "boom"),
        ("endgroup", ""),
        ("", "::error file=a.py::no"),
    ]


def test_nul_and_broken_utf8_are_replaced():
    assert texts(b"a\0b\xff\n") == ["a\ufffdb\ufffd"]


def test_a_line_is_cut_before_anything_matches_it():
    assert texts(b"x" * 1_000_000) == ["x" * LONGEST_LINE]


def test_what_the_command_line_client_writes_before_a_stamp_is_dropped():
    assert texts(f"build\tRun tests\t\ufeff{STAMP}hello\n".encode()) == ["hello"]


def test_the_echoed_script_of_a_step_is_dropped():
    lines = list(read_lines(step("echo FAILED", "out").encode()))
    assert [(line.tag, line.text) for line in lines] == [(STEP, "Run echo FAILED"), ("", "out")]


def test_a_group_that_a_script_opened_with_such_a_title_is_output():
    log = step("make", "##[group]Run tests\nFAILED?\n##[endgroup]\nlast")
    assert texts(log.encode()) == ["Run make", "Run tests", "FAILED?", "", "last"]


def test_an_action_starts_a_step_too():
    log = f"{STAMP}##[group]Run actions/checkout@v4\n{STAMP}with:\n{STAMP}  path: x\n{STAMP}##[endgroup]\n{STAMP}out\n"
    assert texts(log.encode()) == ["Run actions/checkout@v4", "out"]


def test_a_script_whose_colours_were_lost_is_known_by_its_title():
    log = f"{STAMP}##[group]Run make\n{STAMP}make\n{STAMP}echo FAILED\n{STAMP}##[endgroup]\n{STAMP}out\n"
    assert texts(log.encode()) == ["Run make", "out"]


def test_the_failures_of_a_step_that_failed_are_told_with_their_line():
    [result] = read_log(job(step("pytest", PYTEST, code=1))).results
    assert (result.name, result.outcome, result.line) == ("test_x", "failed", 7)


def test_a_step_that_succeeded_has_no_failing_tests_whatever_it_printed():
    log = read_log(job(step("pytest || true", PYTEST), step("make", "no tests here", code=2)))
    assert (log.runner, log.results) == ("pytest", ())


def test_a_step_that_succeeded_after_reruns_still_shows_them():
    output = "=== test session starts ===\na.py::test_x RERUN [ 50%]\na.py::test_x PASSED [100%]\n=== 1 passed, 1 rerun in 0.1s ==="
    assert [one.outcome.value for one in read_log(job(step("pytest", output))).results] == ["failed", "passed"]


def test_a_step_that_was_cut_off_with_its_log_is_believed():
    assert len(read_log(step("pytest", PYTEST).encode()).results) == 1


def test_a_log_of_another_system_is_believed():
    assert len(read_log(PYTEST.encode()).results) == 1


def test_an_action_fails_with_an_error_in_its_own_words():
    header = f"{STAMP}##[group]Run some/test-action@v1\n{STAMP}##[endgroup]\n"
    log = job(header + "".join(f"{STAMP}{line}\n" for line in [*PYTEST.split("\n"), "##[error]It did not work"]))
    assert len(read_log(log).results) == 1


def test_a_problem_matcher_on_the_output_of_a_script_is_no_failure_of_the_step():
    assert read_log(job(step("pytest || true", PYTEST + "\n##[error]Traceback"))).results == ()


def test_executions_of_one_test_are_numbered_over_all_sessions_of_the_job():
    log = read_log(job(step("pytest", PYTEST, code=1), step("pytest", PYTEST, code=1)))
    assert [result.ordinal for result in log.results] == [1, 2]


def test_an_empty_log_says_nothing():
    log = read_log(b"")
    assert (log.runner, log.results, log.complete, log.stopped_early, log.infra) == (None, (), False, None, None)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_log(data):
    read_log(data)


_PIECES = [
    STAMP, "\n", "##[group]Run a\n", "##[endgroup]\n", "##[error]", "=== test session starts ===\n", "= FAILURES =\n",
    "= ERRORS =\n", "= RERUNS =\n", "= short test summary info =\n", "__ test_x __\n", "_ ERROR at setup of test_y _\n",
    "E   boom\n", "FAILED a.py::test_x - boom\n", "RERUN a.py::test_x\n", "a.py::test_x PASSED [ 1%]\n", "a.py::test_x ",
    "SUBFAILED(i=1) a.py::test_x - m\n", "== 1 failed in 1.0s ==\n", "=== RUN   TestA\n", "--- FAIL: TestA (0.00s)\n",
    "    a_test.go:1: x\n", "panic: x\n", "FAIL\tpkg\t0.1s\n", "ok  \tpkg\t0.1s\n", "=== Failed\n", "=== FAIL: pkg TestA (0.00s)\n",
    "DONE 1 tests, 1 failure in 1s\n", "FAIL src/a.js\n", "  ● a › b\n", "  ✕ a (1 ms)\n", "  a\n", "    ✓ b\n", "Tests: 1 total\n",
    "Summary of all failing tests\n", "\x1b[31m", "\r",
]  # fmt: skip


@given(st.lists(st.sampled_from(_PIECES), max_size=40))
def test_pieces_of_logs_in_any_order_are_a_log_and_results_point_into_it(pieces):
    data = "".join(pieces).encode()
    for result in read_log(data).results:
        assert result.name
        assert result.line is not None
        assert 1 <= result.line <= data.count(b"\n") + 1


@given(st.lists(st.sampled_from(_PIECES), max_size=40))
def test_the_same_log_with_stamps_and_colours_says_the_same(pieces):
    lines = "".join(pieces).replace(STAMP, "").replace("\r", "").replace("\x1b[31m", "").split("\n")
    plain = "\n".join(lines).encode()
    dressed = "\r\n".join(
        f"{STAMP}\x1b[1m{line}\x1b[0m" if not line.startswith("##[") else STAMP + line for line in lines
    )
    assert read_log(dressed.encode()) == read_log(plain)


@pytest.mark.parametrize(
    "prefix",
    [
        "web_1  | ",
        "proj-web-1  | ",
        "[ci/test]   | ",
        "     [exec] ",
        "     [java] ",
        "    [apply] ",
        "[exec] ",
        "flutter: ",
        "I/flutter ( 1268): ",
        "@acme/web:test: ",
        "@acme/web:dev:test: ",
        "packages/web test: ",
        "web_tests  | ",
        "#12 3.456 ",
        "@acme/web: ",
        "[@acme/web]: ",
        "➤ YN0000: [web]: ",
        "➤ YN0000: [@acme/web]: ",
        'Step #1 - "unit": ',
        "[12:34:56]: ▸ ",
        "[12:34:56]: ",
        "[12:34:56]\t[Step 2/3] ",
        "[12:34:56]W:\t [Step 2/3] ",
        "[0] ",
        "[test] ",
        "[test:unit] ",
        "       > ",
        "shop-1.2.3> ",
        "12:34:56 ",
        "[12:34:56] ",
        "[12:34:56.789] ",
        "\t [12:34:56] ",
        "[+0910s] ",
        "               +test | ",
        "          ./api+unit-test *failed* | ",
    ],
)
def test_what_a_tool_writes_before_the_lines_of_another_is_dropped(prefix):
    assert texts(f"{STAMP}{prefix}FAIL src/a.test.js\n".encode()) == ["FAIL src/a.test.js"]


@pytest.mark.parametrize(
    "line",
    [
        "  3 | code",
        "a test: fails",
        "tests/test_a.py::test_x PASSED",
        "| a | b |",
        "user 1 | x",
        "12 |  a",
        "#1 a",
        "@a/b",
        "    > 12 | code",
        "> vitest run",
        "[junit] one",
        "[INFO] one",
        "CartTest > adds() FAILED",
        "\tExpected 1 to be 2.",
        "[1:02] one",
        "+a | b",
        "[unit] one",
    ],
)
def test_a_line_of_its_own_keeps_its_beginning(line):
    assert texts(f"{line}\n".encode()) == [line]


def test_the_branch_that_jenkins_wrote_before_each_line_is_dropped():
    log = "[Pipeline] [unit tests] { (Branch: unit tests)\n[Pipeline] [lint] { (Branch: lint)\n[unit tests] [w] FAIL a\n[lint] b\n[info] c\n"
    assert texts(log.encode())[2:] == ["[w] FAIL a", "b", "[info] c"]


@pytest.mark.parametrize("prefix", ["", "#9 "])
def test_what_buildkit_tells_again_of_a_step_that_failed_is_dropped(prefix: str):
    head = "#9 [test 3/3] RUN pytest\n#9 0.412 one\n#9 0.510 two\n#9 ERROR: exit code: 1\n------\n > [test 3/3] RUN pytest:\n"
    told = texts(f"{head}{prefix}0.510 two\n------\nDockerfile:9\n#9 0.600 three\n0.7 four\n".encode())
    assert told == [
        "#9 [test 3/3] RUN pytest",
        "one",
        "two",
        "#9 ERROR: exit code: 1",
        "------",
        " > [test 3/3] RUN pytest:",
        "------",
        "Dockerfile:9",
        "three",
        "0.7 four",
    ]


def patterns() -> Iterator[tuple[str, str]]:
    for found in pkgutil.iter_modules(logs.__path__):
        module = importlib.import_module(f"{logs.__name__}.{found.name}")
        for name, value in vars(module).items():
            if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                yield f"{found.name}.{name}", value.pattern


def has_ambiguous_repeat(parsed) -> bool:
    """Look for a repeated group that repeats inside and neither begins nor ends with a literal that parts its turns."""
    for kind, value in parsed:
        parts = [value] if isinstance(value, tuple | list) else []
        if kind in (_parser.MAX_REPEAT, _parser.MIN_REPEAT):
            _, most, body = value
            is_endless = most == _parser.MAXREPEAT
            repeats = any(inner[0] in (_parser.MAX_REPEAT, _parser.MIN_REPEAT) for inner in _flat(body))
            edges = [list(_flat(body))[at][0] for at in (0, -1)]
            if is_endless and repeats and _parser.LITERAL not in edges:
                return True
            parts = [body]
        if any(has_ambiguous_repeat(part) for part in _subpatterns(parts)):
            return True
    return False


def _flat(parsed) -> Iterator:
    for item in parsed:
        if item[0] is _parser.SUBPATTERN:
            yield from _flat(item[1][-1])
        else:
            yield item


def _subpatterns(value) -> Iterator:
    if isinstance(value, _parser.SubPattern):
        yield value
    elif isinstance(value, tuple | list):
        for one in value:
            yield from _subpatterns(one)


@pytest.mark.attack("expressions")
@pytest.mark.parametrize(("name", "pattern"), list(patterns()), ids=lambda value: value if len(value) < 40 else "")
def test_no_pattern_repeats_a_repetition_whose_turns_look_alike(name, pattern):
    assert not has_ambiguous_repeat(_parser.parse(pattern))


def test_such_a_pattern_would_be_seen():
    assert has_ambiguous_repeat(_parser.parse(r"x(?:(?:a+)+b)"))
    assert not has_ambiguous_repeat(_parser.parse(r"a+(?:, \d+)*"))


def test_the_choice_of_a_character_set_is_no_text():
    assert [line.text for line in read_lines(b"\x1b[31mFAILED\x1b(B\x1b[m here\n")] == ["FAILED here"]
