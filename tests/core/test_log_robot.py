from app.core.logs import read_log

RULE, LINE = "=" * 78, "-" * 78


def row(name: str, word: str) -> str:
    return f"{name:<69} | {word} |"


BEGIN = f"{RULE}\n{'Shop':<78}\n{RULE}\n{'Shop.Cart :: All of it':<78}\n{RULE}\n"
TESTS = (
    f"{row('Adds :: What is put in', 'FAIL')}\n1 != 2\nand more\n{LINE}\n{row('Sums', 'PASS')}\n{LINE}\n"
    f"{row('Waits', 'SKIP')}\nnot today\n{LINE}\n"
)
ENDS = (
    f"{row('Shop.Cart :: All of it', 'FAIL')}\n3 tests, 1 passed, 1 failed, 1 skipped\n{RULE}\n{row('Shop', 'FAIL')}\n"
    f"3 tests, 1 passed, 1 failed, 1 skipped\n{RULE}\nOutput:  /out/output.xml\nLog:     /out/log.html\n"
)
TOLD = [("Shop.Cart", "Adds", "failed"), ("Shop.Cart", "Sums", "passed"), ("Shop.Cart", "Waits", "skipped")]


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_rows_below_the_name_of_a_suite_are_its_tests():
    assert told(BEGIN + TESTS + ENDS) == TOLD
    log = read_log((BEGIN + TESTS + ENDS).encode())
    assert (log.runner, log.complete, log.results[0].message) == ("robot", True, "1 != 2\nand more")


def test_the_word_may_have_a_colour_and_stand_below_what_a_test_printed():
    coloured = TESTS.replace("FAIL", "\x1b[31mFAIL\x1b[0m")
    assert told(BEGIN + coloured) == TOLD
    printed = f"{'Adds':<70}\nhello\n| FAIL |\n1 != 2\n{LINE}\n"
    assert told(BEGIN + printed) == TOLD[:1]


def test_a_suite_within_another_is_named_by_its_own_rows():
    second = f"{'Shop.Till':<78}\n{RULE}\n{row('Opens', 'FAIL')}\nstuck\n{LINE}\n{row('Shop.Till', 'FAIL')}\n1 test, 0 passed, 1 failed\n{RULE}\n"
    first, last = ENDS.split(row("Shop", "FAIL"))
    assert told(BEGIN + TESTS + first + second + row("Shop", "FAIL") + last) == [
        *TOLD,
        ("Shop.Till", "Opens", "failed"),
    ]


def test_a_run_that_was_cut_off_is_not_complete():
    assert not read_log((BEGIN + TESTS).encode()).complete


def test_the_dotted_console_names_failures_alone():
    text = (
        f"Running suite 'Shop' with 3 tests.\n{RULE}\n.Fs\n{LINE}\nFAIL: Shop.Cart.Adds\n1 != 2\n{RULE}\n"
        "Run suite 'Shop' with 3 tests in 1 second.\n\nFAILED\n3 tests, 1 passed, 1 failed, 1 skipped\n\nOutput:  /out/output.xml\n"
    )
    assert told(text) == TOLD[:1]


def test_rules_and_rows_of_others_are_no_tests():
    assert told(f"{RULE}\n{row('Adds', 'FAIL')}\n{LINE}\nFAIL: Shop.Cart.Adds\n") == []
