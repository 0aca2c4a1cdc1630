"""Executions that belong to nothing are looked for month by month, by indexes."""

from datetime import UTC, datetime

from app.db.orphans import count_orphans
from tests.db.test_every_query import QUERIES
from tests.db.test_schema import filled, repo_id

__all__ = ["filled", "repo_id"]

NOVEMBER, DECEMBER = datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 12, 1, tzinfo=UTC)


async def test_a_month_is_checked_without_reading_other_months_or_other_repositories(filled, repo_id):
    [query] = [one for one in QUERIES if one.function == "count_orphans"]
    # So small a history is read whole if that is not forbidden.
    await filled.execute("SET enable_seqscan = off")
    await filled.execute(f"PREPARE asked AS {query.sql}")
    plan = await filled.fetch(f"EXPLAIN (ANALYZE) EXECUTE asked ({repo_id}, '{NOVEMBER}', '{DECEMBER}')")
    ran = [row[0] for row in plan if "never executed" not in row[0]]
    assert not any("Seq Scan" in line for line in ran), ran
    assert {line.split(" on ")[1].split()[0] for line in ran if "Scan" in line and "fg_occurrence_2" in line} <= {
        "fg_occurrence_2026_11",
        "fg_occurrence_2026_11_pkey",
        "fg_occurrence_2026_11_repo_id_test_id_created_at_idx",
    }


async def test_a_month_without_orphans_has_none(filled, repo_id):
    found = await count_orphans(filled, repo_id, NOVEMBER, DECEMBER)
    assert (found.without_test, found.without_run) == (0, 0)
