"""docs/data-model.md says what the schema has: every table, index, column and relation that it names, and no other."""

import re
from pathlib import Path

import pytest

from app.core.history import HORIZON
from app.core.upkeep import MONTHS_AHEAD, SHORTEST_KEEPING
from app.db.compaction import WORTH_IT
from app.db.migrate import PAUSES

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "data-model.md").read_text(encoding="utf-8")
DIAGRAM = re.search(r"```mermaid\nerDiagram\n(.+?)```", PAGE, re.DOTALL)[1]
KINDS = {"double": "double precision", "timestamptz": "timestamp with time zone"}
BY_CODE = {("fg_occurrence", parent) for parent in ("fg_workflow_run", "fg_job", "fg_test_case")}
"""Relations without a foreign key."""


def section(title):
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def drawn(line):
    return {
        (child, parent)
        for parent, child in re.findall(
            rf'^ {{4}}(\w+) [|}}o]{{2}}{line}[|{{o]{{2}} (\w+) : ".+"$', DIAGRAM, re.MULTILINE
        )
    }


@pytest.fixture
async def tables(conn):
    rows = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition AND relname LIKE 'fg\\_%'"
    )
    return {row["relname"] for row in rows}


async def _indexes(conn):
    rows = await conn.fetch(
        "SELECT indexrelid::regclass::text AS name, pg_get_indexdef(indexrelid) AS made FROM pg_index"
        " JOIN pg_class AS own ON own.oid = indrelid WHERE relname LIKE 'fg\\_%' AND NOT relispartition"
    )
    return {row["name"]: re.search(r"btree \((.+?)\)", row["made"])[1] for row in rows}


async def test_the_page_says_of_every_table_what_it_holds_and_who_deletes_it(tables):
    rows = re.findall(r"^\| `(\w+)` \| (.+) \| (.+) \|$", section("The tables"), re.MULTILINE)
    assert sorted(name for name, *_ in rows) == sorted(tables)


async def test_the_page_says_of_every_index_on_which_columns_it_is(conn):
    rows = re.findall(r"^\| `(\w+)` \| ([\w, ]+?)(?:;[^|]+)? \| .+ \|$", section("The indexes"), re.MULTILINE)
    made = {name: columns.replace(" DESC", "") for name, columns in (await _indexes(conn)).items()}
    assert dict(rows) == made
    assert len(rows) == len(made)


async def test_an_index_of_some_rows_only_is_said_to_be_one(conn):
    partial = await conn.fetch(
        "SELECT indexrelid::regclass::text AS name FROM pg_index JOIN pg_class AS own ON own.oid = indrelid"
        " WHERE relname LIKE 'fg\\_%' AND NOT relispartition AND indpred IS NOT NULL"
    )
    said = re.findall(r"^\| `(\w+)` \| [\w, ]+; [^|]+ \|", section("The indexes"), re.MULTILINE)
    assert sorted(said) == sorted(row["name"] for row in partial)


def test_who_asks_an_index_is_there():
    source = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "app" / "db").rglob("*.py"))
    there = set(re.findall(r"^async def ([a-z]\w+)\(", source, re.MULTILINE))
    asking = re.findall(r"^\| `\w+` \| [^|]+ \| (.+) \|$", section("The indexes"), re.MULTILINE)
    named = {name for words in asking for name in re.findall(r"`(\w+)`", words)}
    assert len(named) > 30
    assert sorted(named - there) == []


async def test_the_page_names_nothing_of_ours_that_there_is_not(conn, tables):
    types = {row[0] for row in await conn.fetch("SELECT typname FROM pg_type WHERE typtype = 'e'")}
    named = set(re.findall(r"\bfg_[a-z_]+[a-z]\b", PAGE))
    assert sorted(named - tables - types - set(await _indexes(conn))) == []


async def test_the_diagram_draws_every_table_with_columns_of_their_types_and_the_primary_key(conn, tables):
    entities = dict(re.findall(r"^ {4}(\w+) \{\n(.+?)^ {4}\}$", DIAGRAM, re.MULTILINE | re.DOTALL))
    assert entities.keys() == tables
    for table, body in entities.items():
        lines = re.findall(r'^ {8}(\w+) (\w+)(?: ((?:PK|FK|UK)(?:, FK)?))?(?: "[^"]+")?$', body, re.MULTILINE)
        assert len(lines) == len(body.splitlines()), table
        columns = await _columns(conn, table)
        for kind, column, keys in lines:
            assert columns[column] == (KINDS.get(kind, kind), "PK" in keys, "FK" in keys), f"{table}.{column}"
        shown = {column for _, column, _ in lines}
        assert {name for name, (_, is_key, _) in columns.items() if is_key} <= shown, table


async def _columns(conn, table):
    rows = await conn.fetch(
        """
        SELECT a.attname AS name, format_type(a.atttypid, NULL) AS kind,
               coalesce(bool_or(a.attnum = ANY (k.conkey)) FILTER (WHERE k.contype = 'p'), false) AS is_key,
               coalesce(bool_or(a.attnum = ANY (k.conkey)) FILTER (WHERE k.contype = 'f'), false) AS leads_away
        FROM pg_attribute AS a
        LEFT JOIN pg_constraint AS k ON k.conrelid = a.attrelid
        WHERE a.attrelid = $1::text::regclass AND a.attnum > 0 AND NOT a.attisdropped
        GROUP BY a.attname, a.atttypid
        """,
        table,
    )
    return {row["name"]: (row["kind"], row["is_key"], row["leads_away"]) for row in rows}


async def test_the_diagram_draws_each_foreign_key_and_what_the_code_keeps_in_its_place(conn):
    rows = await conn.fetch(
        "SELECT conrelid::regclass::text AS child, confrelid::regclass::text AS parent FROM pg_constraint"
        " JOIN pg_class AS own ON own.oid = conrelid WHERE contype = 'f' AND NOT relispartition"
    )
    assert drawn("--") == {(row["child"], row["parent"]) for row in rows}
    assert drawn(r"\.\.") == BY_CODE


async def test_all_foreign_keys_but_two_delete_the_child(conn):
    kept = await conn.fetch(
        "SELECT conrelid FROM pg_constraint WHERE contype = 'f' AND confdeltype <> 'c' AND conparentid = 0"
    )
    assert len(kept) == 2
    assert "all but two of them delete the child" in PAGE


async def test_every_table_is_explained_where_it_is_made(conn, tables):
    rows = await conn.fetch("SELECT relname FROM pg_class WHERE obj_description(oid, 'pg_class') IS NOT NULL")
    assert sorted(tables - {row["relname"] for row in rows}) == []


def test_the_page_states_the_numbers_and_settings_that_hold():
    words = {1: "one", 2: "two", 3: "three"}
    assert f"this one and the {words[MONTHS_AHEAD]} that follow" in PAGE
    assert f"are {SHORTEST_KEEPING.days} days at least" in PAGE
    assert f"{HORIZON} × `window_size`" in PAGE
    assert WORTH_IT == 0.8
    assert "less than a fifth" in PAGE
    assert len(PAUSES) + 1 == 6
    assert "tried six times" in PAGE
    settings = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "app" / "settings").glob("*.py"))
    assert [name for name in re.findall(r"FLAKEGUARD_\w+", PAGE) if f'"{name}"' not in settings] == []


def test_the_readme_leads_to_the_page():
    assert "[Data model](docs/data-model.md)" in (ROOT / "README.md").read_text(encoding="utf-8").splitlines()[-1]
