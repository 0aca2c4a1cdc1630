from app.core.logs import read_log

NODE = """TAP version 13
# Subtest: group
    # Subtest: leaf one
    ok 1 - leaf one
      ---
      duration_ms: 1.6
      ...
    # Subtest: leaf two
    not ok 2 - leaf two
      ---
      duration_ms: 2.9
      location: '/w/test/a.test.js:10:3'
      failureType: 'testCodeFailure'
      error: |-
        Expected values to be strictly equal:

        1 !== 2

      code: 'ERR_ASSERTION'
      ...
    1..2
not ok 1 - group
  ---
  failureType: 'subtestsFailed'
  ...
# Subtest: later
ok 2 - later # SKIP why
  ---
  duration_ms: 0.1
  ...
1..2
# tests 3
# fail 1
"""
HARNESS = """t/00-load.t .. ok

#   Failed test 'adds'
#   at t/x.t line 10.
#          got: '1'
#     expected: '2'
    #   Failed test 'inner'
    #   at t/x.t line 20.
    # Looks like you failed 1 test of 2.

#   Failed test 'outer'
#   at t/x.t line 25.
# Looks like you failed 2 tests of 3.
t/x.t ........ Dubious, test returned 2 (wstat 512, 0x200)
Failed 2/3 subtests
t/y.t ........ Dubious, test returned 255 (wstat 65280, 0xff)
No subtests run
"""
REPORT = """
Test Summary Report
-------------------
t/x.t      (Wstat: 512 (exited 2) Tests: 3 Failed: 2)
  Failed tests:  2-3
t/y.t      (Wstat: 65280 (exited 255) Tests: 0 Failed: 0)
  Parse errors: No plan found in TAP output
Files=3, Tests=4,  0 wallclock secs ( 0.02 usr)
Result: FAIL
"""


