from hypothesis import given
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR


def case(name, inside="", attributes=""):
    return f"<Test{attributes}><Name>{name}</Name>{inside}</Test>"


ASSERTION = "<FailureType>Assertion</FailureType><Message>1 is not 2</Message><Location><File>cart-test.adb</File><Line>23</Line></Location>"
ERROR = "<FailureType>Error</FailureType><Exception><Message>CONSTRAINT_ERROR</Message><Information>range check</Information></Exception>"


def report(passed="", failed=""):
    return f"<?xml version='1.0' encoding='utf-8' ?><TestRun elapsed='6.280E-4'><Statistics><Tests>1</Tests></Statistics><SuccessfulTests>{passed}</SuccessfulTests><FailedTests>{failed}</FailedTests></TestRun>"


def read(text):
    return read_report(Document.of(text.encode()))


def test_tests_are_listed_by_how_they_ended():
    told = read(report(case("Cart : Adds", attributes=" elapsed='1.5'"), case("Cart : Subs", ASSERTION)))
    assert told.format == "aunit"
    assert [(r.suite, r.class_name, r.name, r.outcome, r.duration_ms) for r in told.results] == [
        ("aunit", "Cart", "Adds", P, 1500),
        ("aunit", "Cart", "Subs", F, None),
    ]


def test_a_failed_assertion_says_where_it_stands():
    [failed] = read(report(failed=case("Cart : Subs", ASSERTION))).results
    assert (failed.message, failed.file, failed.line) == ("1 is not 2", "cart-test.adb", 23)


def test_an_exception_is_an_error():
    [error] = read(report(failed=case("Cart : Subs", ERROR))).results
    assert (error.outcome, error.message) == (E, "CONSTRAINT_ERROR")
    assert error.stack_trace == "CONSTRAINT_ERROR\nrange check"


def test_a_name_without_a_routine_is_split_at_its_first_dot_or_not_at_all():
    told = read(report(case("Test Stack.Push.Twice") + case("Alone")))
    assert [(r.class_name, r.name) for r in told.results] == [("Test Stack", "Push.Twice"), ("TestClass", "Alone")]


SAMPLE = report(case("Cart : Adds"), case("Cart : Subs", ASSERTION) + case("Cart : Div", ERROR)).encode()


@given(st.integers(0, len(SAMPLE)), st.integers(0, 40), st.binary(max_size=12))
def test_no_mutation_of_a_report_raises_anything_but_malformed(at, cut, put):
    try:
        read_report(Document.of(SAMPLE[:at] + put + SAMPLE[at + cut :]))
    except MalformedReport as error:
        assert error.format  # noqa: PT017  either end is right
