"""Every SQL text of app/db, found in the source and prepared against the migrated schema."""

import ast
import dataclasses
import importlib
import re
import types
import typing
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path

import asyncpg
import pytest

import app.db
from app.db.connection import _ENUMS
from app.db.migrate import find_migrations

ASKING = {"fetch", "fetchrow", "fetchval", "execute", "executemany"}
FOLDER = Path(app.db.__path__[0])
FILLED = {"start.isoformat()": "2026-01-01", "end.isoformat()": "2026-02-01"}
"""What stands for the parts of the f-strings: a month's bounds; every other one is the name of a table or an index."""
KINDS = {
    "int4": int, "int8": int, "text": str, "bool": bool, "float8": float, "timestamptz": datetime, "date": date,
    "bytea": bytes,
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    module: str
    """Its dotted name within app.db."""
    function: str
    line: int
    sql: str
    arguments: int | None
    """How many values are handed over; None where the source does not tell."""
    row_class: str | None
    subscripts: frozenset[str]

    def __str__(self):
        return f"{self.module}.{self.function}:{self.line}"


def _text(node, constants):
    match node:
        case ast.Constant(value=str(text)):
            return text
        case ast.Attribute(attr="sql") | ast.Name(id="statement"):
            return None  # a migration, which every test applies
        case ast.Name(id=name):
            return constants[name]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _text(left, constants) + _text(right, constants)
        case ast.JoinedStr(values=parts):
            return "".join(
                p.value if isinstance(p, ast.Constant) else FILLED.get(ast.unparse(p.value), "fg_sample") for p in parts
            )
    raise AssertionError(f"line {node.lineno}: this SQL text cannot be read from the source: {ast.unparse(node)}")


def _constants(tree):
    found = {}
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            try:
                found[node.targets[0].id] = ast.literal_eval(node.value)
            except ValueError:
                continue
    return found


def _given(call):
    values = call.args[1:]
    if call.func.attr == "executemany":
        [rows] = values
        values = rows.elt.elts if isinstance(rows, ast.ListComp) and isinstance(rows.elt, ast.Tuple) else [None]
        return None if values == [None] else len(values)
    return None if any(isinstance(value, ast.Starred) for value in values) else len(values)


def _row_class(function):
    """The class that rows are spread into: `StoredCase(**row)`."""
    names = {
        node.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and any(k.arg is None for k in node.keywords)
    }
    assert len(names) <= 1, f"{function.name} makes rows of several classes"
    return next(iter(names), None)


def _subscripts(function, tree):
    """The columns that the function reads of a row by name, itself or through those that it hands the row."""
    handed = {
        node.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and "row" in map(ast.unparse, node.args)
    }
    readers = [one for one in tree.body if isinstance(one, ast.FunctionDef) and one.name in handed]
    return frozenset(
        node.slice.value
        for reader in (function, *readers)
        for node in ast.walk(reader)
        if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "row" and isinstance(node.slice, ast.Constant)
    )


def _queries_of(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    constants = _constants(tree)
    for function in (one for one in ast.walk(tree) if isinstance(one, ast.AsyncFunctionDef)):
        for call in (one for one in ast.walk(function) if isinstance(one, ast.Call)):
            if isinstance(call.func, ast.Attribute) and call.func.attr in ASKING:
                text = _text(call.args[0], constants)
                if text is None:
                    continue
                is_asked = call.func.attr in {"fetch", "fetchrow"}
                for sql in filter(str.strip, text.split(";")):
                    yield Query(
                        module=".".join(file.relative_to(FOLDER).with_suffix("").parts),
                        function=function.name,
                        line=call.lineno,
                        sql=sql,
                        arguments=_given(call),
                        row_class=_row_class(function) if is_asked else None,
                        subscripts=_subscripts(function, tree) if is_asked else frozenset(),
                    )


QUERIES = [query for file in sorted(FOLDER.rglob("*.py")) for query in _queries_of(file)]


async def _prepare(conn, query):
    try:
        return await conn.prepare(query.sql)
    except asyncpg.PostgresError as error:
        raise AssertionError(f"{query}: {error}") from error


_OWN_TABLE = re.compile(r"\s*CREATE (?:TEMPORARY )?TABLE (?:IF NOT EXISTS )?(\w+)")


@pytest.fixture
async def prepared(conn):
    """Each query with its statement; in a transaction, in which the tables are there that queries make for themselves."""
    async with conn.transaction():
        own = {found[1]: query.sql for query in QUERIES if (found := _OWN_TABLE.match(query.sql))}
        for table, sql in own.items():
            if await conn.fetchval("SELECT to_regclass($1) IS NULL", table):
                await conn.execute(sql)
        yield [(query, await _prepare(conn, query)) for query in QUERIES]


async def test_every_query_fits_the_schema_and_is_handed_as_many_values_as_it_has_placeholders(prepared):
    assert len(prepared) > 60
    wrong = [
        f"{query}: {query.arguments} values for {len(statement.get_parameters())} placeholders"
        for query, statement in prepared
        if query.arguments not in (None, len(statement.get_parameters()))
    ]
    assert wrong == []


async def test_every_placeholder_is_used_and_none_is_left_out(prepared):
    for query, statement in prepared:
        used = {int(number) for number in re.findall(r"\$(\d+)", query.sql)}
        assert used == set(range(1, len(statement.get_parameters()) + 1)), query


async def test_rows_that_become_a_dataclass_have_its_fields_names_and_types(prepared):
    spread = [(query, statement) for query, statement in prepared if query.row_class]
    assert len(spread) > 15
    for query, statement in spread:
        hints = typing.get_type_hints(getattr(importlib.import_module(f"app.db.{query.module}"), query.row_class))
        columns = {one.name: one.type for one in statement.get_attributes()}
        assert set(columns) == set(hints), query
        wrong = {name: (kind.name, hints[name]) for name, kind in columns.items() if not _fits(kind, hints[name])}
        assert wrong == {}, query


def _without_none(hint):
    if isinstance(hint, types.UnionType):
        [hint] = [part for part in typing.get_args(hint) if part is not type(None)]
    return hint


def _fits(kind, hint):
    hint = _without_none(hint)
    if kind.kind == "array":
        return typing.get_origin(hint) is list and _fits_scalar(kind.name.removesuffix("[]"), typing.get_args(hint)[0])
    if kind.name == "jsonb":
        return typing.get_origin(hint) is not None
    return _fits_scalar(kind.name, hint)


def _fits_scalar(name, hint):
    hint = getattr(hint, "__supertype__", hint)
    # An ENUM without a class of ours comes as its label.
    return hint is _ENUMS.get(name, KINDS.get(name, str if name.startswith("fg_") else None))


async def test_rows_read_by_name_have_the_columns_that_are_read(prepared):
    for query, statement in prepared:
        if not query.row_class:
            columns = {one.name for one in statement.get_attributes() or ()}
            assert query.subscripts <= columns, query


async def test_a_field_may_be_none_just_where_its_column_may_be_null(prepared, conn):
    nullable = await _nullable(conn)
    judged = 0
    for query, statement in prepared:
        if query.row_class is None:
            continue
        hints = typing.get_type_hints(getattr(importlib.import_module(f"app.db.{query.module}"), query.row_class))
        for attribute in statement.get_attributes():
            may_be = _may_be_null(query.sql, attribute.name, nullable)
            if may_be is not None:
                judged += 1
                assert (type(None) in typing.get_args(hints[attribute.name])) == may_be, f"{query}: {attribute.name}"
    assert judged > 120


async def _nullable(conn):
    rows = await conn.fetch(
        "SELECT attrelid::regclass::text AS owner, attname AS name, NOT attnotnull AS nullable FROM pg_attribute"
        " WHERE attnum > 0 AND attrelid::regclass::text LIKE 'fg\\_%' AND NOT attisdropped"
    )
    return {(row["owner"], row["name"]): row["nullable"] for row in rows}


def _may_be_null(sql, column, nullable):
    """Whether a column that is taken as it is may be null; None where it is worked out, or named by several tables."""
    if re.search(rf"\bAS {column}\b", sql):
        return None
    outer = set(re.findall(r"LEFT JOIN (fg_\w+)", sql))
    said = re.search(rf"(?:SELECT|,)\s+(?:DISTINCT ON \([^)]*\)\s+)?(?:(\w+)\.)?{column}\b", sql)
    named = {alias or table: table for table, alias in re.findall(r"(?:FROM|JOIN) (fg_\w+)(?: AS (\w+))?", sql)}
    tables = [named[said[1]]] if said and said[1] in named else list(named.values())
    found = {nullable[table, column] for table in tables if (table, column) in nullable and table not in outer}
    return found.pop() if len(found) == 1 else None


async def test_rows_are_copied_into_columns_that_there_are(conn):
    known = await _nullable(conn)
    for module, table in (("occurrences", "fg_occurrence"), ("evidence", "fg_evidence")):
        columns = importlib.import_module(f"app.db.{module}")._COLUMNS
        assert [name for name in columns if (table, name) not in known] == []


@pytest.mark.parametrize("enum", _ENUMS.items(), ids=lambda item: item[0])
async def test_a_closed_set_is_the_same_in_the_code_and_in_the_schema(conn, enum):
    name, words = enum
    labels = await conn.fetch(
        "SELECT enumlabel FROM pg_enum WHERE enumtypid = to_regtype($1) ORDER BY enumsortorder", name
    )
    assert issubclass(words, StrEnum)
    assert {row["enumlabel"] for row in labels} == {word.value for word in words}


def test_every_class_of_rows_is_a_frozen_dataclass():
    for query in QUERIES:
        if query.row_class:
            kind = getattr(importlib.import_module(f"app.db.{query.module}"), query.row_class)
            assert dataclasses.is_dataclass(kind), query
            assert kind.__dataclass_params__.frozen, query


NEWER = re.compile(
    r"\b(JSON_TABLE|JSON_QUERY|JSON_VALUE|JSON_EXISTS|ANY_VALUE|MERGE|uuidv7|VIRTUAL)\b"
    r"|RETURNING\s+(WITH|OLD|NEW)\b|WITHOUT OVERLAPS|NOT ENFORCED|GENERIC_PLAN|\b\d+_\d+\b",
    re.IGNORECASE,
)
"""Words and forms that came with PostgreSQL 16, 17 or 18, as far as one could slip in here."""


def test_no_sql_needs_a_newer_postgresql_than_15():
    texts = [(str(query), query.sql) for query in QUERIES] + [(one.name, one.sql) for one in find_migrations()]
    for where, sql in texts:
        assert NEWER.search(sql) is None, where
        assert all(re.match(r"\s+AS \w+", rest) for rest in _behind_subqueries(sql)), (
            f"{where}: a subquery without a name"
        )


def _behind_subqueries(sql):
    """What follows each subquery of a FROM, whose name may be left out since PostgreSQL 16 only."""
    for start in re.finditer(r"(?:FROM|JOIN|LATERAL) \((?=\s*SELECT)", sql):
        end, depth = start.end(), 1
        while depth:
            depth += {"(": 1, ")": -1}.get(sql[end], 0)
            end += 1
        yield sql[end:]
