"""`flakeguard audit`: who did what to which test and why, and whether anybody changed that."""

import asyncio
import json
import re
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.__main__ import main
from app.cli import asking
from app.cli.table import WIDTH
from app.core.deeds_text import DEEDS
from app.db import audit
from app.db.audit import Deed, Fault, add_audit
from app.db.connection import connect
from tests.cli.in_main import run
from tests.db.stored_runs import Stored, add_repository, store
from tests.told import told_url

AT = datetime(2026, 3, 30, 9, tzinfo=UTC)
LONGEST = "a" * 38 + "z"


def deeds(ids):
    """What was done, oldest first: every action that there is, by people and by rule."""
    until = (AT + timedelta(days=31)).isoformat()
    said = [
        ("flakeguard", "PROPOSED", ids["test_a"], {"why": "score 0.90, flaked in 25% of its latest runs", "until": None}),
        ("dana", "ACTIVE", ids["test_a"], {"why": "it blocks the release", "until": until}),
        ("flakeguard", "EXPIRED", ids["test_a"], {"why": "its time was over", "until": None}),
        (LONGEST, "DISMISSED", ids["test_b"], {"why": "not now", "until": None}),
        ("flakeguard", "RESOLVED", ids["test_b"], {"why": "it passed 9 times in a row; 9 were asked for", "until": None}),
        ("operator", "merged", None, {"cluster": "no answer", "into": "timed out"}),
        ("operator", "split", None, {"cluster": "timed out", "into": 2}),
    ]  # fmt: skip
    for hour, (actor, action, test_id, detail) in enumerate(said):
        at = AT + timedelta(hours=12 * hour)
        yield Deed(at=at, actor=actor, action=action, test_id=test_id, detail=detail)


async def write(conn, repo_id, *new):
    for one in new:
        async with conn.transaction():
            await add_audit(conn, repo_id, one)


@pytest.fixture
async def url(conn, database_url):
    """A repository in which seven deeds were done; their rows have the ids 1 to 7."""
    repo_id = await add_repository(conn)
    await store(conn, repo_id, Stored(run=1, tests={"test_a": "P", "test_b": "P", "test_c": "P"}))
    ids = {row["name"]: row["id"] for row in await conn.fetch("SELECT id, name FROM fg_test_case")}
    await write(conn, repo_id, *deeds(ids))
    return database_url


@pytest.fixture
def ask(monkeypatch, capsys, url):
    """Run the command; returns exit status, lines of output and of complaint."""
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)

    def asked(*options, repository="acme/web"):
        status = run(monkeypatch, "audit", repository, *options, DATABASE_URL=url)
        out, err = capsys.readouterr()
        return status, out.splitlines(), err.splitlines()

    return asked


@pytest.fixture
def execute(url):
    def executed(sql):
        async def in_database():
            conn = await connect(url)
            await conn.execute(sql)
            await conn.close()

        asyncio.run(in_database())

    return executed


# --- the list ---


def test_what_was_done_is_told_newest_first_with_its_reason_below(ask):
    who = f"{{:<{len(LONGEST)}}}".format
    assert ask() == (
        0,
        [
            f"when (UTC)        {who('who')}  what                                test",
            f"2026-04-02 09:00  {who('operator')}  split a cause                       -",
            "    timed out, into 2 causes",
            f"2026-04-01 21:00  {who('operator')}  merged two causes                   -",
            "    no answer, into timed out",
            f"2026-04-01 09:00  {who('flakeguard')}  took out of quarantine              tests.test_b",
            "    it passed 9 times in a row; 9 were asked for",
            f"2026-03-31 21:00  {who(LONGEST)}  dismissed the proposal              tests.test_b",
            "    not now",
            f"2026-03-31 09:00  {who('flakeguard')}  let it expire                       tests.test_a",
            "    its time was over",
            f"2026-03-30 21:00  {who('dana')}  put in quarantine until 2026-04-30  tests.test_a",
            "    it blocks the release",
            f"2026-03-30 09:00  {who('flakeguard')}  proposed quarantine                 tests.test_a",
            "    score 0.90, flaked in 25% of its latest runs",
        ],
        [],
    )


def test_every_state_of_the_sample_is_told_in_words_and_its_chain_verifies(monkeypatch, capsys, server_url):
    monkeypatch.setattr(asking, "configure_log", lambda *_: None)
    story = {"DATABASE_URL": told_url(server_url)}
    assert run(monkeypatch, "audit", "acme-corp/web-app", **story) == 0
    said = capsys.readouterr().out
    words = ("proposed quarantine", "put in quarantine until", "took out of", "dismissed the", "let it expire")
    assert [one for one in words if one not in said] == []
    assert max(map(len, said.splitlines())) <= WIDTH
    assert run(monkeypatch, "audit", "acme-corp/web-app", "--verify", **story) == 0
    assert capsys.readouterr().out.endswith(" rows verifies\n")


