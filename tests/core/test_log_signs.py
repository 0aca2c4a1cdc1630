import pytest

from app.core.logs import read_log
from app.core.logs.clean import LONGEST_LINE
from app.core.logs.signs import SIGNS, TAIL, Sign
from tests.core.log_story import STAMP, job, step

SESSION = "=== test session starts ===\n=== short test summary info ===\nFAILED test_a.py::test_x - boom\n=== 1 failed in 0.1s ==="


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("##[error]The runner has received a shutdown signal.", "the runner was shut down"),
        ("##[error]The self-hosted runner: x lost communication with the server.", "the runner was lost"),
        (
            "##[error]The job running on runner x has exceeded the maximum execution time of 360 minutes.",
            "the job timed out",
        ),
        ("OSError: [Errno 28] No space left on device", "the disk was full"),
        ("##[error]Process completed with exit code 137.", "the memory was full"),
        ("curl: (6) Could not resolve host: example.org", "a name could not be resolved"),
        ("E: Failed to fetch http://example.org/x.deb", "a package or an artifact could not be fetched"),
        ("fatal: unable to access 'x': The requested URL returned error: 503", "a service did not answer"),
        ("toomanyrequests: You have reached your pull rate limit.", "a rate limit was reached"),
        ("npm ERR! code ECONNRESET", "the network failed"),
    ],
)
def test_what_the_machine_or_a_service_lacked_is_named(said, words):
    assert read_log(job(step("make", said, code=1))).infra == words


def test_a_service_that_does_not_answer_may_be_what_a_test_is_about():
    log = read_log(job(step("pytest", f"{SESSION}\nConnection refused", code=1)))
    assert (log.infra, len(log.results)) == (None, 1)


def test_a_full_disk_is_named_beside_the_failing_tests():
    log = read_log(job(step("pytest", f"{SESSION}\nNo space left on device", code=1)))
    assert (log.infra, len(log.results)) == ("the disk was full", 1)


def test_a_step_that_succeeded_shows_no_sign():
    assert read_log(job(step("make", "No space left on device"), step("make", "fails", code=1))).infra is None


def test_only_the_end_of_a_step_is_looked_at():
    output = "\n".join(["No space left on device", *["more"] * TAIL])
    assert read_log(job(step("make", output, code=1))).infra is None


def test_a_cancelled_job_stopped_early_and_is_nobodys_failure():
    log = read_log(job(step("make", "##[error]The operation was canceled.")))
    assert (log.stopped_early, log.infra) == ("the job was cancelled", None)


def test_a_timed_out_step_stopped_early():
    log = read_log(job(step("make", "##[error]The action 'Run make' has timed out after 5 minutes.")))
    assert (log.stopped_early, log.infra) == ("the job timed out", "the job timed out")


def test_a_runner_that_stopped_by_itself_says_so():
    output = SESSION.replace("=== 1 failed", "!!! stopping after 1 failures !!!\n=== 1 failed")
    log = read_log(job(step("pytest -x", output, code=1)))
    assert (log.stopped_early, log.complete) == ("stopping after 1 failures", True)


class _Counting:
    """A pattern that counts the characters it is shown."""

    def __init__(self):
        self.characters = 0

    def search(self, text, start, end):
        self.characters += len(text[start:end])


def test_signs_are_looked_for_in_a_bounded_part_of_a_log_of_any_length(monkeypatch):
    counting = _Counting()
    monkeypatch.setattr(Sign, "pattern", counting)
    read_log((STAMP + "Connection " * 400 + "\n").encode() * 500)
    assert 0 < counting.characters <= 2 * len(SIGNS) * TAIL * LONGEST_LINE // 8
