"""The schema and the SQL fit a PostgreSQL that is distributed by repo_id; the last tests need one (deploy/citus.md)."""

import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.db.migrate import find_migrations
from app.db.partitions import ensure_month
from tests.db.migrations.samples import load
from tests.db.test_every_query import QUERIES

SQL = (Path(__file__).parents[2] / "sql" / "citus.sql").read_text(encoding="utf-8")
LOCAL = re.findall(r"^-- local: (\w+)$", SQL, re.MULTILINE)
REFERENCE = re.findall(r"^SELECT create_reference_table\('(\w+)'\);$", SQL, re.MULTILINE)
DISTRIBUTED = re.findall(r"^SELECT create_distributed_table\('(\w+)', 'repo_id'", SQL, re.MULTILINE)

OF_ALL_REPOSITORIES = {
    "queries.get_repository_dashboard.compare_minutes_lost": "the front page shows all repositories that a person may read",
    "reading.repositories.list_repositories": "the front page shows all repositories that a person may read",
    "reading.trends.list_flake_days": "the front page shows all repositories that a person may read",
    "limits.take_turn": "an installation's limits are of all its repositories",
    "limits.note_news": "an installation's limits are of all its repositories",
    "limits.list_left": "the metrics tell what is left to each installation",
    "limits.end_write": "an installation's limits are of all its repositories",
    "reclustering.list_repositories_of_older_rules": "the sweep asks which repositories an upgrade of the rules concerns",
    "issues.list_repositories_with_waiting_issues": "the sweep asks where a new day has room for issues that wait",
    "uploads.forget_uploads": "the sweep deletes what is a week old, whosever it is",
    "backfills.count_unfinished": "the metrics tell how much history of all repositories is still to be read",
    "backfills.list_unfinished": "the sweep asks whose history is still to be read",
    "watches.count_watches": "the pull requests of an installation share one rate limit",
    "notices.list_ending": "the sweep asks which quarantines of any repository end soon",
    "notices.list_absent": "the sweep asks which quarantines are of tests that do not run any more",
    "decisions.list_ran_out": "the hourly sweep asks which quarantines of any repository are over",
    "weekly.list_digests": "the sweep asks when it last looked whose weekly digest is due",
    "run_looks.list_due_looks": "the sweep asks which repositories of all are to be looked at",
    "first_run.find_first_run": "who has just set a bot up waits for a run of whichever repository",
    "partitions.ensure_month": "makes a month, for all repositories at once",
    "compaction.compact_month": "rolls up a month, for all repositories at once",
    "compaction._write_anew": "rolls up a month, for all repositories at once",
    "compaction._find_beyond": "rolls up a month, for all repositories at once",
    "compaction._copy_what_stays": "rolls up a month, for all repositories at once",
    "compaction._roll_up": "rolls up a month, for all repositories at once",
    "occurrences.add_occurrences": "takes the rows of one attempt from a temporary table, and each names its repository",
}
"""What names no repository, with the reason: the work of the background, which may ask every node."""


async def _our_tables(conn):
    rows = await conn.fetch(
        "SELECT relname FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace"
    )
    return {row["relname"] for row in rows}


# --- the schema ---


async def test_every_table_is_distributed_or_copied_or_named_as_local(conn):
    named = [*LOCAL, *REFERENCE, *DISTRIBUTED]
    assert len(named) == len(set(named))
    assert set(named) == await _our_tables(conn)


async def test_what_has_a_repository_is_distributed_by_it(conn):
    rows = await conn.fetch(
        "SELECT own.relname FROM pg_attribute JOIN pg_class AS own ON own.oid = attrelid"
        " WHERE attname = 'repo_id' AND relkind IN ('r', 'p') AND NOT relispartition"
    )
    assert {row["relname"] for row in rows} == set(DISTRIBUTED)


async def test_every_key_and_every_index_of_a_repositorys_table_begins_with_repo_id(conn):
    rows = await conn.fetch(
        """
        SELECT c.conname AS name, a.attname AS first
        FROM pg_constraint AS c
        JOIN pg_attribute AS r ON r.attrelid = c.conrelid AND r.attname = 'repo_id'
        JOIN pg_attribute AS a ON a.attrelid = c.conrelid AND a.attnum = c.conkey[1]
        WHERE c.contype IN ('p', 'u', 'f')
        UNION ALL
        SELECT i.indexrelid::regclass::text, coalesce(a.attname, 'an expression')
        FROM pg_index AS i
        JOIN pg_attribute AS r ON r.attrelid = i.indrelid AND r.attname = 'repo_id'
        LEFT JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
        """
    )
    assert len(rows) > 60
    assert [row["name"] for row in rows if row["first"] != "repo_id"] == []


