"""Whatever the bytes: a file is read, is none of ours, or is named as broken, and nothing else comes of it.

`make test-long` tries many more, and the real files of the shared corpus where it lies beside the project.
"""

from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.logs import read_log
from app.core.reading import places_of
from app.core.reports import Document, MalformedReport, read_report

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"

SEEDS = (
    (
        b'<?xml version="1.0"?><testsuites><testsuite name="s" file="a.py"><testcase classname="c" name="n[1]" time="1,5">'
        b'<failure message="m" type="T"><![CDATA[trace <x>]]></failure><rerunFailure><stackTrace>at A.b(A.java:1)</stackTrace>'
        b"</rerunFailure></testcase><testcase name='p'><skipped/></testcase></testsuite></testsuites>"
    ),
    (
        b'<TestRun xmlns="x"><Results><UnitTestResult testId="1" testName="A.b" outcome="Failed" duration="00:00:01.5"><Output>'
        b"<ErrorInfo><Message>m</Message></ErrorInfo></Output></UnitTestResult></Results><TestDefinitions><UnitTest id='1'>"
        b"<TestMethod className='A' codeBase='x.dll'/></UnitTest></TestDefinitions></TestRun>"
    ),
    (
        b'<test-run><test-suite type="Assembly" name="x.dll"><test-case fullname="A.B" name="B" result="Failed"><failure>'
        b"<message>m</message></failure></test-case></test-suite></test-run>"
    ),
    (
        b'<assemblies><assembly name="x.dll"><collection><test name="A.B" type="A" method="B" time="1" result="Fail"><failure>'
        b"<message>m</message></failure></test></collection></assembly></assemblies>"
    ),
    b'<robot><suite name="S"><test name="t"><status status="FAIL">m</status></test><status status="FAIL"/></suite></robot>',
    b'<Site><Testing><Test Status="failed"><Name>t</Name><FullName>./t</FullName></Test></Testing></Site>',
    b'<TestLog><TestSuite name="s"><TestCase name="t" file="a.cpp" line="3"><Error line="4">m</Error></TestCase></TestSuite></TestLog>',
    (
        b'{"Time":"2026-01-01T00:00:00Z","Action":"run","Package":"p","Test":"T"}\n{"Action":"output","Package":"p","Test":"T",'
        b'"Output":"panic: x\\n"}\n{"Action":"fail","Package":"p","Test":"T","Elapsed":0.5}\n{"Action":"fail","Package":"p"}\n'
    ),
    (
        b'{ "type": "suite", "event": "started", "test_count": 1 }\n{ "type": "test", "event": "started", "name": "a::b" }\n'
        b'{ "type": "test", "name": "a::b", "event": "failed", "stdout": "panicked" }\n'
    ),
    b'{"reportFormat":"CTRF","results":{"tool":{"name":"x"},"tests":[{"name":"a","status":"failed","duration":3}]}}',
    (
        b'{"config":{},"suites":[{"title":"a.spec.ts","specs":[{"title":"t","tests":[{"projectName":"c","results":[{"status":"failed"}],'
        b'"status":"unexpected"}]}]}],"stats":{}}'
    ),
    (
        b'{"numTotalTests":1,"testResults":[{"name":"/a.js","status":"failed","assertionResults":[{"title":"t","status":"failed",'
        b'"ancestorTitles":["d"],"failureMessages":["Error: x"]}]}]}'
    ),
    b'{"stats":{"suites":1,"tests":1,"passes":0,"pending":0,"failures":1,"start":"2026-01-01T00:00:00Z"},"tests":[{"title":"t","fullTitle":"d t","err":{"message":"m"}}],"passes":[],"failures":[{"title":"t","fullTitle":"d t","err":{"message":"m"}}],"pending":[]}',
    b"TAP version 14\n1..3\nok 1 - a\nnot ok 2 - b\n  ---\n  message: m\n  ...\n    # Subtest: c\n    ok 1 - d\n    1..1\nok 3 - c # SKIP\n",
    (
        b"##teamcity[testSuiteStarted name='s']\n##teamcity[testStarted name='t']\n##teamcity[testFailed name='t' message='m|n']\n"
        b"##teamcity[testFinished name='t' duration='3']\n##teamcity[testSuiteFinished name='s']\n"
    ),
    (
        b'{"pytest_version": "8", "$report_type": "SessionStart"}\n{"nodeid": "a.py::t", "when": "call", "outcome": "failed", "longrepr": "m",'
        b' "duration": 0.1, "$report_type": "TestReport"}\n'
    ),
)
LOGS = (
    (
        b"\xef\xbb\xbf2026-01-01T00:00:00.0000000Z ##[group]Run pytest\n2026-01-01T00:00:00.1Z ##[endgroup]\n"
        b"=== test session starts ===\na.py::t FAILED [100%]\n=== FAILURES ===\n___ t ___\nE   boom\na.py:3: AssertionError\n"
        b"=== short test summary info ===\nFAILED a.py::t - boom\n=== 1 failed in 0.1s ===\n##[error]Process completed with exit code 1.\n"
    ),
    (
        b"--- FAIL: TestA (0.00s)\n    a_test.go:3: boom\nFAIL\nFAIL\tp\t0.1s\nFAIL a.test.js\n  \xe2\x97\x8f d \xe2\x80\xba t\n\n    boom\n\n"
        b"Tests:       1 failed, 1 total\n  1 passing (1s)\n  1 failing\n\n  1) d\n       t:\n     Error: boom\n"
    ),
    (
        b"[ERROR] Tests run: 1, Failures: 1, Errors: 0, Skipped: 0, Time elapsed: 1 s <<< FAILURE! -- in p.C\n"
        b"[ERROR] p.C.t -- Time elapsed: 0.1 s <<< FAILURE!\njava.lang.AssertionError: boom\n\nC > t() FAILED\n    x.E at C.java:3\n"
        b"> Task :test FAILED\n1 test completed, 1 failed\n  Failed Ns.C.T [3 ms]\n  Error Message:\n   boom\nFailed!  - Failed: 1, Passed: 0\n"
    ),
    (
        b"running 1 test\ntest a::b ... FAILED\n\nfailures:\n\n---- a::b stdout ----\nthread 'a::b' panicked at src/x.rs:1:2:\nboom\n\n\n"
        b"failures:\n    a::b\n\ntest result: FAILED. 0 passed; 1 failed\nFailures:\n\n  1) A b\n     Failure/Error: x\n\n1 example, 1 failure\n"
    ),
    (
        b"[ RUN      ] S.T\na.cc:3: Failure\n[  FAILED  ] S.T (1 ms)\n[==========] 1 test ran.\nnot ok 1 - a\n# failed\n1..1\n"
        b"There was 1 failure:\n\n1) C::t\nboom\n\nFAILURES!\nTests: 1, Assertions: 1, Failures: 1.\n"
    ),
)

