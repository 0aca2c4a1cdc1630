import json
import zipfile

from app.__main__ import main

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
    assert "1 failed, 1 passed" in capsys.readouterr().out
    assert main(["parse", str(tmp_path / "other.json")]) == 1
    assert "other.json: no test report" in capsys.readouterr().err


def test_a_broken_archive_and_a_missing_file_are_named_and_the_rest_is_read(tmp_path, capsys):
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04broken")
    (tmp_path / "r.xml").write_text(GOOD)
    assert main(["parse", "--json", str(tmp_path / "b.zip"), str(tmp_path / "gone.xml"), str(tmp_path / "r.xml")]) == 1
    out, err = capsys.readouterr()
    assert len(lines(out)) == 2
    assert "b.zip: File is not a zip file" in err
    assert "gone.xml: No such file" in err


def test_a_mended_report_is_read_and_the_exit_status_says_that_it_was_mended(tmp_path, capsys):
    (tmp_path / "r.xml").write_text("<testsuite><testcase name='a & b'/></testsuite>")
    assert main(["parse", "--json", str(tmp_path / "r.xml")]) == 1
    out, err = capsys.readouterr()
    assert [one["name"] for one in lines(out)] == ["a & b"]
    assert "not well-formed" in err
