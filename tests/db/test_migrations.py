"""Migrations as files and as work: broken off, locked out, changed, and met by another release."""

import asyncio
import contextlib
import re

import asyncpg
import pytest
from aiohttp.test_utils import make_mocked_request

from app.db.connection import open_pool
from app.db.migrate import (
    ChangedMigration,
    DatabaseFromTheFuture,
    Migration,
    Progress,
    TableInUse,
    check_known,
    compare,
    list_applied,
    migrate,
    read_migrations,
)
from app.web.health import Health
from tests.cli.in_main import run
from tests.db.migrations.samples import COMMENT, MIGRATIONS, NOW, load, load_and_apply, statements

CONCURRENT = [one for one in MIGRATIONS if one.is_concurrent]


@pytest.fixture
async def empty(empty_database_url):
    conn = await asyncpg.connect(empty_database_url, server_settings={"timezone": "UTC"})
    yield conn
    await conn.close()


@pytest.fixture
async def other(empty_database_url):
    conn = await asyncpg.connect(empty_database_url)
    yield conn
    await conn.close()


# --- what a file must look like ---


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda one: one.name)
def test_a_migration_bounds_its_waiting_before_it_does_anything(migration):
    word = "SET" if migration.is_concurrent else "SET LOCAL"
    first, second, *_ = (one.strip() for one in statements(migration.sql))
    assert re.fullmatch(rf"{word} lock_timeout = '\d+(ms|s)'", first)
    assert re.fullmatch(rf"{word} statement_timeout = '\d+(ms|s|min)'", second)


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda one: one.name)
def test_an_index_on_a_table_that_may_be_large_is_built_while_others_write(migration):
    own = set(re.findall(r"CREATE TABLE (?:IF NOT EXISTS )?(\w+)", migration.sql))
    locking = [
        table
        for how, table in re.findall(
            r"CREATE (?:UNIQUE )?INDEX (CONCURRENTLY )?(?:IF NOT EXISTS )?\w+ ON (\w+)", migration.sql
        )
        if not how and table not in own
    ]
    assert locking == []
    assert migration.is_concurrent or "CONCURRENTLY" not in COMMENT.sub("", migration.sql)


@pytest.mark.parametrize("migration", CONCURRENT, ids=lambda one: one.name)
def test_each_statement_of_a_concurrent_migration_is_one_and_can_be_repeated(migration):
    for statement in migration.statements:
        said = " ".join(COMMENT.sub("", statement).split())
        assert re.match(r"(SET|RESET) \w+|(DROP|CREATE( UNIQUE)?) INDEX CONCURRENTLY IF (NOT )?EXISTS", said), said
        assert "'" not in re.sub(r"'[^';]*'", "", said), f"a semicolon within a text: {said}"
    built = re.findall(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (\w+)", migration.sql)
    dropped = re.findall(r"DROP INDEX CONCURRENTLY IF EXISTS (\w+)", migration.sql)
    assert set(built) <= set(dropped), "IF NOT EXISTS would take what a broken build left behind for the index"


TAKES_AWAY = re.compile(
    r"DROP (TABLE|COLUMN|TYPE|FUNCTION|TRIGGER|CONSTRAINT)|RENAME|SET NOT NULL|ADD (CONSTRAINT|VALUE)|ALTER COLUMN \w+ TYPE"
)


@pytest.mark.parametrize("migration", [one for one in MIGRATIONS if one.version >= 20], ids=lambda one: one.name)
def test_a_migration_that_may_take_something_from_earlier_releases_says_which_one_does_without(migration):
    """`works_since: 0001` where none of them is hurt: somebody has thought of it."""
    said = TAKES_AWAY.search(COMMENT.sub("", migration.sql))
    assert said is None or migration.works_since is not None, said


@pytest.mark.parametrize("migration", MIGRATIONS, ids=lambda one: one.name)
def test_whom_a_migration_shuts_out_is_said_so_that_it_is_understood(migration):
    said = [line for line in migration.sql.splitlines() if re.match(r"--\W*works.since", line)]
    assert len(said) == (0 if migration.works_since is None else 1), said
    assert migration.works_since is None or migration.works_since in {one.version for one in MIGRATIONS}
    assert (migration.works_since or 0) <= migration.version


# --- breaking off, waiting, meeting others ---


async def test_an_empty_database_gets_every_migration_and_a_second_run_finds_nothing_to_do(empty):
    assert await migrate(empty, MIGRATIONS, now=NOW) == list(MIGRATIONS)
    assert await migrate(empty, MIGRATIONS, now=NOW) == []
    assert [a.version for a in await list_applied(empty)] == [m.version for m in MIGRATIONS]


async def test_two_processes_that_start_at_once_share_the_work_though_indexes_are_built_concurrently(empty, other):
    done = await asyncio.gather(migrate(empty, MIGRATIONS, now=NOW), migrate(other, MIGRATIONS, now=NOW))
    assert sorted(map(len, done)) == [0, len(MIGRATIONS)]


async def test_a_migration_that_fails_leaves_nothing_behind(empty):
    broken = Migration(version=1, name="0001_broken", sql="CREATE TABLE half_done (id bigint); SELECT 1 / 0;")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, [broken], now=NOW)
    assert await list_applied(empty) == []
    assert await empty.fetchval("SELECT to_regclass('half_done')") is None


