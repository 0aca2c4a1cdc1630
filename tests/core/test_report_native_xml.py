"""The smaller formats, and what holds for all of them."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.model import Outcome
from app.core.reports import Document, MalformedReport, read_report

P, F, E, S = Outcome.PASSED, Outcome.FAILED, Outcome.ERROR, Outcome.SKIPPED

CPPUNIT = """<?xml version="1.0" encoding='ISO-8859-1' standalone='yes' ?>
<TestRun><FailedTests>
<FailedTest id="1"><Name>ns::A::one</Name><FailureType>Assertion</FailureType>
<Location><File>a.cpp</File><Line>5</Line></Location><Message>equality failed
- Expected: 1</Message></FailedTest>
<FailedTest id="2"><Name>B.two</Name><FailureType>Error</FailureType><Message>uncaught</Message></FailedTest>
</FailedTests><SuccessfulTests><Test id="3"><Name>three</Name><Time>0.5</Time></Test></SuccessfulTests>
<SkippedTests><Test id="4"><Name>A::four</Name></Test></SkippedTests>
<Statistics><Tests>4</Tests></Statistics></TestRun>"""

EMBUNIT = """<TestRun><Counter><Test id="1"><Name>starts</Name></Test>
<FailedTest id="2"><Name>counts</Name><Location><File>c.c</File><Line>9</Line></Location><Message>exp 1 was 2</Message></FailedTest>
</Counter><Statistics><Tests>2</Tests></Statistics></TestRun>"""

UNITTESTPP = """<unittest-results tests="4" failedtests="3" failures="4" time="1.2">
<test suite="S" name="good" time="0.25"/>
<test suite="S" name="bad" time="0"><failure message="a.cpp(14) : false"/><failure message="a.cpp(15) : too"/></test>
<test suite="S" name="thrown" time="0"><failure message="a.cpp(20) : Unhandled exception: x"/></test>
<test suite="S" name="odd" time="0"><failure message="no place"/></test></unittest-results>"""

CUNIT = """<?xml version="1.0" ?>
<?xml-stylesheet type="text/xsl" href="CUnit-Run.xsl" ?>
<!DOCTYPE CUNIT_TEST_RUN_REPORT SYSTEM "CUnit-Run.dtd">
<CUNIT_TEST_RUN_REPORT><CUNIT_HEADER/><CUNIT_RESULT_LISTING>
<CUNIT_RUN_SUITE><CUNIT_RUN_SUITE_SUCCESS><SUITE_NAME> s 1 </SUITE_NAME>
<CUNIT_RUN_TEST_RECORD><CUNIT_RUN_TEST_FAILURE><TEST_NAME> bad </TEST_NAME><FILE_NAME> a.c </FILE_NAME>
<LINE_NUMBER> 7 </LINE_NUMBER><CONDITION> 1 == 2 </CONDITION></CUNIT_RUN_TEST_FAILURE></CUNIT_RUN_TEST_RECORD>
<CUNIT_RUN_TEST_RECORD><CUNIT_RUN_TEST_FAILURE><TEST_NAME> bad </TEST_NAME><FILE_NAME> a.c </FILE_NAME>
<LINE_NUMBER> 8 </LINE_NUMBER><CONDITION> 3 == 4 </CONDITION></CUNIT_RUN_TEST_FAILURE></CUNIT_RUN_TEST_RECORD>
<CUNIT_RUN_TEST_RECORD><CUNIT_RUN_TEST_FAILURE><TEST_NAME> worse </TEST_NAME><FILE_NAME></FILE_NAME>
<LINE_NUMBER> 0 </LINE_NUMBER><CONDITION> x </CONDITION></CUNIT_RUN_TEST_FAILURE></CUNIT_RUN_TEST_RECORD>
<CUNIT_RUN_TEST_RECORD><CUNIT_RUN_TEST_SUCCESS><TEST_NAME> good </TEST_NAME></CUNIT_RUN_TEST_SUCCESS></CUNIT_RUN_TEST_RECORD>
<CUNIT_RUN_TEST_RECORD><CUNIT_RUN_TEST_FAILURE><TEST_NAME> last </TEST_NAME><CONDITION> y </CONDITION>
</CUNIT_RUN_TEST_FAILURE></CUNIT_RUN_TEST_RECORD></CUNIT_RUN_SUITE_SUCCESS></CUNIT_RUN_SUITE>
<CUNIT_RUN_SUITE><CUNIT_RUN_SUITE_FAILURE><SUITE_NAME> lost </SUITE_NAME>
<FAILURE_REASON> Suite Initialization Failed </FAILURE_REASON></CUNIT_RUN_SUITE_FAILURE></CUNIT_RUN_SUITE>
</CUNIT_RESULT_LISTING></CUNIT_TEST_RUN_REPORT>"""

CHECK = """<?xml version="1.0"?>
<testsuites xmlns="http://check.sourceforge.net/ns"><datetime>2024-01-01 00:00:00</datetime><suite><title>Money</title>
<test result="success"><path>tests</path><fn>m.c:11</fn><id>makes</id><iteration>0</iteration><duration>0.002</duration>
<description>Core</description><message>Passed</message></test>
<test result="failure"><path>.</path><fn>m.c:20</fn><id>loops</id><iteration>2</iteration><duration>-1.0</duration>
<description>Core</description><message>Assertion 'a==b' failed</message></test>
<test result="error"><path>.</path><fn>m.c:30</fn><id>crashes</id><iteration>0</iteration>
<description>Core</description><message>Received signal 11</message></test>
</suite><duration>0.1</duration></testsuites>"""

GTESTER = """<gtester><testbinary path="./binding"><binary file="/b/binding"/>
<testcase path="/a/b/good"><duration>0.25</duration><status exit-status="0" n-forks="0" result="success"/></testcase>
<testcase path="/bad"><error>assertion failed: x</error><status exit-status="-256" n-forks="0" result="failed"/></testcase>
<testcase path="/a/silent"><status exit-status="1" n-forks="0" result="failed"/></testcase>
<testcase path="/a/left" skipped="1"/>
<testcase path="/a/later"><status exit-status="0" n-forks="0" result="incomplete"/></testcase>
<testcase path="/a/crashed"><duration>0.1</duration></testcase></testbinary></gtester>"""

TUSAR = """<tusar version="4.0"><tests><testsuite name="S"><testcase testname="good" fulltestname="a.B" filepath="a.c" time="0.5"/>
<testcase testname="bad"><failure message="no" type="T">trace</failure></testcase>
<testcase testname="worse"><error>boom
more</error></testcase><testcase testname="left"><skipped/></testcase></testsuite></tests></tusar>"""

SONARQUBE = """<testExecutions version="1"><file path="src/a.test.js">
<testCase name="good" duration="5"/><testCase name="bad" duration="x"><failure message="no">trace</failure></testCase>
<testCase name="worse" duration="1.6"><error message="">boom
more</error></testCase><testCase name="left"><skipped message="later"/></testCase>
<testCase name="both"><skipped message="later"/><failure message="no"/></testCase></file></testExecutions>"""

VALGRIND = """<valgrindoutput><protocolversion>4</protocolversion><tool>memcheck</tool>
<args><vargv><exe>/usr/bin/valgrind</exe><arg>--xml=yes</arg></vargv>
<argv><exe>/home/me/build/t_list</exe><arg>--out=/tmp/x.xml</arg><arg>fast</arg></argv></args>
<status><state>RUNNING</state><time>00:00:00:00.1</time></status>%s<status><state>FINISHED</state></status></valgrindoutput>"""
LEAK = """<error><unique>0x1</unique><kind>Leak_DefinitelyLost</kind><xwhat><text>16 bytes lost</text></xwhat><stack>
<frame><obj>/usr/lib/vg.so</obj><fn>malloc</fn><dir>/vg</dir><file>vg.c</file><line>4</line></frame>
<frame><obj>/home/me/build/t_list</obj><fn>add</fn><dir>src</dir><file>list.c</file><line>31</line></frame>
<frame><obj>/lib/libc.so</obj></frame></stack></error>"""
READ = """<error><kind>InvalidRead</kind><what>Invalid read</what><stack>
<frame><obj>/home/me/build/t_list</obj><fn>main</fn><file>m.c</file><line>3</line></frame></stack></error>"""

CPPTEST = """<ResultsSession toolName="C++test" toolVer="9.0"><ExecutedTestsDetails><Total name="Total"><Project name="P">
<TestSuite name="tests"><TestSuite name="Suite_A"><Test id="1" name="Suite_A::good" pass="1" fail="0" time="0:00:01.250"/>
<Test id="2" name="Suite_A::bad" pass="0" fail="1" time="0:00:00,001"/>
<Test id="3" name="silent" pass="0" fail="1"/></TestSuite></TestSuite></Project></Total></ExecutedTestsDetails>
<Exec><ExecViols><ExecViol cat="6" testId="1" testName="Suite_A::good"/>
<ExecViol cat="1" testId="2" testName="Suite_A::bad" locFile="/P/a.cpp" ln="57"><Thr><ThrPart detMsg="Assertion failed: 0==1"/></Thr></ExecViol>
<ExecViol cat="1" testId="2" testName="Suite_A::bad" locFile="/P/a.cpp" ln="58"/>
<ExecViol cat="1" testId="1" testName="Suite_A::good"/><ExecViol cat="1" testId="9" testName="x"/></ExecViols></Exec></ResultsSession>"""
CPPTEST_7 = """<ResultsSession toolName="C++test" toolVer="7.1"><TestSuite name="x"/><Exec><ExecViols>
<ExecViol cat="6" testCaseId="1" testName="S::good"/><ExecViol cat="6" testCaseId="1" testName="S::good"/>
<ExecViol cat="0" testCaseId="2" testName="S::bad"><Thr><ThrPart detMsg="no"/></Thr></ExecViol></ExecViols></Exec></ResultsSession>"""

BOOST_LOG = """<TestLog><TestSuite name="m"><TestCase name="a"><Error file="a" line="1">x</Error>
<TestingTime>5</TestingTime></TestCase></TestSuite></TestLog>"""
BOOST_RESULT = (
    """<TestResult><TestSuite name="m"><TestCase name="a" result="failed"></TestCase></TestSuite></TestResult>"""
)
CATCH2 = """<Catch2TestRun name="e"><TestCase name="a"><Section name="s"><Expression success="false" type="REQUIRE">
<Original>x</Original></Expression><OverallResults/></Section><OverallResult success="false"/></TestCase></Catch2TestRun>"""
DOCTEST = """<doctest binary="e"><TestSuite><TestCase name="a"><SubCase name="s"><Exception>x</Exception></SubCase>
<OverallResultsAsserts test_case_success="false"/></TestCase></TestSuite></doctest>"""
QTEST = """<TestCase name="t"><Environment><QtVersion>6.1</QtVersion></Environment><TestFunction name="f">
<Incident type="fail"><DataTag>a</DataTag></Incident><Duration msecs="1"/></TestFunction></TestCase>"""
CTEST = """<Site BuildName="b"><Testing><Test Status="failed"><Name>a</Name><Results><Measurement>
<Value encoding="base64" compression="gzip">eJwrSSwuAQAEXQHB</Value></Measurement></Results></Test></Testing></Site>"""
ROBOT = """<robot><suite name="a"><test name="t"><kw><status/></kw><status status="FAIL" elapsed="1">x</status></test>
<status status="FAIL">Suite teardown failed:
x</status></suite></robot>"""
SMALL = (CPPUNIT, EMBUNIT, UNITTESTPP, CUNIT, CHECK, GTESTER, TUSAR, SONARQUBE, VALGRIND % LEAK, CPPTEST, CPPTEST_7)
SAMPLES = (*SMALL, BOOST_LOG, BOOST_RESULT, CATCH2, DOCTEST, QTEST, CTEST, ROBOT)


def read(text):
    return read_report(Document.of(text.encode()))


def told(text):
    return [(r.suite, r.class_name, r.name, r.outcome) for r in read(text).results]


def test_cppunit_names_the_class_before_the_first_colons_or_the_first_dot():
    assert told(CPPUNIT) == [("", "ns", "A::one", F), ("", "B", "two", E), ("", "", "three", P), ("", "A", "four", S)]


def test_cppunit_says_where_and_why_a_test_failed():
    one, two, three, _ = read(CPPUNIT).results
    assert (one.file, one.line, one.message) == ("a.cpp", 5, "equality failed\n- Expected: 1")
    assert one.stack_trace == "equality failed\n- Expected: 1"
    assert (two.message, three.duration_ms) == ("uncaught", 500)


def test_embunit_has_an_element_a_suite():
    assert told(EMBUNIT) == [("Counter", "", "starts", P), ("Counter", "", "counts", F)]


def test_unittestpp_places_its_failures_in_their_messages():
    good, bad, thrown, odd = read(UNITTESTPP).results
    assert (good.suite, good.class_name, good.outcome, good.duration_ms) == ("S", "S", P, 250)
    assert (bad.outcome, bad.file, bad.line, bad.message) == (F, "a.cpp", 14, "false")
    assert bad.stack_trace == "a.cpp:14: false\n\na.cpp:15: too"
    assert (thrown.outcome, odd.outcome, odd.file, odd.message) == (E, F, None, "no place")


def test_of_a_test_that_failed_very_often_the_first_failures_are_kept():
    many = "".join(f'<failure message="a.cpp({line}) : no"/>' for line in range(1, 500))
    (result,) = read(f'<unittest-results><test suite="S" name="t">{many}</test></unittest-results>').results
    assert result.stack_trace.count("a.cpp:") == 50


def test_cunit_writes_each_failed_assertion_of_one_test():
    bad, worse, good, last, lost = read(CUNIT).results
    assert (bad.suite, bad.name, bad.outcome, bad.file, bad.line) == ("s 1", "bad", F, "a.c", 7)
    assert bad.stack_trace == "a.c:7: 1 == 2\n\na.c:8: 3 == 4"
    assert (worse.outcome, worse.file, good.outcome, last.name, last.outcome) == (F, None, P, "last", F)
    assert (lost.name, lost.outcome, lost.message) == ("lost", E, "Suite Initialization Failed")


def test_check_tells_crashes_from_failures_and_iterations_from_each_other():
    makes, loops, crashes = read(CHECK).results
    assert read(CHECK).format == "check"
    assert (makes.suite, makes.name, makes.outcome, makes.file, makes.line, makes.duration_ms) == (
        "Money",
        "makes",
        P,
        "tests/m.c",
        11,
        2,
    )
    assert (loops.name, loops.outcome, loops.message, loops.duration_ms) == (
        "loops[2]",
        F,
        "Assertion 'a==b' failed",
        None,
    )
    assert (crashes.outcome, crashes.file, crashes.message) == (E, "m.c", "Received signal 11")


def test_junit_with_the_same_root_stays_junit():
    report = read('<testsuites><testsuite name="s"><testcase name="a"/></testsuite></testsuites>')
    assert report.format == "junit"


def test_gtester_tests_are_split_at_their_last_slash_and_crash_without_a_status():
    assert told(GTESTER) == [
        ("./binding", "a.b", "good", P),
        ("./binding", "bad", "bad", F),
        ("./binding", "a", "silent", F),
        ("./binding", "a", "left", S),
        ("./binding", "a", "later", S),
        ("./binding", "a", "crashed", E),
    ]
    assert [r.message for r in read(GTESTER).results if r.outcome.is_bad] == [
        "assertion failed: x",
        "exit status 1",
        "no result: the run ended before the test did",
    ]


def test_tusar_is_read_like_junit():
    assert told(TUSAR) == [("S", "a.B", "good", P), ("S", "", "bad", F), ("S", "", "worse", E), ("S", "", "left", S)]
    assert [r.message for r in read(TUSAR).results] == [None, "no", "boom", None]


def test_sonarqube_counts_milliseconds_and_names_the_file():
    good, bad, worse, left, both = read(SONARQUBE).results
    assert (good.suite, good.file, good.name, good.outcome, good.duration_ms) == (
        "src/a.test.js",
        "src/a.test.js",
        "good",
        P,
        5,
    )
    assert (bad.outcome, bad.message, bad.stack_trace, bad.duration_ms) == (F, "no", "trace", None)
    assert (worse.outcome, worse.message, worse.duration_ms) == (E, "boom", 2)
    assert (left.outcome, left.message, both.outcome) == (S, None, F)


def test_valgrind_fails_the_program_in_which_its_tool_found_errors():
    (result,) = read(VALGRIND % (LEAK + READ)).results
    assert (result.suite, result.name, result.outcome) == ("valgrind-memcheck", "t_list --out=x.xml fast", F)
    assert (result.file, result.line, result.message) == ("src/list.c", 31, "Leak_DefinitelyLost: 16 bytes lost")
    assert (
        "at add (list.c:31)\n    at /lib/libc.so\n\nInvalidRead: Invalid read\n    at main (m.c:3)"
        in result.stack_trace
    )


def test_valgrind_places_an_error_in_the_program_though_its_folder_is_unknown():
    (result,) = read(VALGRIND % READ).results
    assert (result.file, result.line) == ("m.c", 3)


def test_a_signal_is_no_error_of_valgrinds():
    signal = "<fatal_signal><signo>6</signo><stack/></fatal_signal><suppcounts><pair/></suppcounts>"
    assert told(VALGRIND % signal) == [("valgrind-memcheck", "", "t_list --out=x.xml fast", P)]


def test_a_valgrind_run_that_was_cut_short_has_not_passed():
    cut = VALGRIND.partition("%s")[0]
    assert [r.outcome for r in read(cut).results] == [E]


@pytest.mark.parametrize("text", ["<valgrindoutput></valgrindoutput>", "<valgrindoutput><args/></valgrindoutput>"])
def test_a_valgrind_file_that_names_no_program_holds_nothing(text):
    assert read(text).results == ()


def test_cpptest_joins_what_went_wrong_to_the_test_in_which_it_did():
    good, bad, silent = read(CPPTEST).results
    assert (good.suite, good.class_name, good.name, good.outcome, good.duration_ms) == (
        "P",
        "P.tests.Suite_A",
        "good",
        P,
        1250,
    )
    assert (bad.outcome, bad.file, bad.line, bad.message, bad.duration_ms) == (
        F,
        "/P/a.cpp",
        57,
        "Assertion failed: 0==1",
        1,
    )
    assert (silent.name, silent.outcome, silent.message, silent.duration_ms) == ("silent", F, None, None)


def test_cpptest_without_details_has_a_test_for_each_id_of_a_violation():
    assert told(CPPTEST_7) == [("S", "S", "good", P), ("S", "S", "bad", F)]


@pytest.mark.parametrize("sample", SAMPLES)
def test_every_sample_is_read_without_a_warning(sample):
    report = read(sample)
    assert report.results
    assert not report.warnings
    assert not report.repaired


@pytest.mark.parametrize("sample", SAMPLES)
def test_what_a_console_wrote_around_a_document_changes_nothing_in_it(sample):
    assert read(f"{sample}\nDone in 3 s.").results == read(sample).results


@pytest.mark.parametrize(
    "foreign",
    [
        "<TestRun><Other/></TestRun>",
        "<TestCase name='x'><Step/></TestCase>",
        "<Site><Build/></Site>",
        "<TestResult><id>5</id></TestResult>",
        "<ResultsSession><Other/></ResultsSession>",
        "<robot name='arm'/>",
        "<project><testCase name='a'/></project>",
    ],
)
def test_other_xml_with_the_same_root_is_no_report(foreign):
    assert read(foreign) is None


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SAMPLES), st.data())
def test_whatever_is_cut_out_of_a_report_or_put_into_it_raises_nothing_but_malformed(sample, data):
    raw = sample.encode()
    start = data.draw(st.integers(0, len(raw)))
    end = data.draw(st.integers(start, len(raw)))
    other = data.draw(st.sampled_from([b"", b"<", b"</x>", b"\x00\xff", b"&", *(s.encode() for s in SAMPLES[:4])]))
    try:
        report = read_report(Document.of(raw[:start] + other + raw[end:]))
    except MalformedReport:
        return
    assert report is None or report.format


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(SAMPLES), st.lists(st.integers(0, 10_000), min_size=1, max_size=6))
def test_tags_in_any_order_raise_nothing_but_malformed(sample, places):
    pieces = sample.replace("<", "\x01<").split("\x01")
    for place in places:
        one = pieces.pop(place % len(pieces))
        pieces.insert(1 + place * 7 % max(len(pieces), 1), one)
    with suppress(MalformedReport):
        read("".join(pieces))
