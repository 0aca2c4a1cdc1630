"""Of which run, job and commit is a file that lies on a disk: a table of paths, and what was said of them."""

from datetime import UTC, datetime
from pathlib import PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.placing import Line, Told, place

SHA, SHORT = "c0ffee0123456789abcdef0123456789abcdef01", "c0ffee0"
DAY, MORNING = datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 1, 31, 9, 5, tzinfo=UTC)

PATHS = {
    # path: run, attempt, job, commit, at
    "junit.xml": ("junit", 1, "tests", None, None),
    "unit.xml": ("unit", 1, "unit", None, None),
    "nightly/unit.xml": ("nightly/unit", 1, "nightly", None, None),
    f"{SHA}/junit.xml": (SHA, 1, "tests", SHA, None),
    f"{SHA}/unit-3.12/junit.xml": (SHA, 1, "unit-3.12", SHA, None),
    f"{SHA}/unit-3.13/results.xml": (SHA, 1, "unit-3.13", SHA, None),
    f"{SHORT}/unit.xml": (SHORT, 1, "unit", SHORT, None),
    f"junit-{SHORT}.xml": (SHORT, 1, "tests", SHORT, None),
    "24501876543/unit/junit.xml": ("24501876543", 1, "unit", None, None),
    "run-123-attempt-2/unit/junit.xml": ("123", 2, "unit", None, None),
    "run_7/attempt 3/web (3.12)/report.json": ("7", 3, "web (3.12)", None, None),
    f"2026-01-31/{SHA}/unit/junit.xml": (f"{SHA} 2026-01-31", 1, "unit", SHA, DAY),
    "2026-01-31T09:05/unit/junit.xml": ("2026-01-31T09:05/unit/junit", 1, "unit", None, MORNING),
    "20260131T0905Z-run-9/unit/junit.xml": ("9", 1, "unit", None, MORNING),
    "2026-02-31/unit/junit.xml": ("2026-02-31/unit/junit", 1, "2026-02-31", None, None),
    "build/test-results/junit.xml": ("build/test-results/junit", 1, "build", None, None),
    "deadbeef/junit.xml": ("deadbeef/junit", 1, "deadbeef", None, None),
    "1234567/junit.xml": ("1234567", 1, "tests", None, None),
    "attempt-0/unit.xml": ("/unit", 1, "unit", None, None),
    # What is said of the run is cut out of a folder's name, and the rest is the job's.
    "run-9/unit-3.12-attempt-1/junit.xml": ("9", 1, "unit-3.12", None, None),
    "run-9/unit-3.12-attempt-2/junit.xml": ("9", 2, "unit-3.12", None, None),
    "run-9/unit-3.13-attempt-2/junit.xml": ("9", 2, "unit-3.13", None, None),
    "24501876543/attempt-2_linux/junit.xml": ("24501876543", 2, "linux", None, None),
    f"{SHORT}-unit/junit.xml": (SHORT, 1, "unit", SHORT, None),
    f"{SHA}/unit-attempt-2/junit.xml": (SHA, 2, "unit", SHA, None),
    f"unit-{SHA}-20260131T0905Z-linux.xml": (SHA, 1, "unit-linux", SHA, MORNING),
    f"{SHA}/unit-3.12.xml": (SHA, 1, "unit-3.12", SHA, None),
    f"{SHA}/unit-3.13.junit.xml": (SHA, 1, "unit-3.13", SHA, None),
    f"{SHA}/TEST-com.acme.CartTest.xml": (SHA, 1, "tests", SHA, None),
    f"{SHA}/cart/target/surefire-reports/TEST-com.acme.CartTest.xml": (SHA, 1, "cart", SHA, None),
    "unit-attempt-1/junit.xml": ("unit-/junit", 1, "unit", None, None),
    "unit-attempt-2/junit.xml": ("unit-/junit", 2, "unit", None, None),
    "unit-2026-13-45-2026-01-31/junit.xml": ("unit-2026-13-45-2026-01-31/junit", 1, "unit-2026-13-45", None, DAY),
}


@pytest.mark.parametrize("path", PATHS)
def test_a_path_says_where_a_file_belongs(path):
    found = place(PurePosixPath(path), Told())
    assert (found.run, found.attempt, found.job, found.commit, found.at) == PATHS[path]


def test_what_was_said_of_all_files_counts_over_their_paths_and_a_manifest_over_both():
    told = Told(commit="a" * 40, branch="dev")
    lines = [Line(files="**/*.xml", job="all"), Line(files="old/**", commit="b" * 40, run="5", attempt=2, at=DAY, pull=7)]  # fmt: skip
    new = place(PurePosixPath(f"{SHA}/unit.xml"), told, lines)
    assert (new.commit, new.branch, new.job, new.pull) == ("a" * 40, "dev", "all", None)
    old = place(PurePosixPath("old/unit.xml"), told, lines)
    assert (old.commit, old.branch, old.job, old.run, old.attempt, old.at, old.pull) == (
        "b" * 40, "dev", "old", "5", 2, DAY, 7,
    )  # fmt: skip


@given(
    st.lists(
        st.text(min_size=1, max_size=60).filter(lambda one: one not in (".", "..") and "/" not in one),
        min_size=1,
        max_size=6,
    )
)
def test_any_path_has_a_place_and_the_same_one_each_time(parts):
    path = PurePosixPath(*parts)
    found = place(path, Told())
    assert found == place(path, Told())
    assert found.run
    assert found.job
    assert 1 <= found.attempt < 1000