def told(text):
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_subtest_is_told_by_its_points():
    log = read_log(NODE.encode())
    assert [(one.class_name, one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("group", "leaf one", "passed", 2),
        ("group", "leaf two", "failed", 3),
        ("", "later", "skipped", 0),
    ]
    leaf = log.results[1]
    assert (leaf.message, leaf.file) == (
        "Expected values to be strictly equal:\n\n1 !== 2",
        "/w/test/a.test.js",
    )
    assert (log.runner, log.complete) == ("tap", True)


def test_a_group_counts_where_it_failed_and_none_of_its_points_did():
    text = "TAP version 13\n# Subtest: g\n    ok 1 - a\n    1..1\nnot ok 1 - g\n  ---\n  error: 'hook failed'\n  ...\n1..1\n"
    assert told(text) == [("g", "a", "passed"), ("", "g", "failed")]
    assert read_log(text.encode()).results[1].message == "hook failed"


def test_bats_tells_where_a_test_failed():
    log = read_log(
        b"1..3\nnot ok 1 is sad in 12ms\n# (in test file test/a.bats, line 5)\n#   `false' failed\nok 2 is happy in 1sec\nok 3 later # skip not now\n"
    )
    sad, happy, later = log.results
    assert (sad.name, sad.file, sad.message, sad.duration_ms) == ("is sad", "test/a.bats", "`false' failed", 12)
    assert (happy.name, happy.duration_ms, later.name, later.outcome.value) == (
        "is happy",
        1000,
        "later",
        "skipped",
    )


def test_a_failure_that_is_still_to_do_is_none():
    assert told("1..2\nnot ok 1 - a # TODO fix\nok 2 - b # TODO done\n") == [("", "a", "skipped"), ("", "b", "passed")]


def test_tape_names_its_tests_in_comments():
    assert told(
        "TAP version 13\n# adds\nok 1 is a number\nnot ok 2 should be equal\n  ---\n    operator: equal\n  ...\n# subtracts\nok 3 should be equal\n\n1..3\n# tests 3\n# fail 1\n"
    ) == [
        ("adds", "is a number", "passed"),
        ("adds", "should be equal", "failed"),
        ("subtracts", "should be equal", "passed"),
    ]


def test_pg_regress_shows_columns_of_names_and_times():
    log = read_log(
        b"# parallel group (2 tests):  boolean char\nok 1         + boolean        58 ms\nnot ok 2     - char           70 ms\n1..2\n"
    )
    assert [(one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("boolean", "passed", 58),
        ("char", "failed", 70),
    ]


def test_streams_follow_each_other_and_one_that_is_cut_off_is_not_complete():
    assert read_log(b"1..1\nnot ok 1 - a\n1..1\nnot ok 1 - a\n").complete
    assert not read_log(b"1..1\nnot ok 1 - a\n1..2\nnot ok 1 - a\n").complete
    assert [one.ordinal for one in read_log(b"1..1\nok 1 - a\n1..1\nok 1 - a\n").results] == [1, 2]


def test_a_test_that_bails_out_stops_the_run():
    assert read_log(b"1..3\nnot ok 1 - a\nBail out!  no db\n").stopped_early == "a test bailed out"


def test_a_point_without_a_protocol_is_nobodys():
    assert told("ok 1 - a\nnot ok 2 - b\n") == []
    assert told("not ok 1 - a\nok then\nnot ok, really\n") == []


def test_the_harness_shows_failures_without_their_points():
    log = read_log((HARNESS + REPORT).encode())
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("t/x.t", "adds", "failed"),
        ("t/x.t", "inner", "failed"),
        ("t/y.t", "t/y.t", "error"),
    ]
    assert (log.results[0].message, log.results[0].file) == ("got: '1'\nexpected: '2'", "t/x.t")
    assert log.results[2].message == "Dubious, test returned 255 (wstat 65280, 0xff)"
    assert log.complete
    assert not read_log(HARNESS.encode()).complete


def test_the_verbose_harness_shows_both_and_tells_once():
    log = read_log(
        b"t/x.t .. \nok 1 - a\nnot ok 2 - foo\n\n#   Failed test 'foo'\n#   at t/x.t line 10.\n1..2\nDubious, test returned 1 (wstat 256, 0x100)\n"
        b"Failed 1/2 subtests \nt/z.t .. \nok 1 - z\n1..1\nok\n\nTest Summary Report\n-------------------\nt/x.t (Wstat: 256 Tests: 2 Failed: 1)\n"
        b"Files=2, Tests=3,  0 wallclock secs\nResult: FAIL\n"
    )
    assert [(one.class_name, one.name, one.outcome.value) for one in log.results] == [
        ("t/x.t", "a", "passed"),
        ("t/x.t", "foo", "failed"),
        ("t/z.t", "z", "passed"),
    ]
    assert log.complete


def test_the_quiet_harness_names_scripts_in_its_report_only():
    assert told(f"t/a.t .. ok\n{REPORT}") == [("t/x.t", "t/x.t", "error"), ("t/y.t", "t/y.t", "error")]


def test_a_harness_that_was_cut_off_still_tells_the_failures_that_name_their_script():
    log = read_log(b"#   Failed test 'adds'\n#   at t/x.t line 10.\n#   Failed test 'where'\n")
    assert [(one.name, one.class_name) for one in log.results] == [("adds", "t/x.t")]


def test_the_pretty_bats_is_believed_where_its_counts_follow():
    text = " ✓ adds [12]\n ✗ subtracts\n   (in test file test/a.bats, line 5)\n     `false' failed\n - later (skipped: no)\n"
    log = read_log(f"{text}\n3 tests, 1 failure, 1 skipped\n".encode())
    assert [(one.name, one.outcome.value, one.duration_ms) for one in log.results] == [
        ("adds", "passed", 12),
        ("subtracts", "failed", None),
        ("later", "skipped", None),
    ]
    assert (log.results[1].file, log.complete) == ("test/a.bats", True)
    assert not read_log(text.encode()).complete
    assert told(" ✓ adds\n ✗ subtracts\n") == []


def test_the_pretty_bats_writes_over_the_lines_of_tests_that_run():
    text = (
        "\x1b[34;1ma.bats\n\x1b[0m\x1b[1G   adds\x1b[K\x1b[68G1/2 in 0 sec\x1b[2G\x1b[1G ✓ adds\x1b[32;22m [3]\x1b[K\n"
        "\x1b[0m\x1b[1G   is 1/2\x1b[K\x1b[77G2/2\x1b[2G\x1b[31;1m\x1b[1G ✗ is 1/2\x1b[K\n\x1b[0m\x1b[31;22m   (in test file a.bats, line 2)\n"
        "\x1b[0m\x1b[31;1m\n2 tests, 1 failure in 0 seconds\n"
    )
    assert told(text) == [("a.bats", "adds", "passed"), ("a.bats", "is 1/2", "failed")]


def test_the_older_pg_regress_is_read_between_its_rules():
    text = "test a                       ... ok           12 ms\n     b                        ... FAILED        3 ms\ntest c                       ... FAILED (test process exited with exit code 2)\n"
    begin = "============== running regression test queries        ==============\n"
    log = read_log(f"{begin}{text}\n====\n 2 of 3 tests failed.\n".encode())
    assert [(one.name, one.outcome.value) for one in log.results] == [("a", "passed"), ("b", "failed"), ("c", "failed")]
    assert (log.runner, log.complete) == ("pg_regress", True)
    assert told(text) == []


def test_what_a_test_printed_into_its_block_is_not_read_as_points():
    text = (
        "TAP version 13\n1..2\nnot ok 1 message/inner\n  ---\n  exitcode: 1\n  stack: |-\n    TAP version 13\n    # Subtest: in\n    not ok 1 - in\n"
        "      ---\n      ...\n    1..1\n  ...\nok 2 other\n  ---\n  duration_ms: 3\n  ...\n"
    )
    assert told(text) == [("", "message/inner", "failed"), ("", "other", "passed")]


def test_a_buffered_subtest_stands_behind_its_point():
    text = "TAP version 13\nok 1 - a\nnot ok 2 - group {\n    ok 1 - b\n    not ok 2 - c\n    1..2\n}\nnot ok 3 - d\n1..3\n"
    assert told(text) == [
        ("", "a", "passed"),
        ("group", "b", "passed"),
        ("group", "c", "failed"),
        ("", "d", "failed"),
    ]
    assert read_log(text.encode()).complete


def test_words_that_come_before_their_points_are_theirs():
    log = read_log(
        b"t/a.t .. \n\n#   Failed test 'adds'\n#   at t/a.t line 1.\n#          got: '1'\n    #   Failed test 'in'\n    #   at t/a.t line 2.\n\n#   Failed test 'grp'\n"
        b"#   at t/a.t line 3.\n1..2\nnot ok 1 - adds\n# Subtest: grp\n    1..1\n    not ok 1 - in\nnot ok 2 - grp\nDubious, test returned 2 (wstat 512, 0x200)\n"
        b"Failed 2/2 subtests\nResult: FAIL\n"
    )
    assert [(one.class_name, one.name, one.message) for one in log.results] == [
        ("t/a.t", "adds", "got: '1'"),
        ("t/a.t > grp", "in", "Failed test 'in'"),
    ]


BRACES = """TAP version 13
1..2
not ok 1 - test/a.test.js # time=16.43ms {
    1..2
    not ok 1 - cart # time=15.38ms {
        1..2
        not ok 1 - adds > one # time=9.21ms
            ---
            error:
                name: "AssertionError"
                message: "expected 1 to be 2"
            at: "/home/runner/work/shop/shop/test/a.test.js:4:42"
            ...
        ok 2 - later # SKIP
    }
    not ok 2 - hook # time=0.40ms {
        1..1
        ok 1 - never # SKIP
    }
}
not ok 2 - test/b.test.js
    ---
    error:
        name: "Error"
        message: "Cannot find module './nothing'"
    ...
"""


def test_groups_in_braces_have_names_without_times():
    assert told(BRACES) == [
        ("test/a.test.js > cart", "adds > one", "failed"),
        ("test/a.test.js > cart", "later", "skipped"),
        ("test/a.test.js > hook", "never", "skipped"),
        ("test/a.test.js", "hook", "failed"),
        ("", "test/b.test.js", "failed"),
    ]


def test_the_place_of_a_failure_may_stand_in_quotes():
    assert read_log(BRACES.encode()).results[0].file == "/home/runner/work/shop/shop/test/a.test.js"


def test_a_hook_that_failed_has_the_number_of_the_next_test():
    log = """1..3
not ok 1 cart adds
  1 !== 2
ok 2 cart works
not ok 3 cart "before each" hook for "one"
  setup
ok 3 after fine
not ok 4 after "after all" hook for "fine"
# tests 3
# pass 2
# fail 3
"""
    assert [name for _, name, outcome in told(log) if outcome == "failed"] == [
        "cart adds",
        'cart "before each" hook for "one"',
        'after "after all" hook for "fine"',
    ]


def test_a_file_that_node_could_not_run_has_a_number_of_its_own_in_the_stream():
    text = "TAP version 13\nok 1 - adds\nok 2 - sums\nok 3 - takes\nnot ok 2 - /src/b.test.js\n  ---\n  failureType: 'testCodeFailure'\n  error: 'test failed'\n  ...\n1..4\n# tests 4\n"
    log = read_log(text.encode())
    assert ([one.name for one in log.results if one.outcome.is_bad], log.complete) == (["/src/b.test.js"], True)
    assert not read_log(text.replace("1..4", "1..5").encode()).complete


def test_the_points_of_a_stream_may_bear_no_numbers():
    points = "ok - cart::adds  (0.00s)\nnot ok - cart::sums  (0.25s)\n  ---\n  failures:\n  ...\nok - cart::waits  # SKIP later\n"
    log = read_log(f"TAP version 13\n1..3\n# Criterion v2.4.1\n{points}".encode())
    assert [(one.name, one.outcome, one.duration_ms) for one in log.results] == [
        ("cart::adds", "passed", 0),
        ("cart::sums", "failed", 250),
        ("cart::waits", "skipped", None),
    ]
    assert log.complete
    assert read_log(f"not ok 1 - x\n{points}".encode()).results[1:] == ()
