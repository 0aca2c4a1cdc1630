"""When a report's tests ran, by what it says itself: a table of formats, and what nobody should believe."""

import gzip
import tarfile
import zipfile
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.report_times import EARLIEST, begin_of_files, told_begin

NOW = datetime(2026, 3, 1, tzinfo=UTC)
AT = datetime(2026, 1, 31, 9, 5, 7, tzinfo=UTC)
SECONDS, MILLISECONDS = 1769850307, 1769850307123

HEADS = {
    "junit": '<?xml version="1.0"?><testsuites><testsuite name="a" time="1769850000" timestamp="2026-01-31T09:05:07">',
    "junit of pytest": '<testsuite timestamp="2026-01-31T10:05:07.123456+01:00">',
    "trx": '<TestRun id="1"><Times creation="2026-01-31T04:05:07.1234567-05:00" start="2026-01-31T04:05:07-05:00"/>',
    "nunit 3": '<test-run id="2" start-time="2026-01-31 09:05:07Z" end-time="2026-01-31 09:06:07Z">',
    "nunit 2": '<test-results total="3" date="2026-01-31" time="09:05:07">',
    "xunit": '<assembly run-date="2026-01-31" run-time="09:05:07">',
    "robot": '<robot generator="Robot 7" generated="2026-01-31T09:05:07.000001">',
    "ctest": "<Site><Testing><StartDateTime>Jan 31</StartDateTime><StartTestTime>1769850307</StartTestTime>",
    "go": '{"Time":"2026-01-31T09:05:07.123Z","Action":"run"}',
    "playwright": '{"suites":[{"results":[{"duration":3,"startTime": "2026-01-31T09:05:07.123Z"}]}]}',
    "jest": f'{{"numTotalTests": 3, "startTime":{MILLISECONDS}}}',
    "mocha": '[{"stats":{"start":"2026-01-31T09:05:07.123Z"}}]',
    "allure": f'{{"name":"a","start":{MILLISECONDS},"stop":{MILLISECONDS + 9}}}',
    "pytest-json": f'{{"created": {SECONDS}.78, "duration": 0.1}}',
    "bazel": f'{{"testResult":{{"testAttemptStartMillisEpoch":"{MILLISECONDS}"}}}}',
    "a log": "\ufeff2026-01-31T09:05:07.1234567Z ##[group]Run make test",
}


@pytest.mark.parametrize("kind", HEADS)
def test_a_format_tells_when_its_tests_began(kind):
    assert told_begin(HEADS[kind].encode(), NOW) == AT


def test_a_report_in_another_encoding_tells_it_too():
    assert told_begin(HEADS["trx"].encode("utf-16"), NOW) == AT


@pytest.mark.parametrize(
    "head",
    [
        "",
        "<testsuite/>",
        '<testsuites time="1767986371">',  # seconds that the tests took
        '<testsuite timestamp="1970-01-01T00:00:00">',  # a build that has the same time each time
        '<testsuite timestamp="2027-01-01T00:00:00">',
        '<testsuite timestamp="2026-02-31T09:05:07">',
        '<testsuite timestamp="9999-12-31T23:59:59-23:00">',
        "[INFO] started_at=2026-01-31T09:05:07Z in the middle of a log",
        '<property name="date" value="2026-01-31"/>',
        '{"start": 17698503071234567890}',
        '<a updated-timestamp="2026-01-31T09:05:07">',
    ],
)
def test_what_is_no_beginning_or_cannot_be_one_is_not_believed(head):
    assert told_begin(head.encode(), NOW) is None


def test_the_first_one_that_can_be_true_counts():
    head = '<testsuites timestamp="1970-01-01T00:00:00"><testsuite timestamp="2026-01-31T09:05:07">'
    assert told_begin(head.encode(), NOW) == AT


def test_a_zip_tells_what_the_first_of_its_files_tells(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("a.txt", "nothing")
        archive.writestr("b/c.xml", HEADS["junit"])
    (tmp_path / "b.zip").write_bytes(b"PK nothing of the kind")
    paths = [str(tmp_path / one) for one in ("b.zip", "a.zip")]
    assert begin_of_files(paths, NOW) == [None, AT]


def test_a_tar_and_a_gzipped_report_tell_it_as_what_they_hold(tmp_path):
    packed = gzip.compress(HEADS["junit"].encode())
    (tmp_path / "r.xml.gz").write_bytes(packed)
    (tmp_path / "r.bin.gz").write_bytes(packed)
    (tmp_path / "cut.xml.gz").write_bytes(packed[:20])
    with tarfile.open(tmp_path / "results.tgz", "w:gz") as tar:
        tar.add(tmp_path / "r.xml.gz", "r.xml.gz")
    paths = [str(tmp_path / one) for one in ("r.xml.gz", "r.bin.gz", "cut.xml.gz", "results.tgz")]
    assert begin_of_files(paths, NOW) == [AT, None, None, AT]


@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: ("<a start='" + text).encode()))
def test_whatever_a_file_begins_with_is_a_time_in_reach_or_none(head):
    at = told_begin(head, NOW)
    assert at is None or EARLIEST <= at <= NOW


@given(st.integers(0, 9_000), st.integers(0, 86_399), st.integers(-14 * 60, 14 * 60))
def test_a_zone_is_counted_in(day, second, minutes):
    at = datetime(2001, 1, 1, tzinfo=UTC) + timedelta(days=day, seconds=second)
    zone = f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"
    there = (at + timedelta(minutes=minutes)).isoformat()[:19]
    assert told_begin(f'<testsuite timestamp="{there}{zone}">'.encode(), NOW) == at
