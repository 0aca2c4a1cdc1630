from app.core.logs import read_log

LOOSE = (
    'a.test.js\n• ✘   (1 / 2)\n\n   FAIL  "adds up"\n    Expected values to be strictly equal:  (is)\n\n        ++2    (Expected)\n'
    "        --1    (Actual)\n        \n    at Object.handler (a.test.js:2:73)\n\n"
)
SUITE = '\n my suite  ✘   (0 / 1)\n\n   FAIL  my suite  "sums “ünï”"\n    boom\n\n    at Object.handler (a.test.js:4:63)\n\n'
END = "\n  Total:     3\n  Passed:    1\n  Skipped:   0\n  Duration:  6.20ms\n\n"


def told(text: str) -> list[tuple[str, str, str]]:
    return [(one.class_name, one.name, one.outcome.value) for one in read_log(text.encode()).results]


def test_a_failure_is_of_its_suite_or_of_its_file():
    assert told(LOOSE + SUITE + END) == [("a.test.js", "adds up", "failed"), ("my suite", "sums “ünï”", "failed")]
    log = read_log((LOOSE + SUITE + END).encode())
    assert (log.runner, log.complete, log.unnamed_passes) == ("uvu", True, 1)
    assert [one.message for one in log.results] == ["Expected values to be strictly equal", "boom"]


def test_without_totals_such_lines_are_anybodys():
    assert told(LOOSE + SUITE) == []


def test_a_run_without_failures_is_no_session():
    assert read_log(f"a.test.js\n• • •   (3 / 3)\n{END}".encode()).runner is None
