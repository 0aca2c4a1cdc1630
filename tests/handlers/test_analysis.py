"""The services that judge stored tests, propose what should become of them and record it, over the sample data."""

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from app.core.decisions import Refusal
from app.core.model import DecisionState, RepoId, Standing, TestId
from app.core.policy import DEFAULT
from app.db.connection import connect
from app.db.decisions import count_passes_since, list_latest_decisions, list_open_decisions
from app.db.impact import NO_IMPACT, measure_impact
from app.db.scores import get_scores
from app.handlers.analysis import FlakeAnalysisConfig, analyze_test_flakiness
from app.handlers.bot import know
from app.handlers.proposals import generate_quarantine_proposals, quarantine_test
from app.handlers.rules import follow_rules
from tests.told import UNTIL, told_url

REPO = RepoId(1)


@pytest.fixture
def seeded(server_url):
    return told_url(server_url)


@pytest.fixture
async def conn(seeded):
    """A connection to the first repository's story; what a test writes is taken back."""
    connection = await connect(seeded)
    transaction = connection.transaction()
    await transaction.start()
    yield connection
    await transaction.rollback()
    await connection.close()


@pytest.fixture
async def repo(conn):
    return await know(conn, REPO)


@pytest.fixture
async def tests(conn):
    """The ids of the tests by their names."""
    rows = await conn.fetch("SELECT id, name FROM fg_test_case ORDER BY id")
    return {row["name"]: TestId(row["id"]) for row in rows}


async def undecide(conn, test):
    """Make it as if nothing had been decided about a test."""
    await conn.execute("UPDATE fg_quarantine_decision SET previous_id = NULL")
    await conn.execute("DELETE FROM fg_quarantine_decision WHERE test_id = $1", test)


def under(repo, **changes):
    policy = DEFAULT.model_copy(
        update={
            "exempt_tests": changes.pop("exempt_tests", ()),
            "quarantine": DEFAULT.quarantine.model_copy(update=changes),
        }
    )
    return replace(repo, policy=policy)


@pytest.mark.parametrize("batch", [1, 7, 200])
async def test_an_analysis_says_what_is_stored_whatever_the_batch(conn, repo, tests, batch):
    ids = list(tests.values())
    found = await analyze_test_flakiness(conn, repo, ids, FlakeAnalysisConfig(batch=batch))
    assert [one.test for one in found] == ids
    stored = await get_scores(conn, REPO, ids)
    assert {one.test: one.score for one in found if one.test in stored} == stored
    assert {one.standing for one in found if one.test not in stored} == {Standing.HEALTHY}


async def test_an_analysis_by_other_thresholds_writes_nothing(conn, repo, tests):
    test = tests["should_handle_timeout"]
    before = await get_scores(conn, REPO, [test])
    strict = FlakeAnalysisConfig(min_runs=500, window_size=20)
    [found] = await analyze_test_flakiness(conn, repo, [test, TestId(999_999)], strict)
    assert found.standing is Standing.SUSPECT
    assert found.score.runs == 20
    assert found.case.name == "should_handle_timeout"
    assert len(found.evidence) == found.score.failures
    assert await get_scores(conn, REPO, [test]) == before


async def test_nothing_is_proposed_for_a_test_about_which_something_is_decided(conn, repo):
    assert await generate_quarantine_proposals(conn, repo, UNTIL) == []


async def test_a_proposal_says_why_and_what_the_test_has_cost(conn, repo, tests):
    await undecide(conn, tests["should_handle_timeout"])
    [one] = await generate_quarantine_proposals(conn, repo, UNTIL)
    assert one.test == tests["should_handle_timeout"]
    assert (one.state, one.until) == (DecisionState.PROPOSED, None)
    assert one.rationale.startswith("score 1.00, flaked in 2")
    assert one.candidate.proofs
    impact = one.candidate.impact
    assert impact.runs >= impact.pulls > 0
    assert impact.minutes_lost > 0
    assert one.test not in {made.test_id for made in await list_open_decisions(conn, REPO)}, "it was not asked for"


