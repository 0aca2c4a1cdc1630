"""`flakeguard query`, asked of rows whose answers are worked out by hand."""

import asyncio
import json
from datetime import UTC, datetime

import pytest

from app.__main__ import main
from app.cli import asking
from app.cli.table import WIDTH, number, rest, table, text
from app.settings import Settings
from tests.cli.in_main import run
from tests.db.asked_rows import NOW, SIGNATURE, store

QUESTIONS = {
    "find_flakiest_tests": (),
    "get_test_history": ("--test", "Cart.total"),
    "get_quarantine_status": (),
    "find_similar_failures": ("--signature", SIGNATURE),
    "get_repository_dashboard": (),
    "analyze_test_run_performance": (),
    "get_quarantine_candidates": (),
}


@pytest.fixture
async def database(conn, database_url):
    await store(conn)
    await conn.execute(
        """
        INSERT INTO fg_test_case (repo_id, suite, class_name, name, first_seen_at, last_seen_at)
        SELECT repo.id, '', new.class_name, new.name, $1, $1
        FROM fg_repository AS repo
        CROSS JOIN (VALUES ('Basket', 'empty'), (repeat('a.long.package.', 12), 'with_a_test')) AS new (class_name, name)
        WHERE repo.name = 'web'
        """,
        NOW,
    )
    await conn.execute(
        """
        INSERT INTO fg_flake_score (repo_id, test_id, score, flake_rate, low, high, standing, window_n, runs, failures,
            scorer_version, last_updated_at)
        SELECT repo_id, id, 0.1, 0, 0, 0.2, 'healthy', 50, 4, 0, 1, $1
        FROM fg_test_case
        WHERE name = 'with_a_test'
        """,
        NOW,
    )
    return database_url


@pytest.fixture
def query(monkeypatch, capsys, database):
    """Run a question at the time that the rows are made for; returns exit status, lines of output and of complaint."""
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)
    monkeypatch.setattr(Settings, "clock", lambda _: lambda: NOW)

    def ask(*arguments, repository="acme/web"):
        name, *options = arguments
        status = run(monkeypatch, "query", name, repository, *options, DATABASE_URL=database)
        out, err = capsys.readouterr()
        return status, out.splitlines(), err.splitlines()

    return ask


@pytest.mark.parametrize(("name", "options"), QUESTIONS.items(), ids=QUESTIONS)
def test_each_question_is_answered_in_lines_that_fit_a_terminal(query, name, options):
    status, lines, complaints = query(name, *options)
    assert (status, complaints) == (0, [])
    assert lines
    assert max(map(len, lines)) <= WIDTH


@pytest.mark.parametrize(("name", "options"), QUESTIONS.items(), ids=QUESTIONS)
def test_each_question_is_answered_in_lines_of_json_and_nothing_else(query, name, options):
    status, lines, complaints = query(name, *options, "--json")
    assert (status, complaints) == (0, [])
    assert lines
    assert all(isinstance(json.loads(line), dict) for line in lines)


def test_the_ranking_reads_well(query):
    _, lines, _ = query("find_flakiest_tests", "--limit", "3")
    assert lines == [
        "test         standing  score  flake rate     failed  last flake  evidence   decision  issue",
        "Cart.total   flaky      0.90  50% (25%–75%)     3/4  2026-03-31  E1×1 E2×2  -           #13",
        "Cart.empty   flaky      0.90  25% (10%–40%)     1/4  2026-03-31  E2×1       ACTIVE        -",
        "Login.works  suspect    0.40  0% (0%–20%)       0/4  -                      -             -",
    ]


def test_what_explains_a_row_stands_below_it(query):
    _, lines, _ = query("get_quarantine_candidates")
    assert [line.split("  ")[0].strip() for line in lines[:2]] == ["test", "Cart.total"]
    assert lines[2:] == [
        "    E1 2026-03-31 08:00: failed in 102.1 test, passed in 102.1 test",
        "    E2 2026-03-30 10:00: failed in 100.1 test, passed in 100.2 test",
        "    E2 2026-03-01 00:00: failed in 80.1 test, passed in 80.2 test",
    ]


