"""docs/reports.md says what is read: every format, rule and limit that the code has, and none that it has not."""

import re
from pathlib import Path

from app.core import identity_rules
from app.core.archive import Limits
from app.core.logs import BYTES_A_LINE, MOST_LINES, MOST_READERS
from app.core.logs.clean import LONGEST_LINE
from app.core.logs.session import MOST_TESTS
from app.core.reading import MOST_BYTES, MOST_TEXT, NEVER_REPORTS
from app.core.reports import (
    bep,
    ctest,
    dart_json,
    go_test,
    json_documents,
    json_text,
    junit,
    libtest_json,
    mocha_stream,
    reportlog,
    subunit,
    swift_testing,
    tap,
    teamcity,
    xml_documents,
    xml_records,
    xml_repair,
    xml_source,
)
from app.core.reports.executions import MOST_EXECUTIONS, MOST_TOLD
from app.core.tarball import GZIP_ENDING, LARGEST_HEADER, LONGEST_NAME, REPORT_ENDINGS, TAR_ENDINGS, holds_results
from app.handlers.ingest.read import MOST_OF_RUN

PAGE = (Path(__file__).parents[1] / "docs" / "reports.md").read_text(encoding="utf-8")
STREAMS = (bep, dart_json, go_test, libtest_json, mocha_stream, reportlog, subunit, swift_testing, tap, teamcity, junit)


def section(title):
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_the_page_names_every_format_and_no_other():
    formats = {kind.known_as for kind in xml_documents.FORMATS} | {
        kind.FORMAT for kind in (*json_documents.FORMATS, *STREAMS)
    }
    rows = re.findall(r"^\| (`.+?) \|", section("Report files"), re.MULTILINE)
    assert {name for row in rows[1:] for name in re.findall(r"`(.+?)`", row)} == formats


def test_the_page_names_every_ending_by_which_a_file_is_passed_over_or_opened_and_no_other():
    before, _, table = section("Files of an artifact").partition("\n| in an artifact |")
    assert re.findall(r"`(\.\w+)`", before) == list(NEVER_REPORTS)
    tars, gzipped = re.findall(r"^\| (`\.(?:tar|xml).+?) \|", table, re.MULTILINE)
    assert re.findall(r"`(.+?)`", tars) == list(TAR_ENDINGS)
    assert re.findall(r"`(.+?)`", gzipped) == [ending + GZIP_ENDING for ending in REPORT_ENDINGS]


def test_the_page_says_by_which_names_a_tar_is_opened():
    rule = section("Files of an artifact").partition("A tar that is a package")[2].partition("```")[0]
    words, _, others = rule.partition(" as the end of a word")
    named, unversioned = re.findall(r"`([\w-]+)`", words), others.partition("; that of")[0]
    assert len(named) == 12
    assert all(holds_results(f"x-{word}.tgz") for word in named)
    programs, _, versions = unversioned.partition("version")
    assert not any(holds_results(f"{word}.tgz") for word in re.findall(r"`(\w+)`", programs))
    assert not any(holds_results(f"report{version}.tgz") for version in re.findall(r"`([-_].+?)`", versions))
    systems, _, sources = others.partition("; that of")[2].partition("is none")
    assert all(holds_results(f"report-{system}.tgz") for system in re.findall(r"`(.+?)`", systems))
    assert not any(holds_results(f"report-{word}.tgz") for word in re.findall(r"`(.+?)`", sources))


def test_the_page_lists_the_rules_of_names_in_their_order():
    rows = re.findall(r"^\| (\d+) \| (.+?) \|", section("The name of a test"), re.MULTILINE)
    assert [(int(number), what) for number, what in rows] == [(rule.number, rule.what) for rule in identity_rules.RULES]
    assert f"(version {identity_rules.RULES_VERSION})" in PAGE


def test_the_page_states_the_limits_that_hold():
    limits = Limits()
    stated = section("Broken and hostile files")
    for words in (
        f"{limits.entries:,} files, {limits.total_bytes >> 30} GiB unpacked, {limits.member_bytes >> 20} MiB a file, {limits.ratio} times",
        f"{limits.tar_bytes >> 20} MiB unpacked, {LARGEST_HEADER >> 20} MiB a header of a header, {LONGEST_NAME:,} bytes a path",
        f"{xml_source.MOST_TAGS:,} tags, {junit.MOST_NAMES:,} kinds of them in JUnit XML, {xml_records.MOST_DEPTH:,} levels",
        f"{xml_repair.MOST_AMPERSANDS:,} ampersands and as many brackets",
        f"{json_text.MOST_BYTES >> 20} MiB, {json_text.MOST_VALUES:,} values",
        f"{json_text.LARGEST_BROKEN >> 20} MiB | one with broken lines",
        f"{MOST_EXECUTIONS:,} executions, {MOST_TOLD:,} of them with a message",
        f"{ctest.MOST_OUTPUT >> 20} MiB of a test's packed output, {ctest.MOST_UNPACKED >> 20} MiB of all",
        f"{MOST_TEXT >> 20} MiB of messages and traces",
        f"{MOST_BYTES >> 20} MiB of what its reports say",
        f"{MOST_OF_RUN >> 20} MiB of that",
        f"{LONGEST_LINE:,} characters a line, {MOST_LINES:,} lines, or one for each {BYTES_A_LINE} bytes",
        f"more than {MOST_READERS} runners",
        f"{MOST_TESTS:,} tests a session",
    ):
        assert words in stated
