"""A change of a test's own file is found by the test's name, too, where no report says in which file it stands."""

import time

import pytest

from app.core.model import CaseName
from app.core.touched import Changed, is_touched


def case(class_name, suite=""):
    return CaseName(suite=suite, class_name=class_name, name="total")


@pytest.mark.parametrize(
    ("class_name", "path"),
    [
        ("com.acme.CartTest", "src/test/java/com/acme/CartTest.java"),
        ("com.acme.CartTest$Nested", "src/test/kotlin/com/acme/CartTest.kt"),
        ("Acme.Tests.CartTests", "tests/Acme.Tests/CartTests.cs"),
        ("App\\Tests\\CartTest", "App/Tests/CartTest.php"),
        ("tests.test_cart", "tests/test_cart.py"),
        ("tests.test_cart.TestCart", "backend/tests/test_cart.py"),
        ("spec.models.cart_spec", "spec/models/cart_spec.rb"),
        ("github.com/acme/shop/cart", "cart/cart_test.go"),
        ("shop::cart::tests", "src/shop/cart/tests.rs"),
        ("CartTest", "src/test/java/CartTest.java"),
    ],
)
def test_a_file_is_known_by_the_class_or_the_package_that_a_report_names(class_name, path):
    assert is_touched(case(class_name), None, Changed.of([path]))
    assert is_touched(case("", suite=class_name), None, Changed.of(["README.md", path]))


@pytest.mark.parametrize(
    ("class_name", "path"),
    [
        ("com.acme.CartTest", "src/test/java/com/acme/CartTestHelper.java"),
        ("com.acme.CartTest", "src/test/java/com/other/CartTest.java"),
        ("tests.test_cart", "docs/tests.md"),
        ("github.com/acme/shop/cart", "main_test.go"),
        ("github.com/acme/shop/cart", "cart/cart.go"),
        ("", "tests/test_cart.py"),
        ("...", "tests/test_cart.py"),
    ],
)
def test_another_file_is_not_its_own(class_name, path):
    assert not is_touched(case(class_name), None, Changed.of([path]))


def test_where_the_file_is_known_it_alone_counts():
    assert is_touched(case("com.acme.CartTest"), "a/b.py", Changed.of(["a/b.py"]))
    assert not is_touched(case("com.acme.CartTest"), "a/b.py", Changed.of(["src/com/acme/CartTest.java"]))


@pytest.mark.attack("overload")
@pytest.mark.parametrize(
    ("class_name", "folder"), [("com.acme.shop.CartTest", "src/com/acme"), ("A." * 390, "A/" * 120)]
)
def test_as_many_failed_tests_as_there_may_be_changed_files_take_no_time_worth_speaking_of(class_name, folder):
    began = time.process_time()
    changed = Changed.of(f"{folder}/Thing{number}.java" for number in range(3_000))
    assert not any(is_touched(case(class_name), None, changed) for _ in range(3_000))
    assert time.process_time() - began < 3
