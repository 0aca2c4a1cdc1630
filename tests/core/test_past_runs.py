"""Which runs of the time before the App was installed are read."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.past_runs import PastRun, Wanted, is_worth_reading, next_batch

START = datetime(2026, 3, 1, tzinfo=UTC)
INSTALLED = START + timedelta(days=9)
WANTED = Wanted(full_name="acme/web", default_branch="main", since=START, before=INSTALLED)
RUN = {
    "run_id": 1, "event": "push", "status": "completed", "head_branch": "main", "head_repository": "acme/web",
    "created_at": START, "updated_at": START + timedelta(minutes=5),
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "is_worth"),
    [
        ({}, True),
        ({"head_repository": "Acme/Web"}, True),
        ({"event": "schedule"}, True),
        ({"head_branch": "wip"}, False),
        ({"head_repository": "mallory/web"}, False),
        ({"head_repository": None}, False),
        ({"event": "pull_request", "head_branch": "wip"}, True),
        ({"event": "pull_request", "head_repository": "mallory/web"}, True),
        ({"event": "merge_group", "head_branch": "gh-readonly-queue/main/1"}, True),
        ({"status": "in_progress"}, False),
        ({"updated_at": INSTALLED}, False),
        ({"created_at": START - timedelta(seconds=1)}, False),
    ],
)
def test_runs_of_the_default_branch_and_of_pull_requests_that_had_ended_are_read(change, is_worth):
    assert is_worth_reading(PastRun(**RUN | change), WANTED) is is_worth


seconds = st.lists(st.integers(0, 12), max_size=40)


@given(seconds, st.integers(2, 7), st.integers(1, 50))
def test_page_after_page_each_run_is_read_once_newest_first_until_there_are_enough(created, page, most):
    runs = sorted(
        (
            PastRun(**RUN | {"run_id": number, "created_at": START + timedelta(seconds=second)})
            for number, second in enumerate(created)
        ),
        key=lambda run: (run.created_at, run.run_id),
        reverse=True,
    )
    reached, read = INSTALLED, []
    while reached is not None:
        listed = [run for run in runs if run.created_at <= reached][:page]
        batch = next_batch(listed, WANTED, read=read, page=page, most=most - len(read))
        read += batch.runs
        assert batch.reached is None or batch.reached < reached or batch.runs, "it goes on or back"
        reached = batch.reached
    assert len(set(read)) == len(read)
    # GitHub gives no more of one second than a page holds: of those that came in one, some are left out.
    if all(created.count(second) < page for second in created):
        assert read == [run.run_id for run in runs][:most]
