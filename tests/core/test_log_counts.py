"""A log whose closing summary counts more failures than were read of it has lost some."""

import pytest

from app.core.logs import read_log
from tests.core.log_story import job, step

LOGS = {
    "pytest": "===== test session starts =====\ncollected 3 items\n\na.py .FF [100%]\n\n===== {n} failed, 1 passed in 0.1s =====\n",
    "vstest": "  Failed Shop.Cart.Adds [3 ms]\n  Error Message:\n   boom\nFailed!  - Failed:     {n}, Passed:     3, Skipped:     0, Total:     5, Duration: 1 s - Shop.dll (net8.0)\n",
    "jest": "FAIL src/a.test.js\n  ● cart › adds\n\n    boom\n\nTests:       {n} failed, 1 passed, 3 total\nTest Suites: 1 failed, 1 total\nTime: 1s\n",
    "rspec": "F.F\n\nFailures:\n\n  1) Cart adds\n     Failure/Error: boom\n     # ./spec/cart_spec.rb:3\n\nFinished in 0.1 seconds\n3 examples, {n} failures\n\nFailed examples:\n\nrspec ./spec/cart_spec.rb:3 # Cart adds\n",
    "cargo test": "running 3 tests\ntest a ... FAILED\ntest b ... ok\n\nfailures:\n\n---- a stdout ----\nboom\n\nfailures:\n    a\n\ntest result: FAILED. 1 passed; {n} failed; 0 ignored; 0 measured; 0 filtered out\n",
    "scalatest": "[info] CartSpec:\n[info] - adds *** FAILED ***\n[info]   boom (CartSpec.scala:3)\n[info] Run completed in 1 second.\n[info] Tests: succeeded 1, failed {n}, canceled 0, ignored 0, pending 0\n",
    "jasmine": "Started\nF.F\n\nFailures:\n1) Cart adds\n  Message:\n    boom\n  Stack:\n    Error: boom\n\n3 specs, {n} failures\nFinished in 0.1 seconds\n",
    "zio-test": "+ Cart\n  - adds\n    boom\n1 tests passed. {n} tests failed. 0 tests ignored.\n",
}
"""What a runner prints that names one failure, or none, and counts `{n}`."""


@pytest.mark.parametrize("runner", LOGS)
def test_a_log_that_counts_more_failures_than_it_names_is_not_whole_and_says_so(runner):
    log = read_log(job(step("make test", LOGS[runner].format(n=2), code=1)))
    named = sum(one.outcome.is_bad for one in log.results)
    assert (log.complete, log.stopped_early) == (False, f"{runner} counts 2 as failed and names {named}")


@pytest.mark.parametrize("runner", [one for one in LOGS if one != "pytest"])
def test_a_log_that_names_the_failures_that_it_counts_is_whole(runner):
    log = read_log(job(step("make test", LOGS[runner].format(n=1), code=1)))
    assert (len([one for one in log.results if one.outcome.is_bad]), log.complete, log.stopped_early) == (1, True, None)


@pytest.mark.parametrize("runner", LOGS)
def test_what_a_step_that_succeeded_counts_as_failed_is_not_missing(runner):
    log = read_log(job(step("make test", LOGS[runner].format(n=2))))
    assert (log.complete, log.stopped_early) == (True, None)
