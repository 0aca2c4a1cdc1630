import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.patterns import UnsafePattern, compile_pattern, found_in


@pytest.mark.parametrize(
    ("pattern", "line"),
    [
        (r"No space left on device", "write: No space left on device"),
        (r"(?:ECONN(?:RESET|REFUSED)|ETIMEDOUT)", "connect ECONNREFUSED 10.0.0.1"),
        (r"exit code 1[34]\d\b", "Process ended with exit code 137."),
        (r"pull .* timed out after \d+ ?ms", "pull redis timed out after 30ms"),
        (r"^\[Error\] \w{3}\.", "[Error] abc."),
        (r"a[]x]b", "a]b"),
    ],
)
def test_what_admins_write_works(pattern, line):
    assert found_in(compile_pattern(pattern), line)


@pytest.mark.attack("expressions")
@pytest.mark.parametrize(
    "pattern",
    [
        "", "x" * 201, "(a+)+b", "(a|a)*b", "(?:a{2})*", "(a|ab){2,}", ".*.*.*b", "a?" * 30 + "b", "(a|a)" * 30,
        "a{0,300}b{0,300}c{0,300}", r"(a)\1", r"(?P<x>a)(?P=x)", "(?=a)b", "(?<!a)b", "(?i)a", "(?>a)", "(", ")", "[a",
        "a\\", "*a", "a**", "a|*b", "x*", "^", "a{3,1}", r"\q", r"[\x41]", "a\nb", "a\0", "[b-a]", "(?",
    ],
)  # fmt: skip
def test_what_could_take_for_ever_or_means_nothing_is_refused(pattern):
    with pytest.raises(UnsafePattern):
        compile_pattern(pattern)


@pytest.mark.attack("expressions")
@given(st.lists(st.sampled_from([*r"()|*+?{}[]\.^$,-abwd013: ", "(?:", "{2,}", "(?="])).map("".join))
def test_any_text_is_a_pattern_that_works_or_a_refusal(text):
    try:
        pattern = compile_pattern(text)
    except UnsafePattern:
        return
    assert not found_in(pattern, "")
    found_in(pattern, "aab0:" * 2_000)