async def test_a_proposal_that_is_stored_is_the_rules_own_decision_and_not_made_twice(conn, repo, tests):
    test = tests["should_handle_timeout"]
    await undecide(conn, test)
    assert len(await generate_quarantine_proposals(conn, repo, UNTIL, is_storing=True)) == 1
    [made] = [one for one in await list_open_decisions(conn, REPO) if one.test_id == test]
    assert (made.state, made.by_user, made.decided_at) == (DecisionState.PROPOSED, None, UNTIL)
    actor = await conn.fetchval("SELECT actor FROM fg_audit ORDER BY id DESC LIMIT 1")
    assert actor == "flakeguard"
    assert await generate_quarantine_proposals(conn, repo, UNTIL, is_storing=True) == []


@pytest.mark.parametrize(
    "policy",
    [{"mode": "off"}, {"exempt_tests": ("should_handle_*",)}, {"max_tests": 0}],
    ids=lambda one: next(iter(one)),
)
async def test_what_the_policy_forbids_is_not_proposed(conn, repo, tests, policy):
    await undecide(conn, tests["should_handle_timeout"])
    assert await generate_quarantine_proposals(conn, under(repo, **policy), UNTIL) == []


@pytest.mark.parametrize("is_storing", [False, True])
async def test_by_itself_the_policy_quarantines_as_many_as_it_allows(conn, repo, tests, is_storing):
    for name in ("should_handle_timeout", "should_handle_concurrent_writes"):
        await undecide(conn, tests[name])
    auto = under(repo, mode="auto", max_tests=1)
    [one] = await generate_quarantine_proposals(conn, auto, UNTIL, is_storing=is_storing)
    assert (one.state, one.until) == (DecisionState.ACTIVE, UNTIL + timedelta(days=30))


async def test_surer_tests_only_can_be_asked_for(conn, repo, tests):
    await undecide(conn, tests["should_handle_timeout"])
    sure = FlakeAnalysisConfig(quarantine_threshold=1.0)
    assert await generate_quarantine_proposals(conn, repo, UNTIL, sure) == []


async def ask(conn, repo, test, **changes):
    said = {"by": "maria", "until": UNTIL + timedelta(days=3), "because": "I am on it", "now": UNTIL, **changes}
    return await quarantine_test(conn, repo, test, **said)


async def test_a_persons_quarantine_is_recorded_and_shown(conn, repo, tests):
    test = tests["should_validate_jwt_token"]
    assert await ask(conn, repo, test) is None
    [made] = [one for one in await list_open_decisions(conn, REPO) if one.test_id == test]
    assert (made.state, made.by_user, made.rationale) == (DecisionState.ACTIVE, "maria", "I am on it")
    assert made.until == UNTIL + timedelta(days=3)
    last = await conn.fetchrow("SELECT actor, action, test_id FROM fg_audit ORDER BY id DESC LIMIT 1")
    assert tuple(last) == ("maria", "ACTIVE", test)
    assert await conn.fetchval("SELECT count(*) FROM pgqueuer WHERE entrypoint = 'SyncIssue'") == 1


async def test_without_an_end_it_lasts_as_long_as_the_policy_says(conn, repo, tests):
    test = tests["should_validate_jwt_token"]
    assert await ask(conn, under(repo, duration_days=9), test, until=None, because=None) is None
    [made] = [one for one in await list_open_decisions(conn, REPO) if one.test_id == test]
    assert made.until == UNTIL + timedelta(days=9)


@pytest.mark.parametrize(
    ("policy", "changes", "why"),
    [
        ({"mode": "off"}, {}, "switches quarantine off"),
        ({"max_tests": 1}, {}, "quarantine is full"),
        ({"exempt_tests": ("should_validate*",)}, {}, "exempts this test"),
        ({}, {"until": UNTIL - timedelta(days=1)}, "lasts an hour at least"),
    ],
    ids=["off", "full", "exempt", "past"],
)
async def test_a_refusal_says_why(conn, repo, tests, policy, changes, why):
    refusal = await ask(conn, under(repo, **policy), tests["should_validate_jwt_token"], **changes)
    assert isinstance(refusal, Refusal)
    assert why in refusal.why


