"""What the runners of Rust and Go print seldom: output that runs into their lines, processes that die, builds that fail."""

import json

import pytest

from app.core.logs import read_log

CARGO = "     Running unittests src/lib.rs (target/debug/deps/cart-0123456789abcdef)\n\nrunning 2 tests\n"
CARGO_END = "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out; finished in 0.00s\n"
STARTED = " Nextest run ID 1 with nextest profile: default\n    Starting 1 test across 1 binary\n"
FAIL = "        FAIL [   0.012s] cart tests::adds\n"
SUMMARY = "     Summary [   0.1s] 1 test run: 0 passed, 1 failed, 0 skipped\n"


def told(text):
    return [(one.name, one.outcome.value) for one in read_log(text.encode()).results]


def event(**fields):
    return json.dumps({"Action": "output", "Package": "a", **fields}, separators=(",", ":")) + "\n"


def test_what_a_test_of_cargos_prints_is_no_test_though_it_has_the_words():
    said = "test of the cart begins\nall is ok\ntest result: see below\n"
    log = read_log(f"{CARGO}test adds ... ok\n{said}test sums ... ok\n\n{CARGO_END}".encode())
    assert [one.name for one in log.results] == ["adds", "sums"]
    assert log.complete


def test_a_test_whose_end_was_lost_in_what_others_printed_is_not_told():
    text = f"{CARGO}test adds ... hello\ntest sums ... ok\n\n{CARGO_END}"
    assert told(text) == [("sums", "passed")]


def test_a_build_that_failed_behind_a_run_of_cargos_is_nothing_to_the_run():
    log = read_log(
        f"{CARGO}test adds ... ok\ntest sums ... ok\n\n{CARGO_END}error: could not compile `shop`\n".encode()
    )
    assert (len(log.results), log.complete, log.stopped_early) == (2, True, None)


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("thread 'adds' panicked at 'boom\nmore\nnote: run with `RUST_BACKTRACE=1`\n", "boom\nmore"),
        ("thread 'adds' panicked at 'boom\n", "boom"),
    ],
)
def test_an_old_panic_without_its_place_says_what_stands_before_the_note(said, message):
    text = f"{CARGO}test adds ... FAILED\n\nfailures:\n\n---- adds stdout ----\n{said}\n\nfailures:\n    adds\n\n{CARGO_END.replace('ok. 2 passed; 0', 'FAILED. 1 passed; 1')}"
    [one] = read_log(text.encode()).results
    assert (one.name, one.message) == ("adds", message)


def test_a_second_summary_of_nextests_is_that_of_another_run():
    log = read_log(f"{STARTED}{FAIL}{SUMMARY}{SUMMARY.replace('0 passed, 1 failed', '1 passed')}".encode())
    assert ([one.name for one in log.results], log.complete) == (["tests::adds"], True)


def test_nextest_that_tells_a_failure_again_adds_nothing_to_it():
    output = "  stdout ───\n    boom\n\n"
    [one] = read_log(f"{STARTED}{FAIL}{output}{SUMMARY}{FAIL}{output}".encode()).results
    assert one.stack_trace == "boom"


def test_a_line_that_only_looks_like_an_event_of_gos_is_none():
    broken = 'x {"Action":"fail","Package":oops}\n'
    passed = event(Action="pass", Test="TestA", Elapsed=0.01)
    assert told(f"{event(Action='start')}{broken}{passed}{event(Action='pass', Elapsed=0.1)}") == [("TestA", "passed")]


def test_a_package_whose_process_died_without_a_word_failed_in_the_one_test_that_ran():
    text = f"{event(Action='run', Test='TestA')}{event(Output='exit status 3')}{event(Action='fail', Elapsed=0.1)}"
    [one] = read_log(text.encode()).results
    assert (one.name, one.outcome, one.message) == ("TestA", "failed", "exit status 3")


def test_gotestsum_names_a_test_whose_failure_stands_before_others():
    text = "=== RUN   TestA\n    a_test.go:1: boom\n--- FAIL: TestA (0.01s)\n--- PASS: TestB (0.00s)\nFAIL a.TestA (0.01s)\nPASS a.TestB (0.00s)\n\nDONE with it\nDONE 2 tests, 1 failure in 0.1s\n"
    log = read_log(text.encode())
    assert [(one.class_name, one.name, one.outcome) for one in log.results] == [
        ("a", "TestA", "failed"),
        ("a", "TestB", "passed"),
    ]
    assert log.complete


def test_a_package_that_failed_without_a_failing_test_has_no_name_in_gotestsums_list():
    text = (
        "=== Failed\n=== FAIL: pkg/etcd  (0.00s)\nFAIL\nFAIL\tshop/pkg/etcd\t11.8s\n\nDONE 9 tests, 1 failure in 1.2s\n"
    )
    assert [(one.suite, one.name, one.outcome) for one in read_log(text.encode()).results] == [
        ("pkg/etcd", "Failure", "error")
    ]
    seen = "panic: no server\n\ngoroutine 1 [running]:\nFAIL\tshop/pkg/etcd\t11.8s\n\n"
    assert [one.suite for one in read_log(f"{seen}{text}".encode()).results] == ["shop/pkg/etcd"]
