from app.core.logs import read_log

BEGIN = "bun test v1.3.14 (0d9b296a)\n\nsrc/cart.test.ts:\n"
ERROR = (
    '2 | test("adds", () => { expect(1).toBe(2); });\n                           ^\nerror: expect(received).toBe(expected)\n\n'
    "Expected: 2\nReceived: 1\n\n      at <anonymous> (/src/cart.test.ts:2:56)\n"
)
END = "\n 4 pass\n 1 skip\n {} fail\n 5 expect() calls\nRan 6 tests across 2 files. [124.00ms]\n"


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_tests_are_named_by_their_paths_below_their_file():
    rows = "(pass) cart > sums [0.03ms]\n(skip) cart > waits\n(todo) later\n(fail) cart > adds [1.25s]\n"
    file = "src/cart.test.ts"
    names = [(file, "cart > sums", "passed"), (file, "cart > waits", "skipped"), (file, "later", "skipped")]
    assert told(f"{BEGIN}{rows}") == [*names, (file, "cart > adds", "failed")]
    assert read_log(f"{BEGIN}{rows}".encode()).results[-1].duration_ms == 1250


def test_colours_bring_other_signs_and_github_brings_groups():
    coloured = "\x1b[0m\x1b[1mbun test \x1b[0m\x1b[2mv1.3.14 (0d9b296a)\x1b[0m\n\n"
    grouped = "##[group]src/cart.test.ts:\n✓ sums [0.03ms]\n» waits\n✎ later\n✗ adds\n##[endgroup]\n"
    assert [(name, outcome) for _, name, outcome in told(coloured + grouped)] == [
        ("sums", "passed"),
        ("waits", "skipped"),
        ("later", "skipped"),
        ("adds", "failed"),
    ]


def test_a_title_may_hold_any_letter_without_colours():
    rows = "(pass) cart › sums [0.03ms]\n(fail) cart › adds “ünï” [4.75ms]\n"
    assert [(name, outcome) for _, name, outcome in told(f"{BEGIN}{rows}")] == [
        ("cart › sums", "passed"),
        ("cart › adds “ünï”", "failed"),
    ]


def test_the_error_stands_above_its_test_with_its_code_and_its_annotation():
    annotation = "##[error]Expected: 2\n"
    [one] = read_log(f"{BEGIN}{ERROR}\n{annotation}(fail) adds [0.21ms]\n".encode()).results
    assert one.message == "expect(received).toBe(expected)\n\nExpected: 2\nReceived: 1"
    assert one.stack_trace is not None
    assert "at <anonymous> (/src/cart.test.ts:2:56)" in one.stack_trace
    assert "##[error]" not in one.stack_trace


def test_what_bun_adds_below_a_test_is_what_it_failed_with():
    [one] = read_log(f"{BEGIN}(fail) slow [50.29ms]\n  ^ this test timed out after 50ms.\n".encode()).results
    assert one.message == "this test timed out after 50ms."


def test_a_test_that_was_tried_again_has_failed_before():
    rows = f"{ERROR}(pass) sums (attempt 2)\n(fail) adds (attempt 3) [0.01ms]\n"
    assert [(name, outcome) for _, name, outcome in told(BEGIN + rows)] == [
        ("sums", "failed"),
        ("sums", "passed"),
        *[("adds", "failed")] * 3,
    ]


def test_hooks_and_files_that_could_not_be_loaded_are_errors():
    outside = (
        "# Unhandled error between tests\n-------------------------------\n"
        "error: Cannot find module './missing.ts'\n-------------------------------\n\n"
    )
    text = f"{BEGIN}(fail) cart > (unnamed) [0.05ms]\n\nsrc/b.test.ts:\n\n{outside}{END.format(2)}"
    assert [(name, outcome) for _, name, outcome in told(text)] == [
        ("cart > (unnamed)", "error"),
        ("src/b.test.ts", "error"),
    ]
    log = read_log(text.encode())
    assert (log.results[1].message, log.complete) == ("Cannot find module './missing.ts'", True)


def test_the_counts_end_a_run_and_count_what_dots_and_lists_of_failures_leave_out():
    log = read_log(f"{BEGIN}..{ERROR}(fail) adds [0.21ms]\n.\n{END.format(1).replace(chr(10) + ' ', chr(10))}".encode())
    assert (log.runner, log.complete, log.unnamed_passes) == ("bun test", True, 4)
    assert not read_log(f"{BEGIN}(fail) adds [0.21ms]\n".encode()).complete


def test_what_is_told_once_more_at_the_end_is_no_other_failure():
    again = "1 tests failed:\n(fail) adds [0.21ms]\n"
    assert len(told(f"{BEGIN}{ERROR}(fail) adds [0.21ms]\n\n{again}{END.format(1)}")) == 1


def test_a_run_that_bailed_out_says_so():
    log = read_log(f"{BEGIN}(fail) adds [0.21ms]\n{END.format(1)}Bailed out after 1 failure\n".encode())
    assert log.stopped_early == "bun stopped at --bail"


def test_each_run_of_a_step_is_a_session():
    one = f"{BEGIN}(fail) adds [0.21ms]\n{END.format(1)}"
    assert read_log((one + one).encode()).complete
    assert not read_log(f"{one}{BEGIN}(fail) adds [0.21ms]\n".encode()).complete


def test_signs_without_buns_first_line_are_anybodys():
    assert told("$ bun test\n(fail) adds [0.21ms]\n✗ sums\n") == []
