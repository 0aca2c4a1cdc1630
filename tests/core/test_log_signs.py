import re
from pathlib import Path

import pytest

from app.core.logs import read_log
from app.core.logs.clean import LONGEST_LINE
from app.core.logs.infra_rules import SIGNS, SIGNS_VERSION, Reach, Sign
from app.core.logs.signs import TAIL
from app.core.patterns import UnsafePattern, compile_pattern
from app.core.policy import load
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


EXAMPLES = [(sign, example) for sign in SIGNS for example in sign.examples]
PAGE = Path(__file__).parents[2] / "docs" / "infrastructure.md"


@pytest.mark.parametrize(("sign", "example"), EXAMPLES, ids=[f"{sign.name}-{text[:30]}" for sign, text in EXAMPLES])
def test_each_rule_names_its_own_examples_where_it_counts(sign, example):
    alone = read_log(job(step("make", f"##[error]{example}\n##[error]The operation was canceled.", code=1)))
    beside = read_log(job(step("pytest", f"{SESSION}\n{example}", code=1)))
    assert alone.infra == (None if sign.reach is Reach.NOBODY else sign.words)
    assert beside.infra == (sign.words if sign.reach is Reach.MACHINE else None)
    assert (beside.stopped_early == sign.words) is sign.stops


def test_rules_are_numbered_in_order_and_named_once():
    assert [sign.number for sign in SIGNS] == list(range(1, len(SIGNS) + 1))
    assert len({sign.name for sign in SIGNS}) == len({sign.words for sign in SIGNS}) == len(SIGNS)


@pytest.mark.parametrize(
    "said",
    [
        "Failed to download action 'https://api.github.com/repos/a/b/tarball/v9'. Error: Response status code does not indicate success: 404 (Not Found).",
        "Failed to resolve action download info. Error: Unable to resolve action `actions/foo@asdf`, unable to find version `asdf`",
        'Error response from daemon: Head "https://registry.example.org/v2/x/manifests/9": denied',
        "Error response from daemon: pull access denied for acme/nothing, repository does not exist",
        "fatal: unable to access 'https://github.com/acme/shop/': The requested URL returned error: 403",
        "npm ERR! 404 Not Found - GET https://registry.example.org/nothing",
        "Process completed with exit code 1.",
        "Process completed with exit code 143.",
        "AssertionError: expected 503, got 200",
        "panic: test timed out after 10m0s",
        "Killed by the linter: 3 mutants",
        "Error: Unable to find a file that matches the glob",
    ],
)
def test_what_may_be_the_authors_own_mistake_is_no_sign(said):
    assert read_log(job(step("make", said, code=1))).infra is None


def test_the_page_about_infrastructure_lists_every_rule_and_names_the_version():
    text = PAGE.read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\d+) \| `([a-z-]+)` \| (.+?) \| (.+?) \| (yes|) ?\| `(.+)` \|$", text, re.MULTILINE)
    where = {Reach.MACHINE: "in every failed step", Reach.SERVICE: "where no test ran", Reach.NOBODY: "never"}
    assert rows == [
        (str(one.number), one.name, one.words, where[one.reach], "yes" if one.stops else "", one.examples[0])
        for one in SIGNS
    ]
    assert f"version {SIGNS_VERSION}" in text


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


REFUSED = ["", "x" * 201, "(a+)+", "(?=a)", r"\1", ".*.*.*x", "x*"]


@pytest.mark.parametrize("pattern", REFUSED)
def test_the_page_says_what_the_author_of_a_pattern_is_told(pattern):
    with pytest.raises(UnsafePattern) as refused:
        compile_pattern(pattern)
    assert f"| {str(refused.value).replace('|', chr(92) + '|')} |" in PAGE.read_text(encoding="utf-8")


def test_the_patterns_on_the_page_are_taken_and_their_names_win():
    example = re.search(r"```yaml\n(.+?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    policy = load(f"version: 1\n{example[1]}".encode())
    own = [(compile_pattern(one.pattern), one.name) for one in policy.infra]
    log = job(step("make", "Cannot reach license server\nNo space left on device", code=1))
    assert read_log(log, own).infra == "the license server"
    assert len(own) == 2
