"""A list says to its runner which tests to leave out: those, no other, and nothing else, whatever they are called."""

import ast
import json
import re
from datetime import UTC, datetime
from unicodedata import normalize

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from app.core.identity import case_name
from app.core.model import Outcome, TestId, TestResult
from app.core.skiplists import Format, QuarantinedTest, quarantine_for
from app.core.skiplists import gradle as gradle_list
from app.core.skiplists import nextest as nextest_list
from app.core.skiplists import pytest as pytest_list
from app.core.skiplists import rspec as rspec_list
from app.core.skiplists import surefire as surefire_list
from app.core.skiplists.placeholders import expression, is_one_text
from tests.skiplists_run.proof import HOSTILE

RUNNERS = [one for one in Format if one is not Format.JSON]
LINES = st.text(
    st.one_of(
        st.sampled_from("ab '\"\\$#{}()[]<>*?.|^+,;:/%@!~=-_é日🚀"),
        st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]),
    ),
    max_size=30,
)
# What a stored name is made of: no white space at its ends, single spaces within.
NAMES = LINES.map(lambda text: kept(text).name).filter(lambda name: name != "(no name)")


def kept(name):
    return case_name(TestResult(suite="", class_name="", name=name, outcome=Outcome.PASSED))


def held(name, number=1, **more):
    known = {"classname": "com.acme.CartTest", "suite": "com.acme.CartTest"} | more
    return QuarantinedTest(test_id=TestId(number), name=name, **known)


OF_RUNNER = {
    Format.JSON: held("adds"),
    Format.PYTEST: held("test_adds", suite="pytest", classname="tests.test_cart", file="tests/test_cart.py"),
    Format.JEST: held("adds", suite="cart.test.js", classname="cart", file="cart.test.js"),
    Format.GO: held("TestAdds", suite="acme.com/cart", classname="acme.com/cart", file="cart/cart_test.go"),
    Format.GRADLE: held("adds()"),
    Format.SUREFIRE: held("adds"),
    Format.RSPEC: held("Cart adds", suite="rspec", classname="spec.cart_spec", file="spec/cart_spec.rb"),
    Format.NEXTEST: held("cart::adds", suite="cart::api", classname="cart::api", file="src/cart.rs"),
}


@pytest.mark.parametrize(
    ("known_as", "line"),
    [
        (Format.PYTEST, "    ('tests.test_cart', 'test_adds'): 'quarantined by FlakeGuard',"),
        (Format.JEST, r"^(?!\s*(?:cart\s+adds)\s*$)"),
        (Format.GO, "acme.com/cart\t^TestAdds$"),
        (Format.GRADLE, "    'com.acme.CartTest.adds',"),
        (Format.SUREFIRE, r"%regex[com[/\\]acme[/\\]CartTest\.class#adds]"),
        (Format.RSPEC, "    ['spec.cart_spec', 'Cart adds'] => 'quarantined by FlakeGuard',"),
        (Format.NEXTEST, "not ((binary_id(=cart::api)&test(=cart::adds)))"),
    ],
)
def test_each_runner_is_told_in_its_own_words(known_as, line):
    listed = quarantine_for(known_as, [OF_RUNNER[known_as]])
    assert line in listed.text.splitlines()
    assert listed.refused == ()


def test_programs_are_told_all_that_is_known():
    one = held(
        "adds", 7, variant="linux", reason="flaky", issue_url="https://x/1", until=datetime(2026, 5, 6, tzinfo=UTC)
    )
    assert json.loads(quarantine_for(Format.JSON, [one]).text) == {
        "tests": [
            {
                "test_id": 7,
                "name": "adds",
                "classname": "com.acme.CartTest",
                "suite": "com.acme.CartTest",
                "file": None,
                "variant": "linux",
                "reason": "flaky",
                "issue_url": "https://x/1",
                "until": "2026-05-06T00:00:00+00:00",
            }
        ],
        "refused": [],
    }


@pytest.mark.parametrize("known_as", Format)
def test_the_text_is_the_same_in_whatever_order_the_tests_come(known_as):
    tests = [held(name, number) for number, name in enumerate([*HOSTILE, "\x07", "x" * 3_000])]
    assert quarantine_for(known_as, tests) == quarantine_for(known_as, tests[::-1])


