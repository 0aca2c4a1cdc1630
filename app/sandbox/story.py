"""Twelve days of a team's CI, told to the sandbox: flakes, an outage, a regression, and people who answer.

Chance is seeded: the story is the same each time.
"""

import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from xml.sax.saxutils import quoteattr

from app.sandbox.github import ArtifactSpec, JobSpec, Pull, Repository, Run, SandboxGitHub

Settle = Callable[[], Awaitable[None]]

CARD = ("tests.checkout.test_payment.TestCard", "test_pay_with_card")
SUGGEST = ("tests.search.test_suggest", "test_suggests_while_typing")
TYPO = ("tests.search.test_suggest", "test_typo")
ROUNDING = ("tests.checkout.test_prices", "test_rounds_half_up")

_TIMEOUT = "TimeoutError: no answer from payments.internal:8443 within 30.0 s"
_LATE = "AssertionError: expected 5 suggestions, got 3 after 812 ms"
_NOTHING = "AssertionError: expected ['keyboard'], got []"
_REFUSED = "ConnectionRefusedError: [Errno 111] Connection refused: db.internal:5432"
_WRONG = "AssertionError: expected Decimal('10.13'), got Decimal('10.12')"

_MODULES = (
    ("tests.checkout.test_payment.TestCard", ("test_pay_with_card", "test_refuses_expired_card", "test_refunds")),
    ("tests.checkout.test_prices", ("test_rounds_half_up", "test_adds_tax", "test_discounts", "test_free_shipping")),
    ("tests.search.test_suggest", ("test_suggests_while_typing", "test_empty_query", "test_typo")),
    ("tests.search.test_index", ("test_indexes_new_product", "test_drops_deleted_product", "test_reindexes")),
    ("tests.accounts.test_login", ("test_login", "test_logout", "test_wrong_password", "test_locks_after_5_tries")),
    ("tests.accounts.test_profile", ("test_changes_name", "test_changes_mail", "test_deletes_account")),
    ("tests.api.test_orders", ("test_lists_orders", "test_cancels_order", "test_pages", "test_needs_a_token")),
)
_OWNERS = """\
* @acme/platform
/tests/checkout/ @acme/payments
/tests/search/ @acme/search
"""
_TESTS = [(module, name) for module, names in _MODULES for name in names]

