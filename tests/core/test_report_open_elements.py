from app.core.reports.open_elements import DEEPEST, OpenElements


def test_the_innermost_is_the_last_that_began_and_has_not_ended():
    opened = OpenElements[str]()
    assert opened.innermost is None
    opened.begin("outer")
    opened.begin("inner")
    assert (opened.innermost, opened.end(), opened.innermost) == ("inner", "inner", "outer")


def test_what_is_nested_too_deep_is_only_counted():
    opened = OpenElements[int]()
    for level in range(DEEPEST + 3):
        opened.begin(level)
    assert opened.innermost == DEEPEST - 1
    assert [opened.end() for _ in range(4)] == [None, None, None, DEEPEST - 1]


def test_an_end_without_a_beginning_ends_nothing():
    assert OpenElements[int]().end() is None
