"""The name of a test: what a run puts into it goes, what the test's author put into it stays."""

import tracemalloc
from unicodedata import is_normalized

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from app.core.identity import NAMELESS, case_name, repository_path
from app.core.identity_rules import MAY_CHANGE, RULES
from app.core.model import Outcome, TestResult

WORDS = st.sampled_from(
    [
        *("test_add", "[1-2]", "localhost:", "8080", "1.2.3.4:50123", "0x7f12ab34cd", "@1a2b3c4d", "/tmp/", "/private/tmp/x"),
        *("2024-05-06", " ", "\t", "10:20:30", "3f2504e0-4f89-11d3-9a0c-0305e82c3301", "é", "e\u0301", "\0", "\ud800", "…", ">"),
        *("C:\\Users\\me\\AppData\\Local\\Temp\\x", "x" * 300, "日" * 200, "\u0338"),
    ]
)  # fmt: skip
TEXTS = st.lists(WORDS | st.text(max_size=5), max_size=12).map("".join)


def named(name, suite="", class_name=""):
    return case_name(TestResult(suite=suite, class_name=class_name, name=name, outcome=Outcome.PASSED))


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("t <C object at 0x7f3a5c0012e0>", "t <C object at <id>>"),
        ("t[java.lang.Object@1b28cdfa]", "t[java.lang.Object@<id>]"),
        ("t[3f2504e0-4f89-11d3-9a0c-0305e82c3301]", "t[<uuid>]"),
        ("at 2024-05-06T07:08:09.123456Z", "at <time>"),
        ("at 2024-05-06  07:08", "at <time>"),
        ("connects to localhost:49152", "connects to localhost:<port>"),
        ("GET http://127.0.0.1:35791/x", "GET http://127.0.0.1:<port>/x"),
        ("reads /tmp/pytest-of-runner/pytest-0/x.txt", "reads <tmp>"),
        ("reads '/private/var/folders/zz/T/abc' twice", "reads '<tmp>' twice"),
        ("reads C:\\Users\\runneradmin\\AppData\\Local\\Temp\\tmpab12\\f, then", "reads <tmp>, then"),
        ("backup 20241125T101500Z done", "backup <time> done"),
        ("t[timestamp=1732534221123]", "t[timestamp=<time>]"),
        ("listens on port 49321", "listens on port <port>"),
        ("fuzz (seed: 12345678, n=3)", "fuzz (seed: <seed>, n=3)"),
        ("fuzz[seed=1234567890]", "fuzz[seed=<seed>]"),
        ("  two\n\twords ", "two words"),
        ("cafe\u0301", "caf\u00e9"),
        ("a\0b", "ab"),
        ("lone \ud800 half", "lone half"),
        ("", NAMELESS),
        (" \n ", NAMELESS),
    ],
)
def test_what_changes_from_run_to_run_becomes_a_placeholder(written, kept):
    assert named(written).name == kept


@pytest.mark.parametrize(
    "name",
    [
        "test_add[1-2]",
        "test_add[1-3]",
        "test_date[2024-05-06]",
        "test_color[0xff]",
        "test_port[8080]",
        "test_mail[me@example.com]",
        "test_sha[deadbeefcafe]",
        "test_rng[seed=42]",
        "test_big[1732534221]",
        "test_port[port=8080]",
        "GET /users/:id > returns 404",
        "reads /var/log/x",
        "version 1.2.3.4",
        "grün 🚀",
    ],
)
def test_a_real_parameter_stays(name):
    assert named(name).name == name


@given(TEXTS, TEXTS, TEXTS)
def test_a_name_is_stable_bounded_composed_and_never_empty(suite, class_name, name):
    case = named(name, suite, class_name)
    assert case.name
    for text, most in ((case.suite, 600), (case.class_name, 800), (case.name, 1_000)):
        assert len(text.encode()) <= most
        assert is_normalized("NFC", text)
        assert "\0" not in text


@given(TEXTS)
@example("/tmp/" + "a" * 194 + "-" + "@abcdef")
@example("0xabcdef0123456789ff" * 60)
@example("localhost:1234 " * 80)
@example("1" * 995 + " 2024-05-06 07:08")
def test_the_name_of_a_name_is_itself(name):
    once = named(name).name
    assert named(once).name == once


@given(st.text("abé日/ ", min_size=1, max_size=3), st.integers(400, 6_000))
def test_long_names_that_differ_at_their_end_stay_apart(piece, times):
    long = "x" + piece * times
    assert named(long + "1").name != named(long + "2").name
    assert len(named(long).name.encode()) <= 1_000


def test_a_long_name_that_is_cut_in_the_middle_of_a_temporary_path_stays_apart_from_others():
    start = "x" * 978 + "-/tmp/("
    assert named(start + "a" * 100).name != named(start + "b" * 100).name


@pytest.mark.parametrize(
    ("file", "path"),
    [
        ("tests/test_a.py", "tests/test_a.py"),
        ("./tests//test_a.py", "tests/test_a.py"),
        ("/home/runner/work/repo/repo/tests/a.py", "tests/a.py"),
        ("file:///home/runner/work/repo/repo/tests/a.py", "tests/a.py"),
        ("/Users/runner/work/repo/repo/Tests/A.swift", "Tests/A.swift"),
        ("D:\\a\\repo\\repo\\src\\A.cs", "src/A.cs"),
        ("file:///D:/a/repo/repo/src/A.cs", "src/A.cs"),
        ("/__w/repo/repo/tests/a.py", "tests/a.py"),
        ("/github/workspace/tests/a.py", "tests/a.py"),
        ("/opt/actions-runner/_work/repo/repo/tests/a.py", "tests/a.py"),
        ("C:\\actions-runner\\_work\\repo\\repo\\tests\\a.py", "tests/a.py"),
        ("src\\A.cs", "src/A.cs"),
        ("/usr/lib/python3/x.py", None),
        ("C:/Windows/x.cs", None),
        ("../../etc/passwd", None),
        ("/home/runner/work/r/r/../../x", None),
        ("webpack:///src/a.js", None),
        ("http://localhost/a.js", None),
        ("a" * 1_001, None),
        ("a\0.py", "a.py"),
        ("lone\ud800.py", "lone.py"),
        (".", None),
        ("", None),
        (None, None),
    ],
)
def test_a_file_is_where_it_stands_in_the_repository_or_unknown(file, path):
    assert repository_path(file) == path


@pytest.mark.attack("paths")
@given(st.text(max_size=60))
def test_a_path_never_leads_out_of_the_repository(file):
    path = repository_path(file)
    assert path is None or (not path.startswith("/") and ".." not in path.split("/") and repository_path(path) == path)


def test_the_rules_are_numbered_in_their_order():
    assert [rule.number for rule in RULES] == list(range(1, len(RULES) + 1))


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.what)
@given(data=st.data())
def test_a_name_that_no_rule_could_change_is_not_held_against_them_and_any_other_is(rule, data):
    assert MAY_CHANGE.search(data.draw(st.from_regex(rule.pattern)))


def test_of_long_names_little_stays_with_the_process_that_read_them():
    named("x", suite="y")
    tracemalloc.start()
    try:
        for number in range(600):
            named(f"{number:020000}", class_name=f"{number:010000}")
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 8 << 20
