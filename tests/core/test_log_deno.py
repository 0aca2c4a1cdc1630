from app.core.logs import read_log

ROWS = (
    "running 2 tests from ./cart_test.ts\nadds ... FAILED (1ms)\ncart ...\n  sums ... ok (0ms)\n  outer ...\n"
    "    throws ... FAILED (3ms)\n  outer ... FAILED (due to 1 failed step) (4ms)\ncart ... FAILED (due to 1 failed step) (27ms)\n"
    "running 2 tests from ./b_test.ts\nwaits ... ignored (0ms)\nfine ... ok (301µs)\n"
)
ERRORS = (
    '\n ERRORS \n\nadds => ./cart_test.ts:1:6\nerror: Error: boom\nDeno.test("adds", () => { throw new Error("boom"); });\n'
    "                                ^\n    at file:///src/cart_test.ts:1:57\n\n"
    "cart ... outer ... throws => ./cart_test.ts:4:48\nerror: AssertionError: Values are not equal.\n\n    at file:///src/cart_test.ts:4:77\n\n"
)
LIST = "\n FAILURES \n\nadds => ./cart_test.ts:1:6\ncart ... outer ... throws => ./cart_test.ts:4:48\n"
END = "\nFAILED | 1 passed (1 step) | 2 failed (2 steps) | 1 ignored (463ms)\n\nerror: Test failed\n"
FAILED = ["adds", "cart", "cart > outer", "cart > outer > throws"]


def failed(text: str) -> list[str]:
    return sorted(one.name for one in read_log(text.encode()).results if one.outcome.is_bad)


def test_steps_are_named_by_their_paths_and_fail_what_is_around_them():
    log = read_log((ROWS + ERRORS + LIST + END).encode())
    assert [(one.class_name, one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("./cart_test.ts", "adds", "failed", 1),
        ("./cart_test.ts", "cart > sums", "passed", 0),
        ("./cart_test.ts", "cart > outer > throws", "failed", 3),
        ("./cart_test.ts", "cart > outer", "failed", 4),
        ("./cart_test.ts", "cart", "failed", 27),
        ("./b_test.ts", "waits", "skipped", 0),
        ("./b_test.ts", "fine", "passed", 0),
    ]
    assert (log.runner, log.complete, log.stopped_early) == ("deno test", True, None)


def test_an_error_is_told_without_the_code_that_threw_it():
    log = read_log((ROWS + ERRORS + LIST + END).encode())
    messages = {one.name: one.message for one in log.results}
    assert (messages["adds"], messages["cart > outer > throws"]) == (
        "Error: boom",
        "AssertionError: Values are not equal.",
    )
    assert "at file:///src/cart_test.ts:1:57" in (log.results[0].stack_trace or "")


def test_a_reporter_of_dots_names_failures_in_its_list_alone():
    log = read_log(f"!\n,\n.\n{ERRORS}{LIST}{END}".encode())
    assert failed(f"!\n,\n.\n{ERRORS}{LIST}{END}") == FAILED
    assert (log.complete, log.unnamed_passes) == (True, 2)


def test_parallel_runs_name_file_and_path_in_each_line():
    rows = "./cart_test.ts => cart ... sums ... ok (0ms)\n./cart_test.ts => adds ... FAILED (944µs)\n"
    log = read_log(f"{rows}\nFAILED | 1 passed | 1 failed (9ms)\n".encode())
    assert [(one.class_name, one.name, one.duration_ms) for one in log.results] == [
        ("./cart_test.ts", "cart > sums", 0),
        ("./cart_test.ts", "adds", 1),
    ]


def test_a_file_that_could_not_be_loaded_is_an_error_of_its_name():
    text = "Uncaught error from ./b_test.ts FAILED\n\n ERRORS \n\n./b_test.ts (uncaught error)\nerror: Error: top level\n    at file:///b_test.ts:1:7\n"
    end = "\n FAILURES \n\n./b_test.ts (uncaught error)\n\nFAILED | 0 passed | 1 failed (4ms)\n"
    [one] = read_log((text + end).encode()).results
    assert (one.class_name, one.name, one.outcome, one.message) == (
        "./b_test.ts",
        "./b_test.ts",
        "error",
        "Error: top level",
    )


def test_what_a_test_prints_is_no_test():
    printed = "------- output -------\nloads ... ok\n  x\n----- output end -----\n"
    log = read_log(f"running 1 test from ./a_test.ts\nadds ...\n{printed}adds ... FAILED (1ms)\n".encode())
    assert ([one.name for one in log.results], log.complete) == (["adds"], False)


def test_a_run_that_ended_before_its_tests_says_so():
    log = read_log(b"running 3 tests from ./a_test.ts\nadds ... FAILED (1ms)\n\nFAILED | 0 passed | 1 failed (4ms)\n")
    assert log.stopped_early == "deno ran 1 of 3 tests"


def test_lines_like_denos_without_its_beginning_or_end_are_anybodys():
    assert failed("setup ... FAILED (1ms)\n") == []
    assert failed("libtest has run 3 tests from a\n ERRORS\n\nadds => ./a_test.ts:1:6\nerror: x\n") == []
