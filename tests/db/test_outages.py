"""What the database calls an outage is what `flakeguard score` calls one, whatever the history."""

import random

import pytest

from app.core.infra import find_dropped, infra_signatures, tally
from app.core.model import TestId
from app.core.names import Names
from app.db.cases import list_known_cases
from app.db.histories import read_histories
from app.db.outages import find_outages
from tests.db.stored_runs import Stored, add_repository, store

NAMES = Names(full_name="acme/web", default_branch="main")

TESTS = [f"test_{number:02}" for number in range(40)]


def history(seed):
    """Runs of forty tests: a few flakes, a daily message on many of them, a service that is away, machines that fail."""
    rng = random.Random(seed)
    for run in range(1, 31):
        failing = {name for name in TESTS if rng.random() < 0.015}
        event = rng.choice(["", "", "", "away", "machine", "daily"])
        share = {"": 0, "away": rng.randint(2, 9), "machine": rng.randint(12, 30), "daily": rng.randint(3, 5)}[event]
        hit = set(rng.sample(TESTS, share))
        yield run, {name: "F" if name in failing | hit else "P" for name in TESTS}, event, hit


async def fill(conn, seed):
    repo_id = await add_repository(conn)
    for run, tests, event, hit in history(seed):
        attempt = await store(conn, repo_id, Stored(run=run, tests=tests))
        await conn.execute(
            "UPDATE fg_occurrence AS o SET failure_loose_signature = $3 FROM fg_test_case AS test"
            " WHERE test.id = o.test_id AND o.workflow_run = $1 AND test.name = ANY ($2) AND outcome = 'failed'",
            attempt, sorted(hit), event,
        )  # fmt: skip
    return repo_id


@pytest.mark.parametrize("seed", range(4))
async def test_stored_runs_and_a_read_history_lose_the_same_failures(conn, seed):
    repo_id = await fill(conn, seed)
    tests = [TestId(case.id) for case in await list_known_cases(conn, repo_id, [])]
    histories = await read_histories(conn, repo_id, tests, names=NAMES, runs_each=100)
    expected = find_dropped(tally(histories.values()))
    found = await find_outages(conn, repo_id, [(run, 1) for run in range(1, 31)])
    assert (found.attempts, found.incidents, found.signatures) == (
        expected.attempts,
        expected.incidents,
        expected.signatures,
    )
    assert expected.attempts
    assert expected.signatures
    assert expected.incidents - expected.attempts


async def test_a_message_that_many_tests_fail_with_every_day_is_learnt_from_the_stored_runs(conn):
    repo_id = await add_repository(conn)
    for run in range(1, 12):
        await store(conn, repo_id, Stored(run=run, tests={name: "F" if name < "test_08" else "P" for name in TESTS}))
    await conn.execute("UPDATE fg_occurrence SET failure_loose_signature = 'daily' WHERE outcome = 'failed'")
    assert infra_signatures({"daily": 8}, 40) == {"daily"}
    assert (await find_outages(conn, repo_id, [(11, 1)])).signatures == frozenset()
    assert (await find_outages(conn, repo_id, [(1, 1)])).signatures == {(1, 1, "daily")}
