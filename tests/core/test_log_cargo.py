import pytest

from app.core.logs import read_log
from app.core.model import TestResult

RUNNING = "     Running unittests src/lib.rs (target/debug/deps/shop-0123456789abcdef)\n\n"
PANIC = "thread 'cart::adds' panicked at src/cart.rs:9:5:\nassertion `left == right` failed\n  left: 1\n right: 2\nnote: run with `RUST_BACKTRACE=1`\n"
FAILED = (
    "running 3 tests\ntest cart::adds ... FAILED\ntest cart::sums ... ok\ntest slow ... ignored, takes an hour\n\nfailures:\n\n"
    f"---- cart::adds stdout ----\n\n{PANIC}\n\nfailures:\n    cart::adds\n\n"
    "test result: FAILED. 1 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.01s\n\n"
)
RERUN = "error: test failed, to rerun pass `--lib`\n"


def results(text: str) -> list[TestResult]:
    return list(read_log(text.encode()).results)


def told(text: str) -> list[tuple[str, str, str, str]]:
    return [(one.suite, one.class_name, one.name, one.outcome.value) for one in results(text)]


def test_a_test_is_named_by_its_binary_its_module_and_its_function():
    assert told(RUNNING + FAILED) == [
        ("shop", "cart", "adds", "failed"),
        ("shop", "cart", "sums", "passed"),
        ("shop", "", "slow", "skipped"),
    ]


def test_a_failure_says_what_its_panic_says():
    adds = results(RUNNING + FAILED)[0]
    assert (adds.message, adds.file) == ("assertion `left == right` failed\n  left: 1\n right: 2", "src/cart.rs")
    assert adds.stack_trace is not None
    assert adds.stack_trace.startswith("thread 'cart::adds' panicked")


@pytest.mark.parametrize(
    ("said", "message", "file"),
    [
        ("thread 'a' panicked at 'boom', src/lib.rs:3:5\nnote: x", "boom", "src/lib.rs"),
        ("thread 'a' panicked at 'left\n right', src/lib.rs:3:5", "left\n right", "src/lib.rs"),
        ("thread 'a' (77) panicked at /rustc/59/core.rs:3:5:\nboom", "boom", None),
        ('Error: "no such file"', 'Error: "no such file"', None),
        ("note: test did not panic as expected", "note: test did not panic as expected", None),
        ("only output", "only output", None),
    ],
)
def test_a_failure_is_told_in_old_words_and_new(said, message, file):
    [one] = results(f"running 1 test\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\n{said}\n")
    assert (one.message, one.file) == (message, file)


def test_the_quiet_format_names_only_what_failed():
    text = "\nrunning 4 tests\n.i\ncart::adds --- FAILED\n. 4/4\nfailures:\n\n---- cart::adds stdout ----\nboom\n\nfailures:\n    cart::adds\n\ntest result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out\n"
    log = read_log(text.encode())
    assert [(one.name, one.message) for one in log.results] == [("adds", "boom")]
    assert (log.unnamed_passes, log.complete) == (2, True)


def test_the_older_quiet_format_names_what_failed_in_its_lists():
    text = "running 3 tests\n.FF\nfailures:\n\n---- a stdout ----\nboom\n\nfailures:\n    a\n    b\n\ntest result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n"
    assert [(one.name, one.outcome) for one in results(text)] == [("a", "failed"), ("b", "failed")]


def test_output_may_stand_between_a_test_and_its_end():
    text = "running 4 tests\ntest a ... said\nok\ntest b ... \nmore\nFAILED\ntest c ... glued FAILED\nprintedtest d ... ok\n\nfailures:\n\nfailures:\n    b\n    c\n\ntest result: FAILED. 2 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n"
    assert [(one.name, one.outcome.value) for one in results(text)] == [
        ("a", "passed"),
        ("b", "failed"),
        ("c", "failed"),
        ("d", "passed"),
    ]


def test_what_a_test_must_do_is_no_part_of_its_name():
    assert [one.name for one in results("running 1 test\ntest a - should panic ... FAILED\n")] == ["a"]


