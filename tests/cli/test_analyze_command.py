"""`flakeguard analyze`: report files on a disk, a database, and no GitHub."""

import asyncio
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from app.__main__ import main
from app.cli import asking
from app.core.placing import Line
from tests.e2e.leavings import junit

DOCS = Path(__file__).parents[2] / "docs" / "analyze.md"


@pytest.fixture
def analyze(database_url, monkeypatch, capsys, tmp_path):
    """Return a function that runs the command, and gives back its status, the report as JSON, and what it told."""
    monkeypatch.setenv("FLAKEGUARD_DATABASE_URL", database_url)
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)
    monkeypatch.chdir(tmp_path)

    def run(*args):
        status = main(["analyze", *map(str, args), "--format", "json"])
        out, err = capsys.readouterr()
        return status, json.loads(out) if out else None, err

    return run


@pytest.fixture
def shop(tmp_path):
    """Twelve runs, each in two attempts where test_3 failed, which it did in every third."""
    root = tmp_path / "shop"
    for number in range(12):
        flaked = number % 3 == 0
        write(root, number, 1, junit(passed=("test_1", "test_2"), failed=("test_3",)) if flaked else GREEN)
        if flaked:
            write(root, number, 2, GREEN)
    return root


GREEN = junit(passed=("test_1", "test_2", "test_3"))


def write(root, number, attempt, text):
    place = root / f"2026-01-{number + 1:02}" / f"run-{100 + number}-attempt-{attempt}" / f"{number + 1:040x}" / "unit"
    place.mkdir(parents=True)
    (place / "junit.xml").write_text(text, encoding="utf-8")


def test_reports_in_a_tar_are_dated_and_read_as_they_are_outside_of_it(analyze, tmp_path):
    root = tmp_path / "shop"
    root.mkdir()
    (root / "r.xml").write_text(GREEN.replace("<testsuite ", "<testsuite timestamp='2026-01-05T09:00:00' ", 1))
    with tarfile.open(root / "test-results.tgz", "w:gz") as tar:
        tar.add(root / "r.xml", "r.xml")
    (root / "r.xml").unlink()
    status, report, told = analyze(root)
    assert (status, report["as_of"][:10]) == (0, "2026-01-05")
    assert "1 run, 3 executions" in told


def test_the_flaky_test_is_named_with_its_proofs(analyze, shop):
    status, report, told = analyze(shop)
    assert status == 0
    [flaky] = [one for one in report["tests"] if one["standing"] == "flaky"]
    assert (flaky["name"], report["repository"]) == ("test_3", "local/shop")
    assert report["as_of"].startswith("2026-01-12")
    assert "flakeguard report local/shop" in told


async def test_read_twice_is_stored_once_and_what_comes_later_is_added(analyze, shop, conn):
    def counted():
        return conn.fetchrow("SELECT count(*), count(DISTINCT workflow_run) FROM fg_occurrence")

    assert (await asyncio.to_thread(analyze, shop))[0] == 0
    before = await counted()
    assert tuple(before) == (48, 16)
    assert (await asyncio.to_thread(analyze, shop))[0] == 0
    assert await counted() == before
    write(shop, 12, 1, GREEN)
    assert (await asyncio.to_thread(analyze, shop))[0] == 0
    assert tuple(await counted()) == (51, 17)


def test_a_checkout_says_when_commits_were_made_and_a_manifest_says_all_else(analyze, tmp_path):
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "init", "-q"], check=True)
    when = {**os.environ, "GIT_AUTHOR_DATE": "2025-05-05T05:05Z", "GIT_COMMITTER_DATE": "2025-05-05T05:05Z"}
    subprocess.run([*git, "commit", "-q", "--allow-empty", "-m", "x"], check=True, env=when)
    sha = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True).stdout.strip()
    root = tmp_path / "reports"
    root.mkdir()
    for name in ("one", "two"):
        (root / f"{name}.xml").write_text(GREEN, encoding="utf-8")
    lines = [
        {"files": "one.xml", "commit": sha[:9], "job": "web"},
        {"files": "two.xml", "commit": sha, "at": "2025-06-01"},
    ]
    lines[1]["at"] = "2025-06-01T00:00:00"
    (root / "flakeguard.json").write_text(json.dumps(lines), encoding="utf-8")
    status, report, _ = analyze(root, "--name", "web")
    assert status == 0
    assert (report["repository"], report["as_of"][:10], report["runs"]) == ("local/web", "2025-06-01", 2)


