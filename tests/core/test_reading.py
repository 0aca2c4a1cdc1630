"""From a downloaded file to what will be stored."""

import zipfile

import pytest

from app.core.model import CaseName, Outcome
from app.core.reading import join, read_artifact, read_job_log, read_part
from tests.core.log_story import job, step

GOOD = '<testsuite name="s"><testcase classname="c" name="a" time="1.5" file="/home/runner/work/r/r/t.py" line="3"/></testsuite>'
BAD = '<testsuite name="s"><testcase classname="c" name="b"><failure message="boom 1">at x</failure></testcase></testsuite>'
MENDED = '<testsuite name="s"><testcase name="x & y"/>'

PYTEST = (
    "============================= test session starts ==============================\n"
    "collected 2 items\n\n"
    "tests/test_a.py .F                                                       [100%]\n\n"
    "=================================== FAILURES ===================================\n"
    "____________________________________ test_x ____________________________________\n"
    "E       assert 1 == 2\n"
    "tests/test_a.py:3: AssertionError\n"
    "=========================== short test summary info ============================\n"
    "FAILED tests/test_a.py::test_x - assert 1 == 2\n"
    "========================= 1 failed, 1 passed in 0.12s ==========================\n"
    "##[error]Process completed with exit code 1.\n"
)


@pytest.fixture
def artifact(tmp_path):
    def make(files=(), content=None):
        path = tmp_path / "artifact.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, data in dict(files).items():
                archive.writestr(name, data)
        if content is not None:
            path.write_bytes(content)
        return str(path)

    return make


def names(reading):
    return [found.case.name for found in reading.found]


def test_each_execution_is_named_and_a_failure_has_a_fingerprint(artifact):
    reading = read_artifact(artifact({"b.xml": BAD, "a.xml": GOOD}), ["**"])
    passed, failed = reading.found
    assert (passed.case, passed.outcome) == (CaseName(suite="s", class_name="c", name="a"), Outcome.PASSED)
    assert (passed.file, passed.line, passed.duration_ms, passed.fingerprint) == ("t.py", 3, 1500, None)
    assert (failed.outcome, failed.message, failed.stack_trace) == (Outcome.FAILED, "boom 1", "at x")
    assert failed.fingerprint is not None
    assert (len(reading.files), reading.is_whole, reading.malformed, reading.warnings) == (2, True, (), ())


@pytest.mark.parametrize(
    ("glob", "found"),
    [
        ("**", ["a", "b", "b"]),
        ("*.xml", ["a"]),
        ("**/*.xml", ["a", "b", "b"]),
        ("out/**", ["b"]),
        ("in.zip/*.xml", ["b"]),
        ("**/*.json", []),
    ],
)
def test_only_files_that_the_globs_ask_for_are_read(artifact, tmp_path, glob, found):
    inner = tmp_path / "inner.zip"
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("z.xml", BAD)
    path = artifact({"a.xml": GOOD, "in.zip": inner.read_bytes(), "out/b.xml": BAD})
    assert sorted(names(read_artifact(path, [glob]))) == found


def test_other_files_are_passed_over_in_silence(artifact):
    reading = read_artifact(artifact({"a.xml": GOOD, "x.html": "<html/>", "trace.png": "no", "y.json": "{}"}), ["**"])
    assert (len(reading.files), names(reading), reading.warnings, reading.is_whole) == (1, ["a"], (), True)


def test_a_mended_report_is_kept_and_the_artifact_is_not_whole(artifact):
    reading = read_artifact(artifact({"a.xml": GOOD, "m.xml": MENDED}), ["**"])
    assert names(reading) == ["a", "x & y"]
    assert not reading.is_whole
    assert reading.warnings[0].startswith("m.xml: not well-formed XML")


def test_what_is_no_archive_is_said_and_holds_no_report(artifact):
    reading = read_artifact(artifact(content=b"<html>502</html>"), ["**"])
    assert (len(reading.files), reading.found, reading.is_whole) == (0, (), False)
    assert reading.warnings == ("the archive cannot be opened: File is not a zip file",)


@pytest.mark.parametrize("parts", [1, 2])
def test_of_an_artifact_with_too_many_executions_the_rest_is_left_out_and_said_once(artifact, monkeypatch, parts):
    monkeypatch.setattr("app.core.reading.MOST_EXECUTIONS", 4)
    path = artifact({f"{number}.xml": GOOD for number in range(9)})
    reading = join(read_part(path, ["**"], part, parts) for part in range(parts))
    assert len(reading.found) == 4
    assert reading.warnings == ("more than 4 test results, the other files are left out",)
    assert not reading.is_whole
    path = artifact({f"{number}.xml": GOOD for number in range(4)})
    assert join(read_part(path, ["**"], part, parts) for part in range(parts)).is_whole


@pytest.mark.attack("archives")
@pytest.mark.parametrize("parts", [1, 2])
def test_of_more_failures_than_have_room_what_tells_them_apart_is_kept_and_not_what_they_say(
    artifact, monkeypatch, parts
):
    monkeypatch.setattr("app.core.reading.MOST_TEXT", 2 * len("boom 1at x") * parts)
    path = artifact({f"{number}.xml": BAD for number in range(4 * parts)})
    reading = join(read_part(path, ["**"], part, parts) for part in range(parts))
    said = [(one.message, one.stack_trace) for one in reading.found]
    assert (said.count(("boom 1", "at x")), said.count((None, None))) == (2 * parts, 2 * parts)
    assert len({one.fingerprint for one in reading.found}) == 1
    assert reading.warnings == ("more than 0 MiB of messages, those of the other failures are left out",)
    assert not reading.is_whole