def test_an_example_of_the_documentation_belongs_to_its_file():
    text = "   Doc-tests shop\n\nrunning 1 test\ntest src/lib.rs - cart::add (line 64) - compile ... FAILED\n"
    [one] = results(text)
    assert (one.suite, one.class_name, one.name, one.file) == (
        "Doc-tests shop",
        "src/lib.rs",
        "cart::add (line 64)",
        "src/lib.rs",
    )


def test_two_binaries_of_one_name_are_two_suites():
    one, two = (f"     Running tests/it.rs (target/debug/deps/it-{n * 16})\n\n{FAILED}" for n in "ab")
    assert [one.suite for one in results(one + two + one) if one.outcome.is_bad] == ["it", "it #2", "it"]
    assert results(one)[0].file == "tests/it.rs"


@pytest.mark.parametrize(
    ("line", "suite"),
    [
        ("     Running `/w/target/debug/deps/shop-0123456789abcdef --nocapture`", "shop"),
        ("     Running target/debug/deps/shop-0123456789abcdef", "shop"),
        ("     Running unittests src/main.rs (target/debug/deps/shop-0123456789abcdef)", "bin/shop"),
        ("     Running unittests src\\bin\\x.rs (target\\debug\\deps\\x-0123456789abcdef.exe)", "bin/x"),
        ("     Running benches/b.rs (target/release/deps/b-0123456789abcdef)", "bench/b"),
        ("     Running `rustc --crate-name shop --out-dir /w/target/debug/deps`", ""),
    ],
)
def test_a_binary_is_named_without_its_hash(line, suite):
    assert results(f"{line}\n\n{FAILED}")[0].suite == suite


def test_a_process_that_died_fails_the_test_that_its_last_words_name():
    text = (
        f"{RUNNING}running 2 tests\n\nthread 'cart::deep' has overflowed its stack\nfatal runtime error: stack overflow\n{RERUN}\n"
        "Caused by:\n  process didn't exit successfully: `/w/target/debug/deps/shop-0123456789abcdef` (signal: 6, SIGABRT: process abort signal)\n"
    )
    log = read_log(text.encode())
    assert [(one.class_name, one.name, one.outcome.value, one.message) for one in log.results] == [
        ("cart", "deep", "failed", "the process died (signal: 6, SIGABRT: process abort signal)")
    ]
    assert (log.complete, log.stopped_early) == (
        False,
        "a test binary crashed (signal: 6, SIGABRT: process abort signal)",
    )


def test_a_process_that_died_without_a_word_is_an_error_of_its_binary():
    assert told(f"{RUNNING}running 2 tests\ntest a ... ok\n{RERUN}")[1:] == [("shop", "", "shop", "error")]


def test_cargo_stops_at_the_first_binary_that_failed_unless_told_otherwise():
    assert (
        read_log(f"{RUNNING}{FAILED}{RERUN}".encode()).stopped_early
        == "cargo stopped at the first test binary that failed"
    )
    assert read_log(f"{RUNNING}{FAILED}{RERUN}error: 1 target failed:\n    `--lib`\n".encode()).stopped_early is None


def test_a_run_of_cargo_that_a_failed_test_printed_is_no_run():
    inner = FAILED.replace("cart", "inner")
    text = f"running 1 test\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\n{inner}after\n\nfailures:\n    a\n\ntest result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n"
    log = read_log(text.encode())
    assert [one.name for one in log.results] == ["a"]
    assert log.results[0].stack_trace is not None
    assert log.results[0].stack_trace.endswith("after")
    assert log.complete


@pytest.mark.parametrize(
    "text",
    [
        "error[E0425]: cannot find value `x`\nerror: could not compile `shop` (lib test) due to 1 previous error\n",
        "test a ... FAILED\n",
        "running 1 test\ntest tests/ui/a.rs [should fail to compile] ... ok\n",
        "running 3 tests from ./a.ts\n",
    ],
)
def test_what_is_no_test_of_a_binary_is_not_read(text):
    assert results(text) == []


def test_a_log_without_the_result_of_a_binary_is_not_complete():
    assert read_log((RUNNING + FAILED).encode()).complete
    assert not read_log((RUNNING + FAILED.partition("test result")[0]).encode()).complete