def test_programs_get_one_object_a_row(ask):
    status, lines, complaints = ask("--json")
    rows = [json.loads(line) for line in lines]
    assert (status, complaints, [row["id"] for row in rows]) == (0, [], [7, 6, 5, 4, 3, 2, 1])
    last, first = rows[0], rows[-1]
    assert (last["actor"], last["action"], last["test"], last["detail"]) == (
        "operator", "split", None, {"cluster": "timed out", "into": 2},
    )  # fmt: skip
    assert first["test"] == {"suite": "", "class_name": "tests", "name": "test_a"}
    assert (first["at"], first["previous_hash"]) == ("2026-03-30T09:00:00+00:00", "")
    assert [row["previous_hash"] for row in rows[:-1]] == [row["hash"] for row in rows[1:]]


def test_the_past_of_a_test_can_be_asked_for(ask):
    def ids(*options):
        status, lines, _ = ask("--json", *options)
        return status, [json.loads(line)["id"] for line in lines]

    assert ids("--test", "test_a") == (0, [3, 2, 1])
    assert ids("--test", "tests.*") == (0, [5, 4, 3, 2, 1])
    assert ids("--since", "2026-04-01") == (0, [7, 6, 5])
    assert ids("--since", "2026-03-31", "--test", "test_a") == (0, [3])
    assert ids("--since", "2026-04-03") == (0, [])


def test_where_nothing_was_done_that_is_said(ask):
    assert ask("--test", "test_c") == (0, ["nothing found"], [])


def test_a_long_trail_is_told_in_tables_one_after_the_other(ask, monkeypatch):
    monkeypatch.setattr(audit, "_AT_ONCE", 3)
    _, lines, _ = ask()
    assert [line.split()[0] for line in lines if line and not line.startswith(" ")].count("when") == 3
    assert lines.count("") == 2


def test_a_row_outlives_its_test(ask, execute):
    execute("DELETE FROM fg_test_case WHERE name = 'test_b'")
    _, lines, _ = ask()
    assert [line[-len("test 2, which is gone") :] for line in lines if "gone" in line] == ["test 2, which is gone"] * 2
    assert ask("--verify") == (0, ["chain of 7 rows verifies"], [])


def test_words_of_strangers_cannot_steer_the_terminal(ask, execute, url):
    evil = "\x1b[2J\x1b]0;owned\x07\r\nall is well\u202e\x9b31m"
    execute(f"UPDATE fg_test_case SET name = name || E'{evil}'".replace("\x1b", "\\x1b"))

    async def more():
        conn = await connect(url)
        repo_id = await conn.fetchval("SELECT id FROM fg_repository")
        now = AT + timedelta(days=9)
        await write(
            conn, repo_id, Deed(at=now, actor=evil, action=evil, test_id=1, detail={"why": evil, "until": evil})
        )
        await conn.close()

    asyncio.run(more())
    execute("UPDATE fg_audit SET at = at + interval '1 day' WHERE id = 8")
    for options in ((), ("--json",), ("--verify",), ("--test", "test_")):
        _, lines, complaints = ask(*options)
        assert lines or complaints
        assert [one for one in lines + complaints if not one.isprintable()] == [], options


def test_a_detail_that_somebody_spoilt_is_still_listed(ask, execute):
    for number, spoilt in enumerate(("[]", "null", '"x"', '{"why": 1, "until": []}', '{"cluster": null}'), 1):
        execute(f"UPDATE fg_audit SET detail = '{spoilt}' WHERE id = {number}")
    for options in ((), ("--json",)):
        assert ask(*options)[0] == 0


# --- the chain ---


def test_a_chain_that_nobody_touched_verifies(ask):
    assert ask("--verify") == (0, ["chain of 7 rows verifies"], [])
    assert ask("--verify", "--json") == (0, ['{"rows": 7, "broken_at": null, "why": null}'], [])


def test_a_chain_of_one_row_and_one_of_none_verify(ask, execute):
    execute("DELETE FROM fg_audit WHERE id > 1")
    assert ask("--verify") == (0, ["chain of 1 row verifies"], [])
    execute("DELETE FROM fg_audit")
    assert ask("--verify") == (0, ["chain of 0 rows verifies"], [])


SWAPPED = """
    UPDATE fg_audit AS one
    SET at = other.at, actor = other.actor, action = other.action, test_id = other.test_id, detail = other.detail,
        previous_hash = other.previous_hash, hash = other.hash
    FROM fg_audit AS other
    WHERE (one.id, other.id) IN ((3, 4), (4, 3))
"""


