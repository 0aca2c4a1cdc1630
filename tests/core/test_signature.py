import re
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import frames, signature
from app.core.frames import project_frames
from app.core.signature import fingerprint, loose, normalise, title
from app.core.signature_rules import RULES

LONGEST_INPUT = 4_096
GROWTH = 4
"""A placeholder is longer than the digit that it stands for."""
PYTHON = """Traceback (most recent call last):
  File "/home/runner/work/shop/shop/tests/test_cart.py", line {line}, in test_total
    assert total() == 12
  File "/home/runner/work/shop/shop/shop/cart.py", line 8, in total
    return fetch()
  File "/opt/hostedtoolcache/Python/3.11.4/x64/lib/python3.11/site-packages/httpx/_client.py", line 914, in send
    raise exc
httpx.ReadTimeout: timed out after {ms} ms"""
JAVA = """java.lang.AssertionError: expected [{n}] but found [5]
	at org.testng.Assert.fail(Assert.java:110)
	at com.acme.cart.CartTest.lambda$total$3(CartTest.java:{line})
	at com.acme.cart.CartTest.total(CartTest.java:{line})
	at java.base/java.lang.Thread.run(Thread.java:833)"""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("\x1b[31mboom\x1b[0m here", "boom here"),
        ("at 2026-03-02T08:00:01.123Z late", "at 2025-11-12 18:30:59,4 late"),
        ("Mon Mar  2 08:00:01 2026 late", "Tue Apr 14 18:30:59 2025 late"),
        ("[08:00:01.5] late", "[23:59:59] late"),
        ("row 123e4567-e89b-12d3-a456-426614174000", "row 00000000-0000-4000-a000-00000000beef"),
        ("GET http://localhost:34567/cart/17?x=1", "GET http://127.0.0.1:80/cart/8"),
        ("mail to a.b@example.org", "mail to carol@mail.example.com"),
        ("peer 10.0.3.17:5432 reset", "peer 192.168.0.1:61000 reset"),
        ("peer [fe80::1ff:fe23:4567:890a]:5432 reset", "peer [::1]:80 reset"),
        ("no space: /tmp/build-a1b2/out", "no space: /var/folders/x/y/out"),
        ("in /home/runner/work/shop/cart.py:17", "in /__w/other/cart.py:9"),
        ("C:\\agent\\work\\cart.cs gone", "D:\\a\\cart.cs gone"),
        ("Foo@1f2e3d4c is closed", "Foo@99aa is closed"),
        ("object at 0x7f00deadbeef", "object at 0xdead"),
        ("range a/0x6297d816_0x94e72082 gone", "range a/0x16b0002f_0x899b6c4c gone"),
        ("commit a94a8fe5ccb19ba61c4c0873d391e987982fbbd3", "commit da39a3ee5e6b4b0d3255bfef95601890afd80709"),
        ("line 17 of 20", "line 3 of 9"),
        ("com.acme.$Proxy17 failed", "com.acme.$Proxy4 failed"),
        ("[pool-3-thread-17] died", "[pool-1-thread-2] died"),
        ("goroutine 17 [running]", "goroutine 4 [running]"),
        ("waited 30s", "waited 2.5 s"),
        ("expected 12 but got 13", "expected 1 but got -7"),
        (
            "Assertion condition defined as a com.acme.CartTest expected [1] but",
            "Assertion condition expected [5] but",
        ),
        ("{b=2, a=1} differs", "{a=1, b=2} differs"),
        ("1, 2, 3 left", "4, 5 left"),
        ("a  b\n c", "a b c"),
    ],
)
def test_what_changes_from_run_to_run_does_not_change_the_signature(one, other):
    assert normalise(one) == normalise(other)
    assert fingerprint(one, None) == fingerprint(other, None)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("status 404", "status 500"),
        ("HTTP/1.1 502", "HTTP/1.1 503"),
        ("[Errno 104] reset", "[Errno 111] reset"),
        ("exit code 137", "exit code 1"),
        ("signal: 9", "signal: 11"),
        ("503 Service Unavailable", "404 Not Found"),
        ("cart is empty", "cart is full"),
        ("utf8 expected", "utf16 expected"),
        ("GET http://a/cart", "GET http://a/order"),
        ("no module cart.py", "no module order.py"),
    ],
)
def test_what_means_something_is_kept(one, other):
    assert fingerprint(one, None) != fingerprint(other, None)


@pytest.mark.parametrize("nothing", [None, "", "  \n"])
def test_a_failure_that_says_nothing_has_no_signature(nothing):
    assert fingerprint(nothing, nothing) is None
    assert loose(nothing, nothing) is None