Test = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What the story produced: a pull request that is about to be answered, and one that waits for an answer."""

    repo: Repository
    pull: Pull
    waiting: Pull


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    """What goes wrong in one run of the tests: failing tests with their messages, and tests that pass when retried."""

    failed: dict[Test, str]
    retried: dict[Test, str]


_GOOD = _Outcome(failed={}, retried={})


async def tell(github: SandboxGitHub, settle: Settle) -> Told:
    """Tell the story; `settle` waits until the bot has done all that it heard of."""
    repo = github.repository("acme/web-shop")
    for login, role in (("dana", "maintain"), ("maya", "write"), ("tom", "read")):
        repo.grant(login, role)
    repo.commit(branch="main", files=_files(), message="Begin", author="dana")
    await github.install(repo)
    await settle()
    await _weeks_on_main(github, repo)
    await settle()
    waiting = await _a_pull_request_that_waits(github, repo, settle)
    pull = await _a_pull_request(github, repo, settle)
    return Told(repo=repo, pull=pull, waiting=waiting)


def _files() -> dict[str, str]:
    tests = {f"{module.removesuffix('.TestCard').replace('.', '/')}.py": "def test(): ...\n" for module, _ in _MODULES}
    others = {".github/CODEOWNERS": _OWNERS, ".github/workflows/ci.yml": "on: [push, pull_request]\n"}
    return tests | others | {"shop/prices.py": "# prices\n"}


async def _weeks_on_main(github: SandboxGitHub, repo: Repository) -> None:
    chance = random.Random(7)
    surprises = {5: CARD, 11: SUGGEST, 17: CARD, 24: CARD, 27: SUGGEST, 30: CARD}
    for number in range(33):
        github.advance(hours=chance.choice((5, 7, 12)))
        sha = await repo.push(
            branch="main", files={"shop/prices.py": f"# {number}\n"}, message=f"Change {number}", author="maya"
        )
        if number == 20:
            await _ci(repo, sha, _outage())
        elif number in surprises:
            await _flake(repo, sha, surprises[number])
        else:
            await _ci(repo, sha)


async def _flake(repo: Repository, sha: str, test: Test) -> None:
    """Let a test flake: one kind is retried within its job, the other makes somebody run the job again."""
    if test == SUGGEST:
        await _ci(repo, sha, _Outcome(failed={}, retried={SUGGEST: _LATE}))
        return
    run = await _ci(repo, sha, _Outcome(failed={test: _TIMEOUT}, retried={}))
    jobs, artifacts = _leavings(_GOOD, random.Random(f"{sha} again"), only=("test (3.12)",))
    await run.rerun_failed(jobs=jobs, artifacts=artifacts)


def _outage() -> _Outcome:
    return _Outcome(failed=dict.fromkeys(_TESTS[4:], _REFUSED), retried={})


async def _a_pull_request_that_waits(github: SandboxGitHub, repo: Repository, settle: Settle) -> Pull:
    """Bring a mistake of its own, and meet a flake at once: the comment has to tell them apart."""
    github.advance(hours=2)
    pull = await repo.open_pull(
        author="tom", branch="typos", files={"shop/search.py": "# typos\n"}, title="Forgive typos in the search"
    )
    await _ci(repo, pull, _Outcome(failed={SUGGEST: _LATE, TYPO: _NOTHING}, retried={}))
    await settle()
    return pull


async def _a_pull_request(github: SandboxGitHub, repo: Repository, settle: Settle) -> Pull:
    github.advance(hours=3)
    pull = await repo.open_pull(
        author="maya", branch="half-up", files={"shop/prices.py": "# half up\n"}, title="Round prices half up"
    )
    both = _Outcome(failed={CARD: _TIMEOUT, ROUNDING: _WRONG}, retried={})
    await _ci(repo, pull, both)
    await settle()
    github.advance(minutes=40)
    await pull.push(files={"shop/prices.py": "# half up, mended\n"})
    await _ci(repo, pull, _Outcome(failed={CARD: _TIMEOUT}, retried={}))
    await settle()
    return pull


async def answer(told: Told, settle: Settle) -> None:
    """Let the maintainer answer what the bot has proposed."""
    await told.repo.comment(
        told.pull.number,
        "dana",
        "/flakeguard quarantine test_pay_with_card for 14d because the payment sandbox is slow",
    )
    await settle()


async def _ci(repo: Repository, head: Pull | str, outcome: _Outcome = _GOOD) -> Run:
    jobs, artifacts = _leavings(outcome, random.Random(head if isinstance(head, str) else head.head_sha))
    run = await repo.start_run(workflow="CI", head=head, jobs=jobs, artifacts=artifacts)
    await run.complete()
    return run


def _leavings(
    outcome: _Outcome, chance: random.Random, only: Collection[str] = ("lint", "test (3.12)", "test (3.13)")
) -> tuple[list[JobSpec], list[ArtifactSpec]]:
    jobs, artifacts = [], []
    for name in only:
        if name == "lint":
            jobs.append(JobSpec(name=name, log=_log("ruff check .", failed=False), minutes=0.5, uploads=False))
            continue
        version = name[-5:-1]
        own = _on(version, outcome)
        jobs.append(
            JobSpec(
                name=name,
                conclusion="failure" if own.failed else "success",
                log=_log("pytest --junit-xml=junit.xml", failed=bool(own.failed)),
                minutes=4,
            )
        )
        report = _junit(own, chance)
        artifacts.append(ArtifactSpec(name=f"junit-{version}", files={"junit.xml": report}, job=name))
    return jobs, artifacts


def _on(version: str, outcome: _Outcome) -> _Outcome:
    """Return what goes wrong on one Python: flakes hit the slower machine only, all else hits both."""
    if version == "3.12":
        return outcome
    flakes = () if len(outcome.failed) > 5 else (CARD, SUGGEST)
    return _Outcome(failed={t: m for t, m in outcome.failed.items() if t not in flakes}, retried={})


def _log(command: str, *, failed: bool) -> str:
    stamp = "2026-01-05T09:00:0{}.0000000Z "
    end = "##[error]Process completed with exit code 1." if failed else "done"
    return "".join(
        f"{stamp.format(n)}{line}\n" for n, line in enumerate((f"##[group]Run {command}", "##[endgroup]", end))
    )


def _junit(outcome: _Outcome, chance: random.Random) -> str:
    cases = "".join(_case(place, test, outcome, chance) for place, test in enumerate(_TESTS))
    return (
        f'<?xml version="1.0" encoding="utf-8"?><testsuites><testsuite name="pytest">{cases}</testsuite></testsuites>'
    )


def _case(place: int, test: Test, outcome: _Outcome, chance: random.Random) -> str:
    module, name = test
    file = f"{module.removesuffix('.TestCard').replace('.', '/')}.py"
    seconds = (0.04 + 0.11 * (place * 5 % 7)) * chance.uniform(0.8, 1.5)
    inside = ""
    if retried := outcome.retried.get(test):
        inside = f"<flakyFailure message={quoteattr(retried)}>{_trace(file, name, retried)}</flakyFailure>"
    if message := outcome.failed.get(test):
        seconds = 30.0 if message == _TIMEOUT else seconds
        inside = f"<failure message={quoteattr(message)}>{_trace(file, name, message)}</failure>"
    named = f'classname="{module}" name="{name}" file="{file}" line="12" time="{seconds:.3f}"'
    return f"<testcase {named}>{inside}</testcase>"


def _trace(file: str, name: str, message: str) -> str:
    where = f'"{file}", line 14, in {name}\n    check()'
    if message == _REFUSED:
        where = '"tests/conftest.py", line 31, in database\n    connection = connect(address)'
    text = f"Traceback (most recent call last):\n  File {where}\n{message}\n"
    return text.replace("&", "&amp;").replace("<", "&lt;")
