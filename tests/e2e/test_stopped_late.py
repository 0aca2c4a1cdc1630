"""A run that stops early but late: most of its tests ran, and what the others would have said is unknown."""

from app.sandbox.github import ArtifactSpec, JobSpec
from tests.e2e.leavings import junit, names_of, run_ci
from tests.e2e.test_a_flake_from_proof_to_quarantine import prove_flaky
from tests.e2e.test_verdicts import ours, run_jobs

STOPPED = """\
============================= test session starts ==============================
collected 12 items
=========================== short test summary info ============================
FAILED tests/test_api.py::test_3 - TimeoutError: connection to localhost:5432 timed out after 30 s
!!!!!!!!!!!!!!!!!!!!!!!!!! stopping after 1 failures !!!!!!!!!!!!!!!!!!!!!!!!!!!
========================= 1 failed, 10 passed in 0.10s =========================
##[error]Process completed with exit code 1.
"""


async def test_a_run_that_stopped_at_a_known_flake_is_not_explained_though_few_tests_are_missing(github, repo, bot):
    await prove_flaky(github, repo, bot)
    pull = await repo.open_pull(author="dana", branch="f", files={"a.py": "1"}, title="F")
    await run_ci(repo, bot, pull)
    await pull.push(files={"a.py": "2"})
    log = "".join(f"2026-03-02T09:00:02.0000000Z {line}\n" for line in STOPPED.splitlines())
    report = junit(passed=[name for name in names_of(11) if name != "test_3"], failed=("test_3",))
    job = JobSpec(name="test", conclusion="failure", log=log)
    await run_jobs(repo, bot, pull, [job], [ArtifactSpec(name="junit-test", files={"junit.xml": report}, job="test")])
    assert ours(repo, pull.head_sha).conclusion == "failure"
