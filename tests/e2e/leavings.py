"""What CI leaves behind in these tests: JUnit files and jobs."""

from xml.sax.saxutils import escape, quoteattr

from app.sandbox.github import ArtifactSpec, JobSpec

FLAKE = "TimeoutError: connection to localhost:5432 timed out after 30 s"


def junit(*, passed=(), failed=(), flaky=(), message=FLAKE):
    """A pytest-like report; `flaky` tests fail first and pass when they are retried. {test} is each failing test's name."""
    cases = [_case(name, "") for name in passed]
    cases += [_case(name, _failure(message.replace("{test}", name))) for name in failed]
    cases += [_case(name, _failure(message.replace("{test}", name), "flakyFailure")) for name in flaky]
    return f'<?xml version="1.0"?><testsuite name="unit">{"".join(cases)}</testsuite>'


def _case(name, inside):
    return f'<testcase classname="tests.test_api" name={quoteattr(name)} file="tests/test_api.py" line="7" time="0.1">{inside}</testcase>'


def _failure(message, element="failure"):
    return f'<{element} message={quoteattr(message)}>{escape(message)}\n  File "tests/test_api.py", line 7, in test\n</{element}>'


def names_of(count=12):
    return [f"test_{number}" for number in range(count)]


def job_and_artifact(*, failed=(), flaky=(), count=12, name="test", message=FLAKE, conclusion=None):
    """A job `name` and its artifact, in which those tests failed and all others passed."""
    passed = [one for one in names_of(count) if one not in failed and one not in flaky]
    report = junit(passed=passed, failed=failed, flaky=flaky, message=message)
    return (
        JobSpec(name=name, conclusion=conclusion or ("failure" if failed else "success"), log=job_log(failed)),
        ArtifactSpec(name=f"junit-{name}", files={"junit.xml": report}, job=name),
    )


def job_log(failed):
    ending = "##[error]Process completed with exit code 1." if failed else "done"
    return f"2026-03-02T09:00:00.0000000Z ##[group]Run make test\n2026-03-02T09:00:01.0000000Z {ending}\n"


async def finish_run(repo, head, **spec):
    """One finished run of the workflow with one job on that head, of which the bot has heard; returns it."""
    job, artifact = job_and_artifact(**spec)
    run = await repo.start_run(workflow="CI", head=head, jobs=[job], artifacts=[artifact])
    await run.complete()
    return run


async def run_ci(repo, bot, head, **spec):
    """One finished run, read and judged; returns it."""
    run = await finish_run(repo, head, **spec)
    await bot.settle()
    return run


async def rerun_ci(run, bot, **spec):
    job, artifact = job_and_artifact(**spec)
    await run.rerun_failed(jobs=[job], artifacts=[artifact])
    await bot.settle()
