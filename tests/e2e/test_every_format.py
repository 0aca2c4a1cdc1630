"""What CI left behind in other formats than JUnit XML, and in logs alone, through the whole bot."""

import pytest

from app.sandbox.github import ArtifactSpec, JobSpec
from tests.e2e.leavings import junit

TRX = """<TestRun xmlns="http://microsoft.com/schemas/VisualStudio/TeamTest/2010"><Results>
<UnitTestResult testId="1" testName="Shop.CartTest.Adds" outcome="Passed" duration="00:00:00.1"/>
<UnitTestResult testId="2" testName="Shop.CartTest.Removes" outcome="Failed" duration="00:00:00.2"><Output><ErrorInfo>
<Message>Expected 1, got 2</Message><StackTrace>   at Shop.CartTest.Removes() in /home/runner/work/web/web/test/CartTest.cs:line 31</StackTrace>
</ErrorInfo></Output></UnitTestResult></Results><TestDefinitions/></TestRun>"""
GO = """{"Action":"run","Package":"shop","Test":"TestAdds"}
{"Action":"pass","Package":"shop","Test":"TestAdds","Elapsed":0.1}
{"Action":"run","Package":"shop","Test":"Removes"}
{"Action":"output","Package":"shop","Test":"Removes","Output":"    cart_test.go:31: Expected 1, got 2\\n"}
{"Action":"fail","Package":"shop","Test":"Removes","Elapsed":0.2}
{"Action":"fail","Package":"shop","Elapsed":0.3}
"""
TAP = "TAP version 14\n1..2\nok 1 - Adds\nnot ok 2 - Removes\n  ---\n  message: Expected 1, got 2\n  ...\n"
CTRF = """{"reportFormat":"CTRF","results":{"tool":{"name":"x"},"tests":[{"name":"Adds","status":"passed","duration":1},
{"name":"Removes","status":"failed","duration":2,"message":"Expected 1, got 2"}]}}"""


async def run(repo, bot, *, log, files=None):
    sha = await repo.push(branch="main", files={"code.py": "x"}, message="x", author="dana")
    artifacts = [ArtifactSpec(name="results-test", files=files, job="test")] if files else []
    job = JobSpec(name="test", conclusion="failure", log=log, uploads=bool(files))
    started = await repo.start_run(workflow="CI", head=sha, jobs=[job], artifacts=artifacts)
    await started.complete("failure")
    await bot.settle()
    [check] = [one for one in repo.check_runs(sha) if one.name == "FlakeGuard"]
    return check


@pytest.mark.parametrize(
    ("path", "text"),
    [("out/r.trx", TRX), ("go.jsonl", GO), ("node.tap", TAP), ("ctrf.json", CTRF)],
    ids=["trx", "go-test", "tap", "ctrf"],
)
async def test_a_report_of_any_format_is_stored_and_its_failure_is_told(repo, bot, conn, path, text):
    log = "##[group]Run make test\n##[endgroup]\n##[error]Process completed with exit code 1.\n"
    check = await run(repo, bot, log=log, files={path: text})
    assert check.conclusion == "failure"
    assert "Removes" in check.text
    rows = await conn.fetch("SELECT outcome::text, source::text FROM fg_occurrence")
    assert {row["source"] for row in rows} == {"report"}
    assert sorted(row["outcome"] for row in rows) == ["failed", "passed"]


async def test_a_failure_is_annotated_at_the_line_that_only_its_trace_names(repo, bot):
    check = await run(repo, bot, log="##[error]Process completed with exit code 1.\n", files={"r.trx": TRX})
    [annotation] = check.annotations
    assert (annotation["path"], annotation["start_line"]) == ("test/CartTest.cs", 31)


GRADLE = """\
##[group]Run ./gradlew test
##[endgroup]
> Task :test FAILED

CartTest > removes() FAILED
    org.opentest4j.AssertionFailedError: Expected 1, got 2
        at app//shop.CartTest.removes(CartTest.java:31)

2 tests completed, 1 failed

BUILD FAILED in 3s
##[error]Process completed with exit code 1.
"""
RSPEC = """\
##[group]Run bundle exec rspec
##[endgroup]
.F

Failures:

  1) Cart removes
     Failure/Error: expect(cart.size).to eq(1)
       expected: 1
            got: 2
     # ./spec/cart_spec.rb:31:in `block (2 levels) in <top (required)>'

Finished in 0.02 seconds (files took 0.1 seconds to load)
2 examples, 1 failure

Failed examples:

rspec ./spec/cart_spec.rb:30 # Cart removes

##[error]Process completed with exit code 1.
"""


@pytest.mark.parametrize("log", [GRADLE, RSPEC], ids=["gradle", "rspec"])
async def test_the_log_of_any_runner_is_read_where_there_is_no_report(repo, bot, conn, log):
    check = await run(repo, bot, log=log)
    assert check.conclusion == "failure"
    assert "removes" in check.text
    [row] = await conn.fetch("SELECT outcome::text, source::text FROM fg_occurrence")
    assert (row["outcome"], row["source"]) == ("failed", "log")


async def test_a_test_that_fails_for_one_flavour_of_an_app_and_passes_for_the_other_is_no_flake(repo, bot, conn):
    """Gradle writes a file for each flavour, and both lie in one artifact of one job."""
    files = {
        f"build/test-results/test{flavour}UnitTest/TEST-CartTest.xml": junit(
            passed=["adds"] if broken else ["adds", "removes"], failed=["removes"] if broken else []
        )
        for flavour, broken in (("Debug", True), ("Release", False))
    }
    check = await run(repo, bot, log="##[error]Process completed with exit code 1.\n", files=files)
    assert check.conclusion == "failure"
    assert await conn.fetchval("SELECT count(*) FROM fg_evidence") == 0
    rows = await conn.fetch(
        "SELECT outcome::text FROM fg_occurrence JOIN fg_test_case AS test ON test.id = test_id WHERE name = 'removes'"
    )
    assert [row["outcome"] for row in rows] == ["failed"]