@pytest.mark.attack("archives")
def test_of_an_artifact_whose_reports_say_too_much_the_rest_is_left_out_and_that_is_said(artifact, monkeypatch):
    path = artifact({f"{number}.xml": GOOD for number in range(9)})
    assert read_artifact(path, ["**"]).is_whole
    monkeypatch.setattr("app.core.reading.MOST_BYTES", 500)
    reading = read_artifact(path, ["**"])
    assert 0 < len(reading.found) < 9
    assert reading.warnings == ("its reports say more than 0 MiB, the other files are left out",)
    assert not reading.is_whole


def test_of_a_log_too_only_so_much_is_kept_of_what_failures_say(tmp_path, monkeypatch):
    log = tmp_path / "log.txt"
    log.write_text(PYTEST)
    before = read_job_log(str(log))
    assert "assert 1 == 2" in {one.message for one in before.found}
    monkeypatch.setattr("app.core.reading.MOST_TEXT", 1)
    after = read_job_log(str(log))
    assert [one.fingerprint for one in after.found] == [one.fingerprint for one in before.found]
    assert [(one.message, one.stack_trace) for one in after.found] == [(None, None)] * len(before.found)
    assert 0 < after.size < before.size


def test_an_artifact_without_reports_says_nothing(artifact):
    reading = read_artifact(artifact({"readme.md": "hello"}), ["**"])
    assert (len(reading.files), reading.malformed, reading.found) == (0, (), ())


def test_a_log_gives_its_failed_tests_and_how_it_ended(tmp_path):
    log = tmp_path / "log.txt"
    log.write_text(PYTEST)
    reading = read_job_log(str(log))
    assert reading.runner == "pytest"
    assert [(f.case.name, f.outcome) for f in reading.found if f.outcome.is_bad] == [("test_x", Outcome.FAILED)]
    assert (reading.is_complete, reading.stopped_early, reading.infra) == (True, None, None)


def test_a_log_without_tests_names_none(tmp_path):
    log = tmp_path / "log.txt"
    log.write_bytes(b"make: *** [all] Error 2\n\xff\x00\n")
    reading = read_job_log(str(log))
    assert (reading.runner, reading.found, reading.is_complete) == (None, (), False)


def test_a_report_that_cannot_be_read_is_counted_and_the_others_are_read(artifact):
    reading = read_artifact(artifact({"a.xml": GOOD, "b.xml": "<testsuite><testcase na"}), ["**"])
    assert (len(reading.files), reading.malformed, reading.is_whole, names(reading)) == (1, ("junit",), False, ["a"])
    assert reading.warnings[0].startswith("b.xml: XML that cannot be read: ")


FULL_QUOTA = [("quota .{0,20}reached", "the quota was reached"), ("quota", "another name")]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["error: quota of the month reached", "1 of 2 failed"], "the quota was reached"),
        (["the quota", "quota is reached"], "another name"),
        (["quota reached", "No space left on device"], "the quota was reached"),
        (["No space left on device"], "the disk was full"),
        (["x" * 300 + " quota reached"], None),
        (["all is well"], None),
    ],
)
def test_a_line_that_the_policy_knows_names_the_failure_before_our_own_signs(tmp_path, lines, expected):
    log = tmp_path / "log.txt"
    log.write_bytes(job(step("make test", "\n".join([*lines, *["noise"] * 70]), code=1)))
    assert read_job_log(str(log), FULL_QUOTA).infra == expected


def test_a_step_that_succeeded_does_not_name_the_failure_of_the_next(tmp_path):
    log = tmp_path / "log.txt"
    log.write_bytes(job(step("make", "quota reached"), step("make test", "boom", code=1)))
    assert read_job_log(str(log), FULL_QUOTA).infra is None


def test_the_file_that_the_trace_of_a_failure_names_is_that_of_the_passes_of_the_same_test(artifact):
    report = (
        "<testsuite><testcase name='a'><failure>tests/test_a.py:3: boom</failure></testcase>"
        "<testcase name='a'/><testcase name='b'/></testsuite>"
    )
    found = read_artifact(artifact({"r.xml": report}), ["**"]).found
    assert [(one.case.name, one.file, one.line) for one in found] == [
        ("a", "tests/test_a.py", 3),
        ("a", "tests/test_a.py", None),
        ("b", None, None),
    ]


def test_a_file_that_breaks_off_while_it_is_read_is_named_and_the_artifact_is_not_whole(tmp_path):
    long = "<testsuite>" + "<testcase name='a'/>" * 30_000 + "</testsuite>"
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("broken.xml", long)
        archive.writestr("good.xml", GOOD)
    data = bytearray(path.read_bytes())
    data[data.index(b"</testsuite>") - 2] ^= 1
    path.write_bytes(data)
    reading = read_artifact(str(path), ["**"])
    assert (len(reading.files), reading.is_whole) == (1, False)
    assert reading.warnings[0].startswith("broken.xml cannot be unpacked: ")