def test_lines_and_library_frames_do_not_matter():
    one = fingerprint(None, PYTHON.format(line=3, ms=100))
    assert one == fingerprint(None, PYTHON.format(line=7, ms=250).replace("_client.py", "_pool.py"))
    two = fingerprint(None, JAVA.format(line=3, n=7))
    assert two == fingerprint(None, JAVA.format(line=9, n=8).replace("$3", "$12").replace("833", "1583"))


def test_the_place_tells_two_failures_with_one_message_apart():
    one, other = fingerprint("boom", JAVA), fingerprint("boom", JAVA.replace("CartTest.total", "CartTest.tax"))
    assert one.strict != other.strict
    assert one.loose == other.loose
    assert one.stack != other.stack


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("expected [Open] but found [null]", "expected [Closed] but found [Open]"),
        ("expected: <a-1 b> but was: <>", "expected: <c> but was: <d>"),
        ('Expected "a", got "b"', 'Expected "c", got "d"'),
    ],
)
def test_values_that_were_compared_do_not_tell_failures_at_one_place_apart_but_are_not_excused_alike(one, other):
    first, second = fingerprint(one, JAVA), fingerprint(other, JAVA)
    assert first.strict == second.strict
    assert first.loose != second.loose
    assert fingerprint(one, None) != fingerprint(other, None)


def test_what_was_to_hold_is_told_from_what_was_not_to():
    one, other = "expected [true] but found [false]", "expected [false] but found [true]"
    assert fingerprint(one, JAVA).strict != fingerprint(other, JAVA).strict


def test_the_number_of_an_anonymous_class_does_not_matter():
    one = JAVA.replace("CartTest.total", "CartTest$1.total")
    assert fingerprint("boom", one) == fingerprint("boom", one.replace("$1", "$3"))


def test_a_failure_without_a_stack_trace_has_no_stack_signature():
    assert fingerprint("boom", None).stack is None


def test_the_loose_signature_can_be_had_alone():
    trace = PYTHON.format(line=3, ms=100)
    assert loose("boom", JAVA) == fingerprint("boom", JAVA).loose
    assert (
        loose(None, trace) == fingerprint(None, trace).loose == loose("httpx.ReadTimeout: timed out after 3 ms", None)
    )


def test_the_projects_own_frames_are_found_nearest_first():
    assert project_frames(PYTHON.format(line=3, ms=100)) == ("cart.py total", "test_cart.py test_total")
    assert project_frames(JAVA.format(line=3, n=7)) == (
        "com.acme.cart.CartTest.lambda$total",
        "com.acme.cart.CartTest.total",
    )


@pytest.mark.parametrize(
    ("line", "frame"),
    [
        ("    at Object.<anonymous> (/home/runner/work/shop/src/cart.test.ts:17:9)", "cart.test.ts Object.<anonymous>"),
        ("    at async checkout (file:///__w/shop/src/cart.mjs:3:1)", "cart.mjs checkout"),
        ("    at src/cart.test.ts:17:9", "cart.test.ts"),
        ("#1 /app/tests/CartTest.php(17): Acme\\Cart->total()", "CartTest.php Acme\\Cart->total"),
        ("./spec/cart_spec.rb:17:in `total'", "cart_spec.rb total"),
        ("    cart_test.go:17: boom", "cart_test.go"),
        ("thread 'main' panicked at src/cart.rs:17:5:", "cart.rs"),
        ("	at com.acme.Cart$$Lambda$17/0x0000000800c8.run(Unknown Source)", "com.acme.Cart$$Lambda.run"),
        ("   at Acme.CartTests.Total() in C:\\work\\CartTests.cs:line 17", "Acme.CartTests.Total"),
    ],
)
def test_frames_are_read_in_the_languages_of_the_field(line, frame):
    assert project_frames(f"boom\n{line}") == (frame,)


@pytest.mark.parametrize(
    "line",
    [
        "	at org.junit.Assert.fail(Assert.java:88)",
        "    at run (node:internal/process/task_queues:95:5)",
        "    at x (/w/node_modules/jest/build/index.js:1:1)",
        "/usr/lib/ruby/gems/3.2.0/gems/rspec-core/lib/rspec/core/example.rb:263:in `run'",
    ],
)
def test_frames_of_runners_and_libraries_are_left_out(line):
    assert project_frames(f"boom\n{line}") == ()