def test_noise_between_the_list_and_the_result_makes_no_crash():
    text = RUNNING + FAILED.replace("test result", "noise of another process\ntest result")
    for end in ("", RERUN, RUNNING):
        log = read_log((text + end).encode())
        assert [one.name for one in log.results] == ["adds", "sums", "slow"]
        assert log.complete


def test_the_test_that_a_binary_died_in_may_share_its_line_with_the_error_of_cargo():
    log = """     Running tests/it.rs (target/debug/deps/it-d6c00e1614d165e9)

running 2 tests
test first ... ok
test aborts ... error: test failed, to rerun pass `--test it`

Caused by:
  process didn't exit successfully: `/w/target/debug/deps/it-d6c00e1614d165e9 --test-threads=1` (signal: 6, SIGABRT)
"""
    results = read_log(log.encode()).results
    assert [(one.name, one.outcome.value, one.message) for one in results] == [
        ("first", "passed", None),
        ("aborts", "failed", "the process died (signal: 6, SIGABRT)"),
    ]


def test_a_harness_that_counts_less_has_an_end_all_the_same():
    text = "running 2 tests\ntest adds ... starting\nthread 'main' panicked at tests/e2e.rs:7:5:\nno\ntest adds ... FAILED\ntest sums ... ok\n\ntest result: FAILED. 1 passed; 1 failed; 0 ignored\n"
    log = read_log((text + RERUN).encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("adds", "failed"), ("sums", "passed")]
    assert log.complete


def lost(listed: str, failed: int) -> str:
    head = "running 3 tests\ntest cart::sums ... ok\ntest cart::adds ... half a line59\ntest cart::pays ... FAILED\n"
    return f"{RUNNING}{head}\nfailures:\n\nfailures:\n{listed}\ntest result: FAILED. 1 passed; {failed} failed; 0 ignored\n\n{RERUN}"


def test_among_what_tests_print_the_closing_list_names_those_whose_ends_are_lost():
    text = lost("    cart::pays\n    cart::adds\n", 2)
    assert [(one.name, one.outcome.value) for one in results(text)] == [
        ("sums", "passed"),
        ("pays", "failed"),
        ("adds", "failed"),
    ]


def test_the_closing_list_names_the_only_failure_whose_end_is_lost():
    text = lost("    cart::adds\n", 1).replace("test cart::pays ... FAILED\n", "")
    assert [(one.name, one.outcome.value) for one in results(text)] == [("sums", "passed"), ("adds", "failed")]


def test_a_list_that_is_not_as_long_as_the_result_says_names_nothing_more():
    assert "other" not in str(told(lost("    cart::pays\n    cart::other\n", 3)))


INNER = "running 1 test\ntest test_inner ... FAILED\n\nfailures:\n\n---- test_inner stdout ----\nthread 'main' panicked\n\n\nfailures:\n    test_inner\n\n"


@pytest.mark.parametrize(
    "end", ["test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n", "Killed\n"]
)
def test_of_a_run_that_prints_dots_the_run_that_a_test_printed_is_none_of_its_own(end: str):
    text = (
        f"running 3 tests\n.F.\nfailures:\n\n---- [ui] ui/test-panic.rs stdout ----\n------stdout---\n{INNER}{end}\nerror: no\n\n\n"
        "failures:\n    [ui] ui/test-panic.rs\n\ntest result: FAILED. 2 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out\n"
    )
    log = read_log(text.encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("[ui] ui/test-panic.rs", "failed")]
    assert (log.complete, log.unnamed_passes) == (True, 2)


def test_a_name_in_a_quiet_run_may_begin_like_the_letter_of_an_ignored_test():
    assert told(
        "running 2 tests\n. 1/2\nit_works --- FAILED\n\nfailures:\n\n---- it_works stdout ----\nno\n\nfailures:\n    it_works\n\n"
        "test result: FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.01s\n"
    ) == [("", "", "it_works", "failed")]


def test_a_binary_that_died_in_a_quiet_run_is_called_by_what_runs_it_again():
    died = "running 2 tests\nerror: test failed, to rerun pass `--test {0}`\n\nCaused by:\n  process didn't exit successfully: `/t/{0}-1f --quiet` (signal: 6, SIGABRT)\n\n"
    assert told(died.format("one") + died.format("two")) == [
        ("one", "", "one", "error"),
        ("two", "", "two", "error"),
    ]
