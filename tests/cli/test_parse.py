import gzip
import io
import json
import tarfile
import zipfile

from app.__main__ import main

LOG = """\
============================= test session starts ==============================
collected 2 items

tests/test_a.py .F                                                       [100%]

=================================== FAILURES ===================================
____________________________________ test_x ____________________________________
E       assert 1 == 2
tests/test_a.py:3: AssertionError
=========================== short test summary info ============================
FAILED tests/test_a.py::test_x - assert 1 == 2
========================= 1 failed, 1 passed in 0.12s ==========================
##[error]Process completed with exit code 1.
"""
GOOD = "<testsuite><testcase classname='c' name='a' time='0.5'/><testcase classname='c' name='b'><failure message='m'/></testcase></testsuite>"


def lines(text):
    return [json.loads(line) for line in text.splitlines()]


def test_each_execution_is_one_json_object_with_the_path_it_came_from(tmp_path, capsys):
    (tmp_path / "r.xml").write_text(GOOD)
    assert main(["parse", "--json", str(tmp_path / "r.xml")]) == 0
    first, second = lines(capsys.readouterr().out)
    assert (first["path"], first["name"], first["outcome"], first["duration_ms"]) == (
        str(tmp_path / "r.xml"),
        "a",
        "passed",
        500,
    )
    assert (second["outcome"], second["message"], second["ordinal"]) == ("failed", "m", 1)


def test_members_of_a_zip_are_named_behind_an_exclamation_mark(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("out/r.xml", GOOD)
        archive.writestr("readme.txt", "no report")
    assert main(["parse", "--json", str(tmp_path / "a.zip")]) == 0
    assert {one["path"] for one in lines(capsys.readouterr().out)} == {f"{tmp_path}/a.zip!out/r.xml"}


def test_a_file_that_is_no_report_is_passed_over_in_a_directory_and_named_when_given(tmp_path, capsys):
    (tmp_path / "r.xml").write_text(GOOD)
    (tmp_path / "other.json").write_text("{}")
    assert main(["parse", str(tmp_path)]) == 0
    assert "1 passed, 1 failed in 1 file" in capsys.readouterr().out
    assert main(["parse", str(tmp_path / "other.json")]) == 1
    assert "other.json: no test report" in capsys.readouterr().err


def test_a_broken_archive_and_a_missing_file_are_named_and_the_rest_is_read(tmp_path, capsys):
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04broken")
    (tmp_path / "r.xml").write_text(GOOD)
    assert main(["parse", "--json", str(tmp_path / "b.zip"), str(tmp_path / "gone.xml"), str(tmp_path / "r.xml")]) == 1
    out, err = capsys.readouterr()
    assert len(lines(out)) == 2
    assert "b.zip: the archive cannot be opened: File is not a zip file" in err
    assert "gone.xml: No such file" in err


def test_a_mended_report_is_read_and_the_exit_status_says_that_it_was_mended(tmp_path, capsys):
    (tmp_path / "r.xml").write_text("<testsuite><testcase name='a & b'/></testsuite>")
    assert main(["parse", "--json", str(tmp_path / "r.xml")]) == 1
    out, err = capsys.readouterr()
    assert [one["name"] for one in lines(out)] == ["a & b"]
    assert "not well-formed" in err


def test_a_log_is_read_when_it_is_named_whatever_it_is_called_and_found_by_its_name_in_a_directory(tmp_path, capsys):
    for name in ("job.log", "1_test.txt", "output"):
        (tmp_path / name).write_text(LOG)
    (tmp_path / "readme.txt").write_text("nothing here")
    assert main(["parse", "--json", str(tmp_path / "output")]) == 0
    failed = [one for one in lines(capsys.readouterr().out) if one["outcome"] == "failed"]
    assert [(one["format"], one["name"]) for one in failed] == [("log/pytest", "test_x")]
    assert main(["parse", "--json", str(tmp_path)]) == 0
    found = {one["path"] for one in lines(capsys.readouterr().out)}
    assert found == {str(tmp_path / "1_test.txt"), str(tmp_path / "job.log")}


def test_a_log_without_a_test_runner_is_named_when_it_was_given(tmp_path, capsys):
    (tmp_path / "job.log").write_text("make: *** [all] Error 2")
    assert main(["parse", str(tmp_path / "job.log")]) == 1
    assert "job.log: no test report" in capsys.readouterr().err


def test_a_zip_in_a_zip_is_read_and_what_an_archive_holds_back_is_named(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "in.zip", "w") as inner:
        inner.writestr("r.xml", GOOD)
        inner.writestr("deep.zip", b"PK")
    with zipfile.ZipFile(tmp_path / "out.zip", "w") as outer:
        outer.write(tmp_path / "in.zip", "in.zip")
    assert main(["parse", "--json", str(tmp_path / "out.zip")]) == 1
    out, err = capsys.readouterr()
    assert {one["path"] for one in lines(out)} == {f"{tmp_path}/out.zip!in.zip!r.xml"}
    assert "in.zip!deep.zip is left out" in err


def tarred(data):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        info = tarfile.TarInfo("r.xml")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data.encode()))
    return buffer.getvalue()