@pytest.mark.parametrize("known_as", RUNNERS)
def test_a_test_of_another_language_is_in_no_runners_list(known_as):
    others = [one for known, one in OF_RUNNER.items() if one.file and known is not known_as]
    listed = quarantine_for(known_as, others)
    assert (listed.text, listed.refused) == (quarantine_for(known_as, []).text, ())


@pytest.mark.parametrize("known_as", Format)
@pytest.mark.parametrize(
    ("name", "why"),
    [
        *(
            (f"TestA{letter}b", "control characters")
            for letter in "\0\x07\n\r\x1b\x7f\x85\u2028\u2029\u202e\u2066\ud800"
        ),
        ("Test" + "x" * 3_000, "longer than 2000 bytes"),
        (kept("Test" + "x" * 3_000).name, "only its beginning is known"),
        ("(no name)", "no name"),
        ("", "no name"),
    ],
)
def test_a_name_that_cannot_be_seen_or_is_not_whole_is_refused(known_as, name, why):
    bad = QuarantinedTest(
        **{field: getattr(OF_RUNNER[known_as], field) for field in OF_RUNNER[known_as].__slots__} | {"name": name}
    )
    listed = quarantine_for(known_as, [bad])
    (refused,) = listed.refused
    assert why in refused.why
    assert name == "" or name not in listed.text


@pytest.mark.parametrize(
    ("known_as", "one", "why"),
    [
        (Format.GO, held("TestA", suite="", classname=""), "package"),
        (Format.GO, held("TestA", suite="-exec=sh", classname="-exec=sh"), "package"),
        (Format.GO, held("adds", suite="acme.com/cart"), "none that go gives"),
        (Format.GO, held("TestA/<tmp>", suite="acme.com/cart"), "path"),
        (Format.GRADLE, held("adds", classname="CartTest"), "package"),
        (Format.GRADLE, held("adds(int)[1]"), "one call"),
        (Format.GRADLE, held("[1] 1, 2"), "one call"),
        (Format.GRADLE, held("a.b"), "none of a method"),
        (Format.GRADLE, held("a\\b"), "none of a method"),
        (Format.GRADLE, held("a*"), "wildcard"),
        (Format.SUREFIRE, held("adds{int}[1]"), "one call"),
        (Format.SUREFIRE, held("at <time>"), "none of a method"),
        (Format.NEXTEST, held("adds", suite="", classname=""), "binary"),
        (Format.NEXTEST, held("adds", suite="@setup-script:x", classname="@setup-script:x"), "binary"),
        (Format.PYTEST, held("adds", classname=""), "module"),
        (Format.RSPEC, held("adds", classname=""), "file"),
    ],
)
def test_a_test_that_a_runner_cannot_be_told_exactly_is_refused(known_as, one, why):
    listed = quarantine_for(known_as, [one])
    assert [why in refused.why for refused in listed.refused] == [True]
    assert quarantine_for(known_as, [one, OF_RUNNER[known_as]]).text.endswith(
        quarantine_for(known_as, [OF_RUNNER[known_as]]).text.splitlines()[-1] + "\n"
    )


@pytest.mark.parametrize("known_as", [Format.JEST, Format.GO, Format.NEXTEST])
def test_what_is_too_long_for_one_argument_is_refused(known_as):
    like = OF_RUNNER[known_as]
    tests = [
        QuarantinedTest(
            test_id=TestId(number), name=f"Test{number}" + "x" * 500, classname=like.classname, suite=like.suite
        )
        for number in range(300)
    ]
    listed = quarantine_for(known_as, tests)
    assert 90_000 < len(listed.text.splitlines()[-1]) < 101_000
    assert 50 < len(listed.refused) < 200