def test_dates_in_json_are_iso_8601_and_words_are_ours(query):
    _, lines, _ = query("find_flakiest_tests", "--json", "--limit", "1")
    [row] = map(json.loads, lines)
    assert (row["name"], row["standing"], row["decision"], row["issue_number"]) == ("total", "flaky", None, 13)
    assert datetime.fromisoformat(row["last_flake_at"]) == datetime(2026, 3, 31, 8, tzinfo=UTC)


def test_a_history_in_json_tells_executions_from_days(query):
    _, lines, _ = query("get_test_history", "--json", "--test", "total", "--limit", "2")
    rows = [json.loads(line) for line in lines]
    assert [row["kind"] for row in rows] == ["execution", "execution", "day", "day"]
    assert (rows[2]["day"], rows[2]["passed"]) == ("2025-12-02", 1)


def test_the_dashboard_is_one_object(query):
    _, [line], _ = query("get_repository_dashboard", "--json", "--days", "1")
    board = json.loads(line)
    assert (board["days"], board["runs"], board["standings"]["flaky"]) == (1, 2, 2)


def test_the_period_of_durations_can_be_chosen(query):
    _, lines, _ = query("analyze_test_run_performance", "--json", "--days", "1", "--limit", "1")
    rows = [json.loads(line) for line in lines]
    assert [(row["kind"], row.get("runs"), row.get("total_ms")) for row in rows] == [
        ("job", 3, None),
        ("test", None, 1050),
    ]


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("get_test_history",), "flakeguard query get_test_history: --test NAME is missing"),
        (("find_similar_failures",), "flakeguard query find_similar_failures: --signature S is missing"),
        (
            ("analyze_test_run_performance", "--days", "31"),
            "flakeguard query analyze_test_run_performance: --days must be at most 30: older passes may have been rolled up",
        ),
    ],
)
def test_a_question_that_lacks_something_is_wrong_usage(query, options, complaint):
    assert query(*options) == (2, [], [complaint])


@pytest.mark.parametrize(
    "arguments",
    [("what", "acme/web"), ("find_flakiest_tests", "acme"), ("find_flakiest_tests", "acme/web", "--limit", "0")],
)
def test_a_word_that_makes_no_sense_is_wrong_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(["query", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(
    ("wanted", "complaint"),
    [
        ("Cart.tota", "no test is called 'Cart.tota'; near it: Cart.total"),
        ("zzz", "no test is called 'zzz'"),
        ("Cart.*", "'Cart.*' is 2 tests: Cart.empty, Cart.total"),
        ("empty", "'empty' could be 2 tests: Basket.empty, Cart.empty"),
    ],
)
def test_a_test_that_is_not_one_is_named_in_one_line(query, wanted, complaint):
    assert query("get_test_history", "--test", wanted) == (1, [], [f"flakeguard query: {complaint}"])


def test_a_signature_or_repository_that_nobody_knows_is_named_in_one_line(query):
    unknown = "flakeguard query: no failure of the repository has the signature 77"
    assert query("find_similar_failures", "--signature", "77") == (1, [], [unknown])
    missing = "the database knows no repository acme/none"
    assert query("find_flakiest_tests", repository="acme/none") == (1, [], [missing])


@pytest.mark.parametrize(
    "name",
    [
        "find_flakiest_tests",
        "get_test_history",
        "get_quarantine_status",
        "analyze_test_run_performance",
        "get_quarantine_candidates",
    ],
)
async def test_where_there_is_nothing_it_is_said(conn, database, query, name):
    for table_name in ("fg_flake_score", "fg_quarantine_decision", "fg_occurrence", "fg_daily", "fg_job"):
        await conn.execute(f"DELETE FROM {table_name}")
    _, lines, _ = await asyncio.to_thread(query, name, *QUESTIONS[name])
    assert lines == ["nothing found"]


def test_a_table_keeps_the_end_of_a_name_and_the_beginning_of_a_text():
    lines = list(table([number("n"), rest("name", is_name=True), text("why", 5)], [(1, "a" * 150 + "END", "because")]))
    assert all(len(line) == WIDTH for line in lines[1:])
    assert lines[1].startswith("1  …a")
    assert lines[1].endswith("END  beca…")


def test_a_table_shows_what_strangers_hide_in_their_names():
    [_, line] = table([rest("name")], [("a\x1b[31mb\nc\u202ed",)])
    assert "\x1b" not in line
    assert "\n" not in line
    assert "\u202e" not in line
