"""Scores and evidence are stored to the last bit, and only a test that is not simply well has a row."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.model import CaseName, Standing
from app.core.score import Thresholds, judge
from app.db.cases import ensure_cases
from app.db.scores import get_scores, healthy, replace_scores, score_row
from tests.core.ci_story import HOME, story
from tests.db.stored_runs import add_repository

AT = datetime(2026, 3, 2, 9, 30, 0, 123_456, tzinfo=UTC)


def row(executions, test=1):
    score = judge(executions, thresholds=Thresholds(), repository=HOME)
    return score_row(test, score, window=50, version=2, seen_at=AT)


def test_a_test_without_a_failure_in_its_window_has_no_row():
    assert row(story("P" * 20)) is None
    assert row(story("F" + "P" * 50)) is None


@pytest.mark.parametrize("marks", ["PF", "PPR", "FFF", "PPFPP"])
def test_a_test_with_a_failure_in_its_window_has_one(marks):
    assert row(story(marks)).failures > 0


@given(st.text("PFMRA", max_size=8))
def test_a_row_is_left_out_just_where_it_would_say_no_more_than_that_the_test_is_well(marks):
    made = row(story(marks))
    assert (made is None) == (not set(marks) & set("FMRA"))


async def test_a_score_comes_back_as_it_was_stored(conn):
    repo_id = await add_repository(conn)
    ids = await ensure_cases(conn, repo_id, {CaseName(suite="", class_name="c", name=n): None for n in "ab"}, AT)
    one, other = sorted(ids.values())
    rows = [row(story("P" * 10 + "RPMPR"), one), replace(row(story("PFP"), other), flake_rate=0.1 + 0.2, low=5e-324)]
    await replace_scores(conn, repo_id, rows, [])
    assert await get_scores(conn, repo_id, [one, other]) == {one: rows[0], other: rows[1]}
    changed = replace(rows[1], standing=Standing.BROKEN, broken_since="abc")
    await replace_scores(conn, repo_id, [changed], [one])
    assert await get_scores(conn, repo_id, [one, other]) == {other: changed}


def test_what_is_thought_of_a_test_without_a_row_is_that_it_is_well():
    assert (healthy(7).test_id, healthy(7).standing, healthy(7).score) == (7, Standing.HEALTHY, 0.0)