async def test_a_foreign_key_leads_to_a_copied_table_or_by_repo_id_to_one_that_was_distributed_before(conn):
    rows = await conn.fetch(
        """
        SELECT k.conrelid::regclass::text AS child, k.confrelid::regclass::text AS parent, a.attname AS first
        FROM pg_constraint AS k
        JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = k.confkey[1]
        WHERE k.contype = 'f'
        """
    )
    done = [*REFERENCE, *DISTRIBUTED]
    for row in rows:
        if row["child"] not in done and row["parent"] not in done:
            # Between two tables that stay where they are, nothing changes.
            continue
        assert row["child"] in done, f"{row['child']} is local and has a foreign key"
        assert done.index(row["parent"]) <= done.index(row["child"]), f"{row['parent']} comes after {row['child']}"
        assert row["parent"] in REFERENCE or row["first"] == "repo_id", f"{row['child']} to {row['parent']}"


async def test_the_file_is_sql_that_makes_each_table_what_it_says(conn):
    """Stand-ins for the two functions of Citus note what they are asked for."""
    await conn.execute(
        """
        CREATE TEMPORARY TABLE asked (what regclass, by text, beside text);
        CREATE FUNCTION pg_temp.create_reference_table(what regclass) RETURNS void
            LANGUAGE sql AS 'INSERT INTO pg_temp.asked VALUES (what)';
        CREATE FUNCTION pg_temp.create_distributed_table(what regclass, by text, colocate_with text DEFAULT NULL)
            RETURNS void LANGUAGE sql AS 'INSERT INTO pg_temp.asked VALUES (what, by, colocate_with)';
        """
    )
    await conn.execute(re.sub(r"SELECT create_", "SELECT pg_temp.create_", SQL))
    rows = [tuple(row) for row in await conn.fetch("SELECT what::text, by, beside FROM asked")]
    first, *others = DISTRIBUTED
    assert rows == [
        *((table, None, None) for table in REFERENCE),
        (first, "repo_id", None),
        *((table, "repo_id", first) for table in others),
    ]


# --- the SQL ---


def _mentioned(sql):
    return [table for table in re.findall(r"\b(?:FROM|JOIN|INTO|UPDATE|TABLE) (fg_\w+)", sql) if table in DISTRIBUTED]


def _asked(sql):
    return [table for table in re.findall(r"\b(?:FROM|JOIN|UPDATE) (fg_\w+)", sql) if table in DISTRIBUTED]


def test_what_is_asked_or_written_names_its_repository_and_ties_each_table_to_it():
    hot = [one for one in QUERIES if _mentioned(one.sql) and f"{one.module}.{one.function}" not in OF_ALL_REPOSITORIES]
    assert len(hot) > 80
    unnamed = [str(one) for one in hot if not re.search(r"\brepo_id = \$\d|\(\s*repo_id,", one.sql)]
    assert unnamed == []
    untied = [str(one) for one in hot if len(re.findall(r"\brepo_id = ", one.sql)) < len(_asked(one.sql))]
    assert untied == []


def test_what_may_ask_every_node_is_there():
    there = {f"{one.module}.{one.function}" for one in QUERIES}
    assert sorted(OF_ALL_REPOSITORIES.keys() - there) == []


# --- a cluster ---

on_a_cluster = pytest.mark.skipif(
    "FLAKEGUARD_TEST_CITUS_URL" not in os.environ, reason="FLAKEGUARD_TEST_CITUS_URL names no coordinator"
)


@on_a_cluster
async def test_a_cluster_holds_the_tables_as_the_file_says(conn):
    rows = await conn.fetch(
        "SELECT table_name::text AS name, citus_table_type AS kind, colocation_id FROM citus_tables"
    )
    assert {row["name"] for row in rows if row["kind"] == "reference"} == set(REFERENCE)
    assert {row["name"] for row in rows if row["kind"] == "distributed"} >= set(DISTRIBUTED)
    assert len({row["colocation_id"] for row in rows if row["name"] in DISTRIBUTED}) == 1


@on_a_cluster
async def test_a_cluster_takes_rows_of_every_table_and_a_new_month(conn):
    for migration in [one for one in find_migrations() if one.version >= 3]:
        await load(conn, migration)
    await ensure_month(conn, datetime(2026, 3, 1, tzinfo=UTC))
    assert (
        await conn.fetchval("SELECT count(*) FROM citus_tables WHERE table_name::text = 'fg_occurrence_2026_03'") == 1
    )


@on_a_cluster
async def test_a_cluster_asks_one_node_for_the_history_of_a_test(conn):
    plan = await conn.fetch(
        "EXPLAIN SELECT o.outcome FROM fg_occurrence AS o JOIN fg_workflow_run AS run"
        " ON run.repo_id = o.repo_id AND run.id = o.workflow_run WHERE o.repo_id = 1 AND o.test_id = 2"
    )
    assert any("Task Count: 1" in row[0] for row in plan)