@pytest.mark.parametrize("known_as", Format)
@given(st.lists(LINES, max_size=4), LINES)
def test_no_name_makes_a_line_of_its_own(known_as, names, reason):
    like = OF_RUNNER[known_as]
    tests = [
        QuarantinedTest(test_id=TestId(number), name=name, classname=like.classname, suite=like.suite, reason=reason)
        for number, name in enumerate(names)
    ]
    text = quarantine_for(known_as, tests).text
    assert text.endswith("\n")
    assert text.splitlines() == text.split("\n")[:-1]
    assert all(letter.isprintable() or letter.isspace() for letter in text) or known_as not in (
        Format.JSON,
        Format.PYTEST,
    )


@given(st.text())
def test_a_python_string_is_the_text_and_no_more(text):
    written = pytest_list.quoted(text)
    assert ast.literal_eval(written) == text
    assert written.isascii()
    assert written.isprintable()


@given(st.lists(st.tuples(NAMES, LINES), max_size=5))
def test_a_plug_in_of_pytest_is_the_same_program_whatever_the_names(pairs):
    tests = [
        held(name, number, suite="pytest", classname=class_name, reason=name)
        for number, (name, class_name) in enumerate(pairs)
    ]
    made, empty = (ast.parse(quarantine_for(Format.PYTEST, some).text) for some in (tests, []))
    assert [ast.dump(node) for node in made.body[:-2]] == [ast.dump(node) for node in empty.body[:-2]]
    assert {type(node) for node in ast.walk(made.body[-2])} <= {
        ast.Assign,
        ast.Name,
        ast.Store,
        ast.Dict,
        ast.Tuple,
        ast.Constant,
        ast.Load,
    }
    calls = [node for node in ast.walk(made.body[-1]) if isinstance(node, ast.Call)]
    assert {ast.unparse(call.func) for call in calls} <= {"re.compile"}


@given(LINES)
def test_a_ruby_string_ends_where_it_should_and_is_the_text(text):
    inside = re.fullmatch(r"'((?:[^'\\]|\\['\\])*)'", rspec_list.quoted(text))
    assert re.sub(r"\\(.)", r"\1", inside[1]) == text


@given(LINES)
def test_a_groovy_string_ends_where_it_should_and_is_the_text(text):
    assume("\\" not in text)
    written = gradle_list.quoted(text)
    inside = re.fullmatch(r"'((?:[ -&(-\[\]-~]|\\'|\\u(?!00[0-7])[0-9a-f]{4})*)'", written)
    units = re.sub(r"\\u(....)", lambda found: chr(int(found[1], 16)), inside[1].replace("\\'", "'"))
    assert units.encode("utf-16", "surrogatepass").decode("utf-16") == text


@given(LINES)
def test_a_line_for_surefire_has_nothing_that_surefire_reads_before_the_expression(text):
    written = surefire_list.quoted(text)
    assert re.fullmatch(r"(?:[0-9A-Za-z_]|\\u[0-9a-f]{4})*", written)
    units = re.sub(r"\\u(....)", lambda found: chr(int(found[1], 16)), written)
    assert units.encode("utf-16", "surrogatepass").decode("utf-16") == text


@given(LINES)
def test_a_string_for_nextest_has_nothing_that_ends_it(text):
    written = nextest_list.quoted(text)
    assert re.fullmatch(r"(?:[0-9A-Za-z_:]|\\u\{[0-9a-f]{1,6}\})*", written)
    assert re.sub(r"\\u\{(.*?)\}", lambda found: chr(int(found[1], 16)), written) == text


@given(LINES)
def test_an_expression_matches_every_name_that_is_kept_as_this_one(text):
    # Letters that Unicode has twice, as 豈, are the other one for good: such a test runs.
    assume(text in (normalize("NFC", text), normalize("NFD", text)))
    assert re.fullmatch(expression(kept(text).name), " ".join(text.split())) or kept(text).name == "(no name)"


@given(NAMES, NAMES)
def test_an_expression_matches_no_name_that_is_kept_otherwise(name, other):
    if re.fullmatch(expression(name), other):
        assert kept(other).name == name
    assert not is_one_text(name) or re.fullmatch(expression(name), name)