async def _fill_up_to(conn, migration):
    for number, earlier in enumerate(MIGRATIONS[: MIGRATIONS.index(migration)], 1):
        await load_and_apply(conn, earlier, MIGRATIONS[:number])
    await load(conn, migration)


async def _assert_it_is_applied_whole(conn, migration):
    assert await migrate(conn, MIGRATIONS[: MIGRATIONS.index(migration) + 1], now=NOW) == [migration]
    for name in re.findall(r"CREATE (?:UNIQUE )?INDEX CONCURRENTLY IF NOT EXISTS (\w+)", migration.sql):
        assert await conn.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", name)
    assert await conn.fetchval("SELECT count(*) FROM pg_index WHERE NOT indisvalid") == 0
    assert await conn.fetchval("SHOW lock_timeout") == "0"


@pytest.mark.parametrize("migration", CONCURRENT, ids=lambda one: one.name)
async def test_a_concurrent_migration_that_broke_off_anywhere_is_run_again_to_its_end(empty, migration):
    await _fill_up_to(empty, migration)
    for reached in range(1, len(migration.statements) + 1):
        for statement in migration.statements[:reached]:
            await empty.execute(statement)
        await empty.execute("RESET ALL")
        await _assert_it_is_applied_whole(empty, migration)
        await empty.execute("DELETE FROM fg_schema_migration WHERE version = $1", migration.version)


@pytest.mark.parametrize("migration", CONCURRENT, ids=lambda one: one.name)
async def test_an_index_that_was_left_half_built_is_replaced(empty, migration):
    await _fill_up_to(empty, migration)
    for name, table in re.findall(r"INDEX CONCURRENTLY IF NOT EXISTS (\w+) ON (\w+)", migration.sql):
        with pytest.raises(asyncpg.UniqueViolationError):
            await empty.execute(f"CREATE UNIQUE INDEX CONCURRENTLY {name} ON {table} ((1))")
        assert not await empty.fetchval("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass($1)", name)
    await _assert_it_is_applied_whole(empty, migration)


@contextlib.asynccontextmanager
async def locked(conn, *, seconds):
    """Another session reads the table for so long, in a transaction."""
    transaction = conn.transaction()
    await transaction.start()
    await conn.execute("LOCK TABLE busy IN ACCESS SHARE MODE")

    async def end():
        await asyncio.sleep(seconds)
        await transaction.rollback()

    ending = asyncio.create_task(end())
    yield
    await ending


ADDING = "lock_timeout = '20ms'; ALTER TABLE busy ADD COLUMN more bigint"


@pytest.mark.parametrize(
    "migration",
    [
        Migration(version=1, name="0001_adding", sql=f"SET LOCAL {ADDING}"),
        Migration(version=1, name="0001_concurrently_adding", sql=f"SET {ADDING}"),
    ],
    ids=lambda one: one.name,
)
async def test_a_migration_that_gets_no_lock_is_tried_again_after_growing_pauses(empty, other, migration):
    await empty.execute("CREATE TABLE busy (id bigint)")
    async with locked(other, seconds=0.2):
        assert await migrate(empty, [migration], now=NOW, pauses=(0.05, 0.1, 0.2, 0.4)) == [migration]
    assert (
        await empty.fetchval("SELECT count(*) FROM pg_attribute WHERE attrelid = 'busy'::regclass AND attname = 'more'")
        == 1
    )
    assert await empty.fetchval("SHOW lock_timeout") == "0"