@pytest.mark.parametrize(
    ("sql", "row", "fault"),
    [
        (
            "UPDATE fg_audit SET detail = jsonb_set(detail, '{why}', '\"as agreed\"') WHERE id = 2",
            "row 2 (2026-03-30 21:00:00 UTC, dana: put in quarantine until 2026-04-30)",
            "it was changed after it was written; 1 row before it verifies",
        ),
        (
            "UPDATE fg_audit SET actor = 'flakeguard' WHERE id = 2",
            "row 2 (2026-03-30 21:00:00 UTC, flakeguard: put in quarantine until 2026-04-30)",
            "it was changed after it was written; 1 row before it verifies",
        ),
        (
            "DELETE FROM fg_audit WHERE id = 2",
            "row 3 (2026-03-31 09:00:00 UTC, flakeguard: let it expire)",
            "the row that it follows is missing, or was written anew; 1 row before it verifies",
        ),
        (
            SWAPPED,
            f"row 3 (2026-03-31 21:00:00 UTC, {LONGEST}: dismissed the proposal)",
            "it stands before the row that it follows: rows were moved; 2 rows before it verify",
        ),
    ],
    ids=["detail", "actor", "deleted", "swapped"],
)
def test_the_first_row_that_does_not_verify_is_named(ask, execute, sql, row, fault):
    execute(sql)
    complaint = f"{row} does not verify: {fault}"
    assert ask("--verify") == (1, [], [complaint])
    status, [line], complaints = ask("--verify", "--json")
    said = json.loads(line)
    assert (status, complaints) == (1, [complaint])
    assert f"row {said['broken_at']}" == row[:5]
    assert fault == f"{said['why']}; {fault.rpartition('; ')[2]}"


def test_that_the_newest_rows_are_gone_shows_in_nothing_but_the_number(ask, execute):
    execute("DELETE FROM fg_audit WHERE id > 5")
    assert ask("--verify") == (0, ["chain of 5 rows verifies"], [])


# --- what cannot be asked ---


def test_a_chain_verifies_as_a_whole_only(ask):
    wrong = "flakeguard audit: --verify reads the whole chain: leave out --test and --since"
    assert ask("--verify", "--test", "test_a") == (2, [], [wrong])
    assert ask("--verify", "--since", "2026-03-31") == (2, [], [wrong])


def test_what_nobody_knows_is_named_in_one_line(ask):
    assert ask("--test", "zzz") == (1, [], ["flakeguard audit: no test is called 'zzz'"])
    assert ask(repository="acme/none") == (1, [], ["the database knows no repository acme/none"])
    assert ask("--verify", repository="acme/none") == (1, [], ["the database knows no repository acme/none"])


@pytest.mark.parametrize("arguments", [("acme",), ("acme/web", "--since", "yesterday"), ("acme/web", "--what"), ()])
def test_words_that_make_no_sense_are_wrong_usage(capsys, arguments):
    with pytest.raises(SystemExit) as ended:
        main(["audit", *arguments])
    assert ended.value.code == 2
    assert capsys.readouterr().out == ""


# --- the page ---

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")


def test_the_page_has_a_check_that_needs_nothing_of_ours(ask, execute):
    [check] = re.findall(r"```python\n(.+?)```", PAGE, re.DOTALL)

    def checked():
        rows = "\n".join(ask("--json")[1]) + "\n"
        done = subprocess.run([sys.executable, "-c", check], input=rows, capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    assert checked() == (0, "")
    execute("UPDATE fg_audit SET detail = jsonb_set(detail, '{why}', '\"as agreed\"') WHERE id = 2")
    assert checked() == (1, "row 2 does not verify\n")
    execute("DELETE FROM fg_audit WHERE id = 1")
    assert checked() == (1, "row 2 does not verify\n")


def test_the_page_explains_every_action_and_every_fault():
    rows = re.findall(r"^\| ([^`|]+?) \| (`.+`) \| .+ \|$", PAGE, re.MULTILINE)
    said = {word for words, _ in rows for word in words.removesuffix(" until …").split(", ")}
    assert said == set(DEEDS.values())
    assert {word for _, words in rows for word in re.findall(r"`(\w+)`", words)} == set(DEEDS)
    assert [fault for fault in Fault if f"| {fault} |" not in PAGE] == []


def test_the_readme_leads_to_the_page():
    readme = Path(__file__).parents[2] / "README.md"
    assert "[Audit trail](docs/audit.md)" in readme.read_text(encoding="utf-8").splitlines()[-1]
