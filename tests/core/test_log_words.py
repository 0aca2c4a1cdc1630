"""The words by which readers know a log are found wherever they stand, all of them at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.logs import words
from app.core.logs.words import held


def few_letters(most):
    return st.text("abc", min_size=1, max_size=most).map(str.encode)


@pytest.mark.parametrize("piece", [1, 7, 1_000])
def test_a_word_is_held_wherever_it_stands(monkeypatch, piece):
    monkeypatch.setattr(words, "_PIECE", piece)

    @given(few_letters(60), st.frozensets(few_letters(4)))
    def law(data, wanted):
        assert held(data, wanted) == {word for word in wanted if word in data}

    law()