MUTATIONS = st.lists(
    st.tuples(
        st.sampled_from(["cut", "drop", "twice", "put"]), st.floats(0, 1), st.integers(1, 60), st.binary(max_size=12)
    ),
    max_size=5,
)


def mutated(data, mutations):
    for what, where, size, put in mutations:
        place = int(where * len(data))
        match what:
            case "cut":
                data = data[:place]
            case "drop":
                data = data[:place] + data[place + size :]
            case "twice":
                data = data[: place + size] + data[place:]
            case _:
                data = data[:place] + put + data[place:]
    return data


def survives(data):
    """Read the bytes as a report and as a log."""
    with suppress(MalformedReport):
        report = read_report(Document.of(data))
        results = report.results if report is not None else ()
        assert len(places_of(results)) == len(results)
        assert all(one.name and one.ordinal >= 1 for one in results)
        assert all(one.duration_ms is None or one.duration_ms >= 0 for one in results)
    assert all(one.name for one in read_log(data).results)


@given(seed=st.sampled_from(SEEDS + LOGS), mutations=MUTATIONS)
def test_a_report_or_log_that_was_tampered_with_is_read_refused_or_named_as_broken(seed, mutations):
    survives(mutated(seed, mutations))


@given(st.binary(max_size=300) | st.text(max_size=300).map(lambda text: text.encode("utf-8", "replace")))
def test_any_bytes_are_read_refused_or_named_as_broken(data):
    survives(data)


@pytest.mark.parametrize("seed", SEEDS, ids=range(len(SEEDS)))
def test_each_seed_is_a_report_of_which_something_can_be_read(seed):
    report = read_report(Document.of(seed))
    assert report is not None
    assert any(one.outcome.is_bad for one in report.results)


@pytest.mark.long
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpus of real files is not beside the project")
def test_real_files_that_were_tampered_with_are_read_refused_or_named_as_broken():
    random = Random(20_261_125)
    files = [path for path in sorted(CORPUS.rglob("*")) if path.is_file() and path.stat().st_size < 200_000]
    for _ in range(30_000):
        data = random.choice(files).read_bytes()
        mutations = [
            (
                random.choice(["cut", "drop", "twice", "put"]),
                random.random(),
                random.randint(1, 400),
                random.randbytes(6),
            )
            for _ in range(random.randint(1, 4))
        ]
        survives(mutated(data, mutations))
