import argparse
import json

import pytest

from app.cli import policy


def flakeguard(*arguments):
    parser = argparse.ArgumentParser()
    policy.add_parser(parser.add_subparsers(required=True))
    args = parser.parse_args(["policy", *arguments])
    return args.run(args)


def test_a_good_file_is_fine(tmp_path, monkeypatch, capsys):
    (tmp_path / ".github").mkdir()
    (tmp_path / ".github/flakeguard.yml").write_text("min_runs: 5\n")
    monkeypatch.chdir(tmp_path)
    assert flakeguard("check") == 0
    assert capsys.readouterr() == (".github/flakeguard.yml: fine\n", "")


def test_each_problem_is_a_line_with_its_place(tmp_path, capsys):
    file = tmp_path / "policy.yml"
    file.write_bytes(b"min_runs: x\nno_such: 1\n")
    assert flakeguard("check", str(file)) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"{file}:1:11: this must be a whole number\n{file}:2:1: unknown key no_such\n"


def test_a_file_that_is_not_there_is_wrong_usage(tmp_path, capsys):
    assert flakeguard("check", str(tmp_path / "none.yml")) == 2
    assert "none.yml: No such file" in capsys.readouterr().err


def test_the_schema_is_json(capsys):
    assert flakeguard("schema") == 0
    assert json.loads(capsys.readouterr().out)["title"] == "FlakeGuard policy"


def test_a_command_is_needed():
    with pytest.raises(SystemExit) as ended:
        flakeguard()
    assert ended.value.code == 2
