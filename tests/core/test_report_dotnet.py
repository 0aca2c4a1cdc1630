import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.reports.dotnet import line_number, module_name, span_ms, split_full_name, without_class


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Shop.CartTests.Adds", ("Shop.CartTests", "Adds")),
        ("Shop.CartTests.Adds(1.5)", ("Shop.CartTests", "Adds(1.5)")),
        ('Shop.CartTests("a.b)").Adds("c\\".d")', ('Shop.CartTests("a.b)")', 'Adds("c\\".d")')),
        ("Shop.Generic<System.Int32>.Adds", ("Shop.Generic<System.Int32>", "Adds")),
        ("Adds", ("", "Adds")),
        ("Adds one. Then another", ("", "Adds one. Then another")),
        ("Ends with a dot.", ("", "Ends with a dot.")),
        (".Adds", ("", ".Adds")),
        ("A.B)", ("A", "B)")),
        ("A." * 3_000 + "b", ("", "A." * 3_000 + "b")),
    ],
)
def test_a_full_name_is_split_at_the_last_dot_that_divides(full, parts):
    assert split_full_name(full) == parts


@given(st.text(alphabet='ab.()<>[]" \\', max_size=60))
def test_a_split_loses_nothing_but_the_dot(full):
    class_name, name = split_full_name(full)
    assert full == (f"{class_name}.{name}" if class_name else name)


@pytest.mark.parametrize(
    ("text", "milliseconds"),
    [
        ("00:00:01.5000000", 1500),
        ("00:01:00", 60_000),
        ("1.00:00:00", 86_400_000),
        ("0:00:00,250", 250),
        ("", None),
        ("1.5", None),
        ("00:00:-1", None),
        ("99999.00:00:00", None),
    ],
)
def test_a_span_of_time_is_read_as_milliseconds(text, milliseconds):
    assert span_ms(text) == milliseconds


def test_a_module_is_called_after_its_file_on_any_system():
    assert [module_name(path) for path in ("C:\\b\\A.dll", "/b/A.dll", "A.dll", "")] == ["A.dll", "A.dll", "A.dll", ""]


def test_a_name_loses_its_class_but_never_itself():
    assert without_class("A.B.c(1)", "A.B") == "c(1)"
    assert without_class("A.B.", "A.B") == "A.B."
    assert without_class("c", "") == "c"


def test_a_line_is_a_number_or_unknown():
    assert [line_number(text) for text in ("12", "", "-1", "x", "1" * 10)] == [12, None, None, None, None]
