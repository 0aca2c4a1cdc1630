"""Was a job's report whole? A report that was cut short hides failures, so it explains nothing."""

from collections.abc import Sequence
from statistics import median

from app.core.counts import count

MOST_HISTORY = 20
ENOUGH_HISTORY = 3
LEAST_PERCENT = 90


def missing_from(
    tests: int,
    usual: Sequence[int],
    *,
    read_whole: bool,
    stopped_early: bool = False,
    is_cut: bool = False,
    is_log_read: bool = True,
) -> str | None:
    """Say what is wrong with a job's report, None where it is complete.

    `tests` counts its distinct tests, skipped ones included and retries not, `usual` those of the latest finished
    attempts of the same job on the default branch, newest first. With too little history a report counts as complete if
    it was read without repair and nothing shows an early stop, which is `read_whole`. One that
    `stopped_early`, as its log says, or that `is_cut`, is never complete: nobody knows what the tests that are missing would
    have said. Where the log was not read, an early stop would not be seen: then it takes the history.
    """
    if tests == 0:
        return "no report and no test in its log"
    if stopped_early:
        return "its run stopped before the end, and what was never run may fail, too"
    if is_cut or (len(usual) < ENOUGH_HISTORY and not read_whole):
        return "its report was cut short, or had to be mended"
    if len(usual) < ENOUGH_HISTORY:
        return None if is_log_read else "its log was not read, and how many tests are usual is not known yet"
    expected = median(usual[:MOST_HISTORY])
    # In whole numbers: nine tests of ten are enough, and no rounding may say otherwise.
    if tests * 100 < LEAST_PERCENT * expected:
        return f"its report holds {count(tests, 'test')}, where about {expected:.0f} are usual"
    return None
