"""`flakeguard digest`, over the sample data."""

import pytest

from app.cli import asking
from app.core.weekly import ENDING, MARKER, NEW, OVER, WORST
from tests.cli.in_main import run
from tests.told import told_url


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)


def test_it_prints_what_the_issue_would_say_whatever_the_policy_says(monkeypatch, capsys, server_url):
    url = told_url(server_url)
    capsys.readouterr()
    assert run(monkeypatch, "digest", "acme-corp/web-app", DATABASE_URL=url) == 0
    said = capsys.readouterr().out
    assert said.startswith(MARKER)
    assert [title for title in (NEW, OVER, WORST, ENDING) if f"\n### {title}\n" not in said] == []
    assert f"### {WORST}\n\n| Test |" in said, "the sample has flaky tests"


def test_a_repository_that_nobody_knows_is_named(monkeypatch, capsys, server_url):
    assert run(monkeypatch, "digest", "no/such", DATABASE_URL=told_url(server_url)) == 1
    assert "no/such" in capsys.readouterr().err
