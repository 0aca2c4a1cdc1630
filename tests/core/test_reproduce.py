"""The command that runs one test alone is safe to paste, and there is none where it would have to be guessed."""

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import CaseName
from app.core.reproduce import reproduce


def command(name, file=None, class_name="", suite=""):
    return reproduce(CaseName(suite=suite, class_name=class_name, name=name), file)


@pytest.mark.parametrize(
    ("name", "file", "class_name", "said"),
    [
        ("test_total", "tests/test_cart.py", "tests.test_cart", "pytest tests/test_cart.py::test_total"),
        ("test_a[x y]", "t/test_c.py", "t.test_c.TestCart", "pytest 't/test_c.py::TestCart::test_a[x y]'"),
        ("TestDial/slow_net", "net/dial_test.go", "", "go test -count=1 -run '^TestDial$/^slow_net$' ./net"),
        ("TestDial", None, "", "go test -count=1 -run '^TestDial$' ./..."),
        ("adds up", "spec/cart_spec.rb", "", "bundle exec rspec spec/cart_spec.rb -e 'adds up'"),
        (
            "test adds (two) numbers",
            "test/cart_test.exs",
            "Elixir.CartTest",
            "mix test test/cart_test.exs --only 'test:test adds (two) numbers'",
        ),
        ("CartTest", "test/cart_test.exs", "Elixir.CartTest", "mix test test/cart_test.exs"),
        ("test/cart_test.exs", "test/cart_test.exs", "", "mix test test/cart_test.exs"),
        ("net::dial::times_out", "src/net.rs", "", "cargo test -- --exact net::dial::times_out"),
    ],
)
def test_a_runner_is_told_by_the_file(name, file, class_name, said):
    assert command(name, file, class_name) == said


def test_where_two_runners_are_likely_both_are_named():
    assert command("total()[1]", "src/test/java/CartTest.java", "shop.CartTest") == (
        "mvn test -Dtest='shop.CartTest#total' # or: gradle test --tests shop.CartTest.total"
    )
    assert "jest" in command("adds", "cart.test.ts")
    assert "vitest" in command("adds", "cart.test.ts")


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("adds", "cart.test.weird"),
        ("adds", None),
        ("test_a", "../../etc/test_x.py"),
        ("test_a", "-rf.py"),
        ("test_a", "/abs/test_x.py"),
        ("test_a\nrm -rf ~", "tests/test_a.py"),
        ("test_a[dana@example.org]", "tests/test_a.py"),
        ("x" * 600, "tests/test_a.py"),
    ],
)
def test_there_is_no_command_where_none_is_sure_or_a_name_cannot_be_shown_as_it_is(name, file):
    assert command(name, file) is None


HOSTILE = st.text(alphabet="abc \"'`$(){}[];&|<>\\!*?~#-\n\t/:.=@é", min_size=1, max_size=40)


@given(
    HOSTILE,
    st.sampled_from(
        ["tests/test_a.py", "a_test.go", "A.java", "a.test.ts", "a_spec.rb", "a.rs", "A.cs", "a.php", "a_test.exs"]
    ),
)
def test_whatever_a_test_is_called_the_shell_sees_one_command_and_the_name_as_a_word_of_it(name, file):
    said = command(name, file, "pkg.A")
    if said is not None:
        words = shlex.split(said, comments=True)
        assert words[0] in {"pytest", "go", "mvn", "npx", "bundle", "cargo", "dotnet", "vendor/bin/phpunit", "mix"}
        lexer = shlex.shlex(said, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        assert not [word for word in lexer if word and set(word) <= set(";&|<>()") and word not in words]
