"""Broken, flaky, infra or a new failure: whole histories, a letter a run of the default branch, and how they are judged."""

import pytest

from app.core.infra import Dropped
from app.core.model import Recommendation, Standing
from app.core.score import Thresholds, judge
from tests.core.ci_story import HOME, story

HEALTHY, SUSPECT, FLAKY, BROKEN = Standing.HEALTHY, Standing.SUSPECT, Standing.FLAKY, Standing.BROKEN

FORK = {"first": 20, "pull": 7, "head_repository": "mallory/shop"}
PULL = {"first": 20, "pull": 7}
WINDOWS = {"job": "windows"}
BRANCH = {"first": 20, "branch": "feature", "is_default_branch": False}
HOT_SPOT = [(marks, {"first": 20 + 10 * n, "pull": n}) for n, marks in enumerate(["FP", "PFP", "FFP", "FP", "FP"], 1)]

TABLE = [
    ("never ran", "", [], HEALTHY, None),
    ("always passed", "PPPPPPPPPPPP", [], HEALTHY, None),
    ("was skipped only", "SSSSSS", [], HEALTHY, None),
    ("failed once, just now", "PPPPPPPPPPPF", [], HEALTHY, None),
    ("failed twice, just now", "PPPPPPPPPPFF", [], HEALTHY, None),
    ("broken by the latest commits", "PPPPPPPPPFFF", [], BROKEN, 10),
    ("broken, and re-runs did not help", "PPPPPPPPPAAA", [], BROKEN, 10),
    ("broken and mended", "PPPPFFFFPPPP", [], HEALTHY, None),
    ("broken for a run and mended", "PPPPPPFPPPPP", [], HEALTHY, None),
    ("broken for two runs and mended", "PPPPPPFFPPPP", [], HEALTHY, None),
    ("broken twice, each for long", "PPFFFPPPFFFFPP", [], HEALTHY, None),
    ("always failed", "FFFFFFFFFFFF", [], BROKEN, 1),
    ("always failed, whoever tried again", "AAAAAA", [], BROKEN, 1),
    ("failed from its first run on, then mended", "FFFFPPPPPPPP", [], HEALTHY, None),
    ("passed when retried, once", "PPPPPPMPPPPP", [], SUSPECT, None),
    ("passed when re-run, once", "PPPPPPRPPPPP", [], SUSPECT, None),
    ("passed when retried, twice", "PPPMPPMPPPPP", [], FLAKY, None),
    ("passed when re-run, twice", "PPRPPPPRPPPP", [], FLAKY, None),
    ("passed when re-run, twice in few runs", "PRPRP", [], SUSPECT, None),
    ("failed shortly, three times", "PFPPPFPPPFPP", [], FLAKY, None),
    ("fails in every second run, and is retried", "PMPMPMPMPMPM", [], FLAKY, None),
    ("fails in every second run, and never is", "PFPFPFPFPFPF", [], FLAKY, None),
    ("fails in two runs of three", "PFFPFFRFFPFF", [], FLAKY, None),
    ("flaky, then broken", "PPRPPRPPPFFF", [], BROKEN, 10),
    ("flaky, then failed twice", "PPRPPRPPPPFF", [], FLAKY, None),
    ("flaky often, with a streak that its rate explains", "PFFPFFPRFFPFFF", [], FLAKY, None),
    ("flaky often, with a streak that it does not", "PFFPFFPRFFPFFFFFFF", [], BROKEN, 12),
    ("broken, then flaky", "PFFFFFPRPPPRPPP", [], FLAKY, None),
    ("fails six of the last ten", "PPPPPPFFPFPFFPFF", [], BROKEN, 7),
    ("flaked long ago", "RR" + "P" * 48, [], SUSPECT, None),
    ("flaked before the window", "RR" + "P" * 50, [], HEALTHY, None),
    ("flaky, passes for a while", "RRRR" + "P" * 30, [], FLAKY, None),
    ("a pull request's own bug", "PPPPPPPP", [("FFF", PULL)], HEALTHY, None),
    ("a pull request's own bug, mended by the next commit", "PPPPPPPP", [("FP", PULL)], HEALTHY, None),
    ("a hot spot that many pull requests break", "PPPPPPPP", HOT_SPOT, HEALTHY, None),
    ("a hot spot that is broken now", "PPPPPPPPFFF", HOT_SPOT, BROKEN, 9),
    ("flaky, and broken by a pull request", "PPRPPPRPPPPP", [("FFF", {**PULL, "signature": "bug"})], FLAKY, None),
    ("flaked on a pull request only", "PPPPPPPPPP", [("RR", PULL)], FLAKY, None),
    ("flaked in forks only", "PPPPPPPPPP", [("RRRR", FORK)], SUSPECT, None),
    ("flaked in forks and at home", "PPPPRPPPPP", [("RRRR", FORK)], FLAKY, None),
    ("failed shortly here and there", "PPPFPPPPPPFP", [("PFP", PULL)], FLAKY, None),
    ("failed on a branch of somebody's", "PPPPPPPPPP", [("FFF", BRANCH)], HEALTHY, None),
    ("broken on one leg", "P" * 12, [("PPPPPPPPPFFF", WINDOWS)], BROKEN, 10),
    ("flaky on one leg", "P" * 12, [("PPRPPPPRPPPP", WINDOWS)], FLAKY, None),
    ("flaky on one leg, broken on another", "PPPPPPPPPFFF", [("PPRPPPPRPPPP", WINDOWS)], BROKEN, 10),
    ("broken on a leg that was taken out", "P" * 70, [("PPPFFF", WINDOWS)], HEALTHY, None),
]
OUTAGES = [
    ("an outage", "PPPPPPFPPPPP", {7}, HEALTHY),
    ("an outage that a re-run survived", "PPPPPPRPPPPP", {7}, HEALTHY),
    ("flaky, and an outage", "PPRPPPPRPFPP", {10}, FLAKY),
    ("broken, a part of it hidden by an outage", "PPPPPPPPPFFFF", {11}, BROKEN),
    ("nothing but outages", "FFF", {1, 2, 3}, HEALTHY),
    ("outages around a regression that is mended", "PPPFFFFPPP", {4, 6}, HEALTHY),
]
RECOMMENDED = {FLAKY: Recommendation.QUARANTINE, SUSPECT: Recommendation.WARN}


def judged(executions, **options):
    return judge(executions, thresholds=Thresholds(), repository=HOME, **options)


@pytest.mark.parametrize(
    ("main", "others", "standing", "since"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_a_history_is_judged_by_what_it_proves(main, others, standing, since):
    executions = story(main) + [one for marks, fields in others for one in story(marks, **fields)]
    score = judged(executions)
    assert score.standing is standing
    assert score.recommendation is RECOMMENDED.get(standing, Recommendation.NONE)
    assert score.broken_since == (f"head-{since}" if since else None)


@pytest.mark.parametrize(("main", "runs", "standing"), [row[1:] for row in OUTAGES], ids=[row[0] for row in OUTAGES])
def test_what_an_outage_did_proves_nothing(main, runs, standing):
    assert judged(story(main), dropped=Dropped(attempts=frozenset((run, 1) for run in runs))).standing is standing


def test_there_are_as_many_cases_as_were_asked_for():
    assert len(TABLE) + len(OUTAGES) >= 41