async def test_a_migration_that_gets_no_lock_at_all_says_so_and_has_done_nothing(empty, other):
    await empty.execute("CREATE TABLE busy (id bigint)")
    adding = Migration(version=1, name="0001_adding", sql=f"SET LOCAL {ADDING}")
    async with locked(other, seconds=0.3):
        with pytest.raises(TableInUse, match="0001_adding got no lock in 2 tries"):
            await migrate(empty, [adding], now=NOW, pauses=(0.01,))
        assert await list_applied(empty) == []
    assert await migrate(empty, [adding], now=NOW) == [adding], "whoever failed has given the migrators' lock back"


# --- other releases ---


def newer_release(folder, *migrations):
    """The migrations of this release and those that a newer one adds."""
    for number, sql in enumerate(migrations, 9001):
        (folder / f"{number}_future.sql").write_text(f"{sql};\n", encoding="utf-8")
    return [*MIGRATIONS, *read_migrations(folder)]


HARMLESS, NEEDED, SHUTTING = (
    "SELECT 1",
    f"-- works_since: {MIGRATIONS[-1].version:04}\nSELECT 2",
    "-- works_since: 9002\nSELECT 3",
)


async def test_a_newer_release_is_worked_beside_as_long_as_none_of_its_migrations_shuts_this_one_out(empty, tmp_path):
    await migrate(empty, newer_release(tmp_path, HARMLESS, NEEDED), now=NOW)
    assert await migrate(empty, MIGRATIONS, now=NOW) == []
    assert check_known(await list_applied(empty), MIGRATIONS) == ["9001_future", "9002_future"]
    with pytest.raises(DatabaseFromTheFuture, match="9002_future, which needs a newer release"):
        await migrate(empty, MIGRATIONS[:-1], now=NOW)
    await migrate(empty, newer_release(tmp_path, HARMLESS, NEEDED, SHUTTING), now=NOW)
    with pytest.raises(DatabaseFromTheFuture, match="9003_future, which needs a newer release"):
        await migrate(empty, MIGRATIONS, now=NOW)
    between = newer_release(tmp_path, HARMLESS, NEEDED)[:-1]
    assert check_known(await list_applied(empty), between) == ["9003_future"], "that one knows what is needed"


async def test_two_lines_of_releases_do_not_share_a_database(empty, tmp_path):
    newer = newer_release(tmp_path, HARMLESS)
    await migrate(empty, [*newer[:-2], newer[-1]], now=NOW)
    with pytest.raises(DatabaseFromTheFuture, match=f"9001_future, .* and lacks {MIGRATIONS[-1].name}"):
        await migrate(empty, MIGRATIONS, now=NOW)


async def test_a_changed_migration_is_refused_beside_a_newer_release_too(empty, tmp_path):
    await migrate(empty, newer_release(tmp_path, HARMLESS), now=NOW)
    await empty.execute("UPDATE fg_schema_migration SET digest = 'x' WHERE version = 2")
    with pytest.raises(ChangedMigration):
        await migrate(empty, MIGRATIONS, now=NOW)


async def test_a_concurrent_migration_that_shuts_out_is_never_noted_without_saying_so(empty, tmp_path):
    await migrate(empty, MIGRATIONS, now=NOW)
    await empty.execute("ALTER TABLE fg_schema_migration ADD CHECK (works_since IS NULL)")
    shutting = Migration(version=9001, name="9001_concurrently_future", sql="-- works_since: 9001\nSELECT 1")
    with pytest.raises(asyncpg.CheckViolationError):
        await migrate(empty, [*MIGRATIONS, shutting], now=NOW)
    assert await migrate(empty, MIGRATIONS, now=NOW) == []
    assert check_known(await list_applied(empty), MIGRATIONS) == []