def test_two_legs_of_a_run_s_attempt_are_two_jobs_and_prove_nothing_about_each_other(analyze, tmp_path):
    root = tmp_path / "shop"
    for number in range(30):
        for leg in ("unit-3.12-attempt-2", "unit-3.13-attempt-2"):
            place = root / f"run-{number}" / leg
            place.mkdir(parents=True)
            broken = leg.startswith("unit-3.13")
            text = junit(passed=("test_1",), failed=("test_2",)) if broken else junit(passed=("test_1", "test_2"))
            (place / "junit.xml").write_text(text, encoding="utf-8")
    status, report, _ = analyze(root)
    assert (status, report["runs"]) == (0, 30)
    assert [one for one in report["tests"] if one["standing"] == "flaky"] == []


def test_runs_are_of_when_their_reports_say_and_not_of_when_they_were_fetched(analyze, tmp_path, capsys):
    for number, day in ((111111, "2025-03-01"), (222222, "2025-03-05")):
        place = tmp_path / "shop" / str(number) / "unit"
        place.mkdir(parents=True)
        text = GREEN.replace("<testsuite ", f'<testsuite timestamp="{day}T10:00:00" ')
        (place / "junit.xml").write_text(text, encoding="utf-8")
        (place / "notes.xml").write_text("<notes/>", encoding="utf-8")
    status, report, _ = analyze(tmp_path / "shop")
    assert (status, report["runs"], report["as_of"][:10]) == (0, 2, "2025-03-05")


def test_what_cannot_be_read_is_named_and_stops_nothing(analyze, shop):
    bad = shop / "broken"
    bad.mkdir()
    (bad / "a.xml").write_text("<testsuite><testcase name='x'", encoding="utf-8")
    (bad / "b\x1b[2J.xml").write_bytes(b"\xff\xfe\x00")
    (bad / "pom.xml").write_text("<project/>", encoding="utf-8")
    (bad / "link.xml").symlink_to("/etc/passwd")
    status, report, told = analyze(shop)
    assert (status, len(report["tests"]) >= 1) == (0, True)
    assert "\x1b" not in told


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["nowhere"], "nowhere is not there"),
        (["empty"], "no file in empty ends in"),
        (["sources"], "none of the 1 files holds a test report that is known"),
        (["sources", "--manifest", "missing.json"], "missing.json: No such file"),
        (["sources", "--manifest", "sources/a.json"], "sources/a.json: "),
    ],
)
def test_what_makes_no_sense_is_told_in_a_line(analyze, tmp_path, args, words):
    (tmp_path / "empty").mkdir()
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "a.json").write_text('{"a": 1}', encoding="utf-8")
    status, report, told = analyze(*args)
    assert (status, report) == (2, None)
    assert words in told


def test_a_job_s_log_is_read_where_there_is_no_report(analyze, tmp_path):
    log = "============ test session starts ============\ncollected 2 items\n\ntests/test_a.py .F  [100%]\n\n"
    log += "=== FAILURES ===\n___ test_b ___\n\n    def test_b():\n>       assert 0\nE       assert 0\n\ntests/test_a.py:5: AssertionError\n"
    log += "=========== short test summary info ===========\nFAILED tests/test_a.py::test_b - assert 0\n===== 1 failed, 1 passed in 0.10s =====\n"
    (tmp_path / "run-1").mkdir()
    (tmp_path / "run-1" / "unit.log").write_text(log, encoding="utf-8")
    status, report, _ = analyze(tmp_path / "run-1")
    assert (status, "test_b" in json.dumps(report)) == (0, True)


def test_the_page_tells_every_way_to_say_where_a_file_belongs():
    page = DOCS.read_text(encoding="utf-8")
    assert [one for one in Line.__struct_fields__ if f"`{one}`" not in page] == []
    assert [
        one for one in ("--name", "--manifest", "--git", "--commit", "--branch", "--job", "--format") if one not in page
    ] == []