@pytest.mark.parametrize(
    "hostile",
    [
        "a",
        "1",
        "/a",
        "1.",
        ":",
        "a.",
        "a@",
        "-",
        " ",
        "{a=",
        "0x",
        "<n> ",
        "12:34 ",
        "A1_",
        "\x1b[",
        "at a.",
        "::1",
        "Jan ",
        "\\a",
    ],
)
def test_of_a_hostile_megabyte_the_rules_see_a_few_kilobytes_and_the_frames_a_few_hundred_lines(hostile, monkeypatch):
    work = Work()
    monkeypatch.setattr(signature, "RULES", [work.counted(rule) for rule in RULES])
    monkeypatch.setattr(frames, "_match", work.matched)
    text = hostile * (1_000_000 // len(hostile))
    lines = "\n".join(text[number : number + 900] for number in range(1_000))
    for one in (text, lines):
        fingerprint(one, f"\tat {one}({one}\n" * 3)
        assert work.take() <= (LONGEST_INPUT * GROWTH * len(RULES), 400 * 1_000)
        title(one)
        assert work.take() <= (LONGEST_INPUT * GROWTH * len(RULES), 0)


class Work:
    """Counts the characters that the rules and the expressions of frames are given."""

    def __init__(self):
        self.normalised = self.framed = 0
        self._match = frames._match

    def counted(self, rule):
        def apply(text):
            self.normalised += len(text)
            return rule.apply(text)

        return SimpleNamespace(apply=apply)

    def matched(self, line):
        self.framed += len(line)
        return self._match(line)

    def take(self):
        done = self.normalised, self.framed
        self.normalised = self.framed = 0
        return done


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_repetition_of_a_rule_is_bounded(rule):
    without_classes = re.sub(r"\[(?:\\.|[^\]\\])*\]", "x", rule.pattern.pattern)
    unbounded = re.findall(r"(?<!\\)(?:\\.|[^\\(|])[*+]|\{\d*,\}", without_classes)
    assert set(unbounded) <= {r"\s+"}


@given(st.text(max_size=300), st.text(max_size=300))
def test_any_text_has_a_signature_of_the_same_shape(message, stack_trace):
    found = fingerprint(message, stack_trace)
    assert found is None or re.fullmatch("[0-9a-f]{32}", found.strict)
    assert len(title(message)) <= 120


@given(
    st.integers(0, 10**12), st.integers(0, 10**12), st.sampled_from(["waited {} ms", "got {} items", "row ({})", "={}"])
)
def test_numbers_do_not_tell_failures_apart(one, other, text):
    assert normalise(text.format(one)) == normalise(text.format(other))


@given(st.text(alphabet="ab 1<>.:/@-", max_size=60))
def test_normalising_twice_changes_nothing_more_for_plain_words(text):
    once = normalise(re.sub(r"[\d<>.:/@-]", "", text))
    assert normalise(once) == once


def test_lone_surrogates_and_nul_do_no_harm():
    assert fingerprint("\ud800 boom \0", "\udfff") is not None


def test_rules_are_numbered_in_their_order():
    assert [rule.number for rule in RULES] == list(range(1, len(RULES) + 1))


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (
            "AssertionError: total was 3\n\n  where 3 = total()\n  and more of it that goes on",
            "AssertionError: total was …",
        ),
        ("boom", "boom"),
        ("\n\n", ""),
        ("Some context line that is long\nTimeoutError: gave up", "TimeoutError: gave up"),
        ("Expected: True\r\n  But was:  False", "Expected: True, But was: False"),
        (
            "Assert.Null() Failure: Value is not null\nExpected: null\nActual:   Fixture { }",
            "Assert.Null() Failure: Value is not null",
        ),
        (
            "Expected values to be strictly equal:\n\nfalse !== true\n",
            "Expected values to be strictly equal: false !== true",
        ),
        ("thread 'total' panicked at src/cart.rs:154:5:\ncart is empty", "panic: cart is empty"),
        ("=== RUN   TestTotal\n    cart_test.go:7: total failed", "total failed"),
        ("=== RUN   TestTotal\n--- FAIL: TestTotal (0.00s)", "--- FAIL: TestTotal (…)"),
        ("t.Log(P2)\nfmt.Printf(P2)\nP2 error", "P2 error"),
        (
            "expect(received).toBe(expected) // Object.is equality\n\nExpected: 7\nReceived: 6",
            "expect(received).toBe(expected)",
        ),
        (
            "java.util.concurrent.ExecutionException: org.acme.shop.client.ShopException$TimeoutException: no answer within 10s",
            "ShopException$TimeoutException: no answer within …",
        ),
        ("[2026-03-02T08:00:01Z] (pid=17) org.acme.shop.CartError: no cart", "CartError: no cart"),
        ("java.util.concurrent.TimeoutException:", "TimeoutException"),
        (
            "Test method Acme.CartTests.Total threw exception:\n  System.DivideByZeroException: Attempted to divide",
            "System.DivideByZeroException: Attempted to divide",
        ),
    ],
)
def test_a_title_says_what_failed_in_the_words_that_people_look_for(message, expected):
    assert title(message) == expected


def test_a_long_title_is_cut():
    assert title("Error: " + "word " * 100).endswith("…")