async def test_a_process_of_the_old_release_stays_ready_while_the_new_one_migrates_and_afterwards(conn, database_url):
    newer = Migration(version=9999, name="9999_future", sql="ALTER TABLE fg_repository ADD COLUMN more text")
    asked = make_mocked_request("GET", "/readyz")
    async with await open_pool(database_url, size=1) as pool:
        old = Health(pool=pool)
        async with conn.transaction():
            assert await migrate(conn, [*MIGRATIONS, newer], now=NOW) == [newer]
            assert (await old.readyz(asked)).status == 200, "what is not committed yet locks nobody out who asks"
        assert (await old.readyz(asked)).status == 200
        shutting = Migration(version=10_000, name="10000_other", sql="-- works_since: 9999\nSELECT 1")
        await migrate(conn, [*MIGRATIONS, newer, shutting], now=NOW)
        answer = await Health(pool=pool).readyz(asked)
        assert (answer.status, answer.text) == (503, "the schema needs a newer release since migration 10000_other\n")


async def test_a_process_is_not_ready_before_its_schema_is_there_and_to_ask_makes_no_table(empty, empty_database_url):
    async with asyncpg.create_pool(empty_database_url, min_size=1, max_size=1) as pool:
        answer = await Health(pool=pool).readyz(make_mocked_request("GET", "/readyz"))
    assert answer.status == 503
    assert await empty.fetchval("SELECT to_regclass('fg_schema_migration')") is None


async def test_a_file_that_was_changed_after_it_was_applied_is_refused_by_name(empty):
    once = Migration(version=1, name="0001_first", sql="SELECT 1")
    now = Migration(version=1, name="0001_first", sql="SELECT 2")
    await migrate(empty, [once], now=NOW)
    with pytest.raises(ChangedMigration, match="0001_first is another one here"):
        await migrate(empty, [now], now=NOW)
    assert await migrate(empty, [once], now=NOW) == []


async def test_a_database_and_a_release_are_held_against_each_other_migration_by_migration(empty):
    files = {name: Migration(version=n, name=name, sql="SELECT 1") for n, name in enumerate("abcd", 1)}
    await migrate(empty, [files["a"], files["b"], files["d"]], now=NOW)
    changed = Migration(version=2, name="b", sql="SELECT 2")
    compared = compare(await list_applied(empty), [files["a"], changed, files["c"]])
    assert {one.name: one.progress for one in compared} == {
        "a": Progress.APPLIED,
        "b": Progress.CHANGED,
        "c": Progress.MISSING,
        "d": Progress.UNKNOWN,
    }
    assert {one.name for one in compared if one.applied_at is None} == {"c"}


@pytest.fixture
async def mixed_up(empty, empty_database_url):
    """A database that lacks one migration, has another second one, and two of a later release."""
    newer = Migration(version=9998, name="9998_future", sql="SELECT 1")
    shutting = Migration(version=9999, name="9999_other", sql="-- works_since: 9998\nSELECT 1")
    await migrate(empty, [*MIGRATIONS[:-1], newer, shutting], now=NOW)
    await empty.execute("UPDATE fg_schema_migration SET digest = 'other' WHERE version = 2")
    return empty_database_url


def test_the_status_names_what_is_applied_missing_changed_and_of_a_newer_release(monkeypatch, capsys, mixed_up):
    for _ in range(2):
        assert run(monkeypatch, "migrate", "--status", DATABASE_URL=mixed_up) == 1
        first, second, *_, lacking, newer, shutting = capsys.readouterr().out.splitlines()
        assert first == "0001_queue: applied 2026-01-01 00:00 UTC"
        assert second == "0002_model: applied 2026-01-01 00:00 UTC, and changed since: the file is another one now"
        assert lacking == f"{MIGRATIONS[-1].name}: missing", "to ask has changed nothing"
        assert newer == ("9998_future: applied 2026-01-01 00:00 UTC by a newer release, and does not shut this one out")
        assert shutting == "9999_other: applied 2026-01-01 00:00 UTC by a newer release, and shuts this one out"


@pytest.mark.parametrize(("sql", "status"), [(HARMLESS, 0), (NEEDED, 0), ("-- works_since: 9001\nSELECT 1", 1)])
async def test_the_status_is_good_while_this_release_can_work(
    monkeypatch, capsys, empty, empty_database_url, tmp_path, sql, status
):
    await migrate(empty, newer_release(tmp_path, sql), now=NOW)
    assert await asyncio.to_thread(run, monkeypatch, "migrate", "--status", DATABASE_URL=empty_database_url) == status


async def test_to_ask_what_is_applied_changes_nothing(empty):
    assert await list_applied(empty) == []
    assert await empty.fetchval("SELECT to_regclass('fg_schema_migration')") is None