def test_tars_of_results_and_gzipped_reports_are_read_in_a_zip_and_in_a_directory(tmp_path, capsys):
    packed = {
        "results.tar.gz": tarred(GOOD),
        "r.xml.gz": gzip.compress(GOOD.encode()),
        "pkg-1.2.tar.gz": tarred(GOOD),
        "app.gz": gzip.compress(GOOD.encode()),
    }
    (tmp_path / "files").mkdir()
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        for name, data in packed.items():
            archive.writestr(name, data)
            (tmp_path / "files" / name).write_bytes(data)
    for given, mark in ((tmp_path / "a.zip", "!"), (tmp_path / "files", "/")):
        assert main(["parse", "--json", str(given)]) == 0
        found = {one["path"] for one in lines(capsys.readouterr().out)}
        assert found == {f"{given}{mark}r.xml.gz", f"{given}{mark}results.tar.gz!r.xml"}


def test_a_tar_and_a_gzipped_file_that_are_given_by_name_are_opened_whatever_their_names_say(tmp_path, capsys):
    (tmp_path / "pkg-1.2.tgz").write_bytes(tarred(GOOD))
    (tmp_path / "job.gz").write_bytes(gzip.compress(LOG.encode()))
    assert main(["parse", "--json", str(tmp_path / "pkg-1.2.tgz"), str(tmp_path / "job.gz")]) == 0
    found = {one["path"] for one in lines(capsys.readouterr().out)}
    assert found == {f"{tmp_path}/pkg-1.2.tgz!r.xml", f"{tmp_path}/job.gz"}


def test_what_is_damaged_in_a_gzipped_file_is_said_once_with_its_path(tmp_path, capsys):
    long = gzip.compress(("<testsuite>" + "<testcase name='a'/>" * 30_000 + "</testsuite>").encode())[:-1]
    (tmp_path / "r.xml.gz").write_bytes(long)
    (tmp_path / "s.xml.gz").write_bytes(long[:99])
    assert main(["parse", str(tmp_path)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"{tmp_path}/{name} cannot be unpacked: it breaks off" for name in ("r.xml.gz", "s.xml.gz")
    ]


def test_a_report_that_cannot_be_read_is_named_once(tmp_path, capsys):
    (tmp_path / "r.xml").write_text("<testsuite><testcase na")
    assert main(["parse", str(tmp_path)]) == 1
    out, err = capsys.readouterr()
    assert out == "no tests in 1 file\n"
    assert err.count("r.xml") == 1


def test_people_get_a_line_for_each_failure_that_cannot_steer_their_terminal(tmp_path, capsys):
    case = "<testcase classname='c' name='b\u202e'><failure message='m&#10;second'/></testcase>"
    (tmp_path / "r.xml").write_text(f"<testsuite>{case}{case}<testcase name='a'/></testsuite>", encoding="utf-8")
    main(["parse", str(tmp_path / "r.xml")])
    assert capsys.readouterr().out.splitlines() == [
        f"failed  c b\ufffd  {tmp_path}/r.xml",
        "        m",
        f"failed  c b\ufffd (execution 2)  {tmp_path}/r.xml",
        "        m",
        "1 passed, 2 failed in 1 file",
    ]


def test_a_symbolic_link_in_a_directory_is_not_followed(tmp_path, capsys):
    (tmp_path / "reports").mkdir()
    (tmp_path / "r.xml").write_text(GOOD)
    (tmp_path / "reports" / "link.xml").symlink_to(tmp_path / "r.xml")
    assert main(["parse", str(tmp_path / "reports")]) == 0
    assert capsys.readouterr().out == "no tests in 0 files\n"


def test_a_very_long_name_is_shortened_for_people(tmp_path, capsys):
    (tmp_path / "r.xml").write_text(f"<testsuite><testcase name='{'n' * 500}'><failure/></testcase></testsuite>")
    main(["parse", str(tmp_path / "r.xml")])
    assert f"failed  {'n' * 99}…  " in capsys.readouterr().out


def test_of_a_runs_logs_each_job_is_read_once_though_its_steps_are_there_too(tmp_path, capsys):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("0_build.txt", LOG)
        archive.writestr("build/1_Test.txt", LOG)
        archive.writestr("lint/10_Test.txt", LOG[200:])
        archive.writestr("lint/2_Set up.txt", LOG[:200])
    assert main(["parse", "--json", str(tmp_path / "logs.zip")]) == 0
    bad = [one for one in lines(capsys.readouterr().out) if one["outcome"] == "failed"]
    assert [one["path"] for one in bad] == [
        f"{tmp_path}/logs.zip!0_build.txt",
        f"{tmp_path}/logs.zip!lint/2_Set up.txt",
    ]