async def test_an_unknown_test_is_refused(conn, repo):
    assert await ask(conn, repo, TestId(999_999)) == Refusal(why="this test is not known")


async def impact_of(conn, test):
    return await conn.fetchval(
        "SELECT impact FROM fg_quarantine_decision WHERE test_id = $1 ORDER BY id DESC LIMIT 1", test
    )


async def test_a_decision_keeps_what_the_test_had_cost_whoever_made_it(conn, repo, tests):
    by_rule, by_person = tests["should_handle_timeout"], tests["should_validate_jwt_token"]
    await undecide(conn, by_rule)
    assert await follow_rules(conn, repo, [by_rule], UNTIL) == [by_rule]
    assert await ask(conn, repo, by_person) is None
    impacts = await measure_impact(conn, REPO, [by_rule, by_person], UNTIL)
    assert impacts[by_rule].runs > 0
    assert await impact_of(conn, by_rule) == asdict(impacts[by_rule]) | {"caught": [], "teams": []}
    assert await impact_of(conn, by_person) == asdict(NO_IMPACT) | {"caught": [], "teams": []}


async def test_the_same_word_heard_twice_is_one_deed(conn, repo, tests):
    test = tests["should_validate_jwt_token"]
    decisions = []
    for _ in range(2):
        assert await ask(conn, repo, test) is None
        decisions.append(await list_latest_decisions(conn, REPO, [test]))
    assert decisions[0] == decisions[1]
    assert await conn.fetchval("SELECT count(*) FROM fg_audit WHERE test_id = $1", test) == 1


async def test_a_word_at_the_moment_of_the_rules_own_decision_is_heard(conn, repo, tests):
    test = tests["should_handle_timeout"]
    await undecide(conn, test)
    assert await follow_rules(conn, repo, [test], UNTIL) == [test]
    assert await ask(conn, repo, test) is None
    latest = (await list_latest_decisions(conn, REPO, [test]))[test]
    assert (latest.state, latest.by_user) == (DecisionState.ACTIVE, "maria")


async def test_a_quarantine_that_ends_makes_room_for_the_next_test(conn, repo, tests):
    first, second = tests["should_handle_concurrent_writes"], tests["should_handle_timeout"]
    for test in (first, second):
        await undecide(conn, test)
    auto = under(repo, mode="auto", max_tests=1, duration_days=1)
    assert await follow_rules(conn, auto, [first, second], UNTIL) == [first]
    later = UNTIL + timedelta(days=2)
    assert await follow_rules(conn, auto, [second, first], later) == [first, second]
    found = await list_latest_decisions(conn, REPO, [first, second])
    assert (found[first].state, found[second].state) == (DecisionState.EXPIRED, DecisionState.ACTIVE)


async def statements(conn, work):
    asked = []
    with conn.query_logger(asked.append):
        assert await work == []
    return [one.query for one in asked if "fg_" in one.query]


async def test_the_rules_read_as_often_for_all_tests_as_for_one(conn, repo, tests):
    await ask(conn, repo, tests["should_handle_timeout"])
    one = await statements(conn, follow_rules(conn, repo, [tests["should_handle_timeout"]], UNTIL))
    assert await statements(conn, follow_rules(conn, repo, list(tests.values()), UNTIL)) == one


async def test_the_passes_of_several_tests_are_counted_each_from_its_own_moment(conn, tests):
    test, other = tests["should_handle_timeout"], tests["should_validate_jwt_token"]
    alone = {
        one: (await count_passes_since(conn, REPO, {one: since}))[one]
        for one, since in ((test, UNTIL - timedelta(days=9)), (other, UNTIL - timedelta(days=3)))
    }
    moments = {test: UNTIL - timedelta(days=9), other: UNTIL - timedelta(days=3)}
    assert await count_passes_since(conn, REPO, moments) == alone
    passed = "SELECT count(*) FROM fg_occurrence WHERE test_id = $1 AND outcome = 'passed' AND created_at > $2"
    assert alone[other] == await conn.fetchval(passed, other, moments[other]) > 0, "it has never failed"
    assert await count_passes_since(conn, REPO, {test: UNTIL}) == {test: 0}
    assert await count_passes_since(conn, REPO, {}) == {}