UUID = "3f2504e0-4f89-11d3-9a0c-0305e82c3301"
PARTS = st.sampled_from(
    [
        *(
            "localhost:8080",
            "10.0.0.1:4321",
            "port 40123",
            "port 80",
            "port=",
            "seed: 1234567",
            "seed=42",
            "0x7f12ab34cd",
            "0xff",
        ),
        *(
            "3f2504e0-4f89-11d3-9a0c-0305e82c3301",
            "2024-05-06T07:08:09Z",
            "20241125T101500Z",
            "ts=1732534221",
            "1732534221",
        ),
        *(
            "/tmp/x/y",
            "/private/var/folders/z",
            "C:\\Users\\me\\AppData\\Local\\Temp\\f",
            "a.B@1a2b3c4d",
            "<C object at 0x7f3a5c0012e0>",
        ),
        *(
            "<id>",
            "<tmp>",
            "<port>",
            "<time>",
            "<uuid>",
            "a",
            " ",
            "[",
            "]",
            "-",
            "/",
            ".",
            "x=",
            "('",
            "')",
            ",",
            "é",
            "e\u0301",
        ),
    ]
)
MADE = st.lists(PARTS, min_size=1, max_size=4).map("".join)


@given(st.lists(PARTS, min_size=1, max_size=3).map(" ".join).filter(str.strip))
@example("http://localhost:8080/tmp/x")
def test_a_placeholder_matches_what_it_stood_for(text):
    assert re.fullmatch(rf"\s*{expression(kept(text).name)}\s*", text)


@given(MADE, MADE)
@example(f"{UUID}<uuid>", f"{UUID}{UUID}")
def test_a_placeholder_matches_nothing_that_our_rules_leave_as_it_is(text, other):
    name = kept(text).name
    if re.fullmatch(expression(name), other):
        assert kept(other).name == name


@given(
    st.lists(
        st.lists(st.text("abé.|[(\\$#0", max_size=4), max_size=3).map(lambda levels: "/".join(["TestA", *levels])),
        max_size=6,
    ),
    st.data(),
)
def test_go_skips_a_named_test_with_what_runs_inside_of_it_and_no_other(names, data):
    listed = [held(name, number, suite="acme.com/cart") for number, name in enumerate(names)]
    lines = [line for line in quarantine_for(Format.GO, listed).text.splitlines() if not line.startswith("#")]
    tried = data.draw(st.sampled_from([*names, "TestA", "TestA/a", "TestAb"]))
    levels = tried.split("/")
    inside = any("/".join(levels[:end]) in names for end in range(1, len(levels) + 1))
    assert bool(lines and go_skips(lines[0].partition("\t")[2], levels)) == inside


def go_skips(pattern, levels):
    """As testing/match.go: the first alternative that matches decides, and one that is deeper than the name is no skip."""
    for alternative in split(pattern, "|"):
        parts = split(alternative, "/")
        if all(re.search(part, level) for part, level in zip(parts, levels, strict=False)):
            return len(levels) >= len(parts)
    return False


def split(pattern, at):
    """Split as go does at what is neither escaped nor in brackets."""
    parts, depth, escaped = [""], 0, False
    for letter in pattern:
        if letter == at and not depth and not escaped:
            parts.append("")
            continue
        if not escaped:
            depth += (letter in "[(") - (letter in "])")
        escaped = letter == "\\" and not escaped
        parts[-1] += letter
    return parts


@given(st.lists(NAMES, max_size=5), NAMES)
def test_jest_is_told_to_run_every_full_name_but_those_of_the_list(names, other):
    listed = [held(name, number, classname="", suite="") for number, name in enumerate(names)]
    pattern = re.compile(quarantine_for(Format.JEST, listed).text.removesuffix("\n"), re.IGNORECASE)
    assert not any(pattern.search(name) for name in names if is_one_text(name))
    if (
        other.casefold() not in {name.casefold() for name in names}
        and is_one_text(other)
        and all(map(is_one_text, names))
    ):
        assert pattern.search(other)


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u2003", "\t"])
def test_a_name_of_many_placeholders_holds_no_runner_up(space):
    # Where a path may hold what may part two paths, this takes longer than anybody waits.
    assert re.fullmatch(expression("<tmp> " * 100 + "x"), f"/tmp/a{space}" * 100 + "y") is None
