"""What TAP and Perl's harness print seldom."""

from app.core.logs import read_log


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_two_dots_in_what_a_failure_says_are_no_plan():
    text = "TAP version 13\nnot ok 1 - adds\n# not in range\n  none of 1..3\n1..1\n"
    [one] = read_log(text.encode()).results
    assert (one.message, one.stack_trace) == ("not in range", "# not in range\n  none of 1..3")


def test_a_number_that_comes_again_begins_another_stream():
    text = "1..2\nok 1 - adds\nok 2 - sums\nok 1 - adds\nok 2 - sums\n1..2\n"
    log = read_log(text.encode())
    assert [(one.name, one.ordinal) for one in log.results] == [("adds", 1), ("sums", 1), ("adds", 2), ("sums", 2)]


def test_an_old_test_more_names_test_and_file_on_one_line():
    text = "#   Failed test 'adds' at t/a.t line 3.\nt/a.t .. Failed 1/3 subtests\nResult: FAIL\n"
    [one] = read_log(text.encode()).results
    assert (one.name, one.file, one.class_name) == ("adds", "t/a.t", "t/a.t")


def test_a_failure_within_a_library_is_of_the_script_that_ends_behind_it():
    text = "#   Failed test 'adds'\n#   at lib/Cart.pm line 3.\nt/a.t .. Failed 1/3 subtests\nResult: FAIL\n"
    assert told(text) == [("t/a.t", "adds", "failed")]


def test_dots_behind_a_word_that_is_no_path_are_no_script():
    text = "compiling .. ok\nt/a.t .. ok\nt/b.t .. Failed 1/1 subtests\nResult: FAIL\n\nTest Summary Report\n"
    assert told(text) == [("t/b.t", "t/b.t", "error")]


def test_a_verbose_prove_names_the_tests_of_a_script():
    text = "t/a.t .. \nok 1 - adds\nok 2 - sums\n1..2\nok\nAll tests successful.\nFiles=1, Tests=2\nResult: PASS\n"
    assert told(text) == [("t/a.t", "adds", "passed"), ("t/a.t", "sums", "passed")]
    assert read_log(text.encode()).complete


def test_a_brace_that_was_lost_in_what_a_test_printed_hides_no_failure():
    text = "TAP version 13\nnot ok 1 - cart {\n    not ok 1 - adds\n    1..1\nprinted}\nnot ok 2 - sums\n1..2\n"
    assert told(text) == [("cart", "adds", "failed"), ("", "sums", "failed")]


def test_a_script_whose_line_was_printed_into_is_named_by_the_closing_report():
    text = "t/a.t .. nginx: started\n# Looks like your test exited with 3 just after 3.\nDubious, test returned 3 (wstat 768, 0x300)\n"
    report = (
        "Test Summary Report\n-------------------\nt/a.t (Wstat: 768 Tests: 3 Failed: 0)\n  Non-zero exit status: 3\n"
    )
    assert told(f"{text}\n{report}Files=1, Tests=3\nResult: FAIL\n") == [("t/a.t", "t/a.t", "error")]
