"""`flakeguard clusters`: causes are listed, merged and split by whoever operates the bot."""

import json

import pytest

from app.cli import asking
from app.core.signature import RULES_VERSION
from app.db.clusters import ClusterSeen, save_clusters
from tests.cli.in_main import run
from tests.db.stored_runs import START, Stored, add_repository, store


@pytest.fixture(autouse=True)
def _quiet(monkeypatch):
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)


@pytest.fixture
async def filled_url(conn, database_url):
    repo_id = await add_repository(conn)
    for number in (1, 2):
        await store(conn, repo_id, Stored(run=number, tests={"test_a": "F", "test_b": "F"}))
    seen = [
        ClusterSeen(
            signature=f"{name} went wrong", stack_digest=None, title=f"{name} went wrong", example_message=None,
            example_stack_trace=None, is_infra=False,
        )
        for name in ("test_a", "test_b")
    ]  # fmt: skip
    await save_clusters(conn, repo_id, seen, RULES_VERSION, START)
    return database_url


def test_causes_are_listed_for_people_and_for_programs(monkeypatch, capsys, filled_url):
    assert run(monkeypatch, "clusters", "acme/web", DATABASE_URL=filled_url) == 0
    first, *rows = capsys.readouterr().out.splitlines()
    assert first.split() == ["id", "kind", "tests", "failures", "last", "seen", "cause"]
    assert [row.split()[1:4] for row in rows] == [["isolated", "1", "2"]] * 2
    assert run(monkeypatch, "clusters", "acme/web", "--json", DATABASE_URL=filled_url) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["title"], one["kind"], one["merged"]) for one in told] == [
        ("test_a went wrong", "isolated", 0),
        ("test_b went wrong", "isolated", 0),
    ]


def test_two_causes_are_made_one_and_the_list_shows_it(monkeypatch, capsys, filled_url):
    assert run(monkeypatch, "clusters", "acme/web", "--merge", "1", "2", "--by", "dana", DATABASE_URL=filled_url) == 0
    assert "systemic" in capsys.readouterr().out
    assert run(monkeypatch, "clusters", "acme/web", "--json", DATABASE_URL=filled_url) == 0
    [one] = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (one["id"], one["test_count"], one["merged"]) == (2, 2, 1)


def test_what_cannot_be_done_is_one_line_and_exit_one(monkeypatch, capsys, filled_url):
    assert run(monkeypatch, "clusters", "acme/web", "--split", "1", DATABASE_URL=filled_url) == 1
    assert capsys.readouterr().err == "flakeguard clusters: nothing was merged into this cluster\n"
    assert run(monkeypatch, "clusters", "acme/nothing", DATABASE_URL=filled_url) == 1
