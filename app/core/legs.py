"""On which legs of a matrix a test flakes, where the others are clean for more than by chance."""

from collections import defaultdict

from app.core.history import History
from app.core.model import Legs
from app.core.rates import CHANCE, runs_that_flaked, share_of


def find_legs(history: History) -> Legs | None:
    """Return the jobs on which a test that is known to be flaky flakes only, None where nothing can be said.

    The other legs' runs say something where a test that flakes there as often would have shown it but in one case of
    twenty: (1 - rate) ** runs < 0.05, with the rate of the flaking legs by Jeffreys' prior.
    """
    flaked, broken = runs_that_flaked(history)
    runs: defaultdict[str, set[int]] = defaultdict(set)
    hits: defaultdict[str, set[int]] = defaultdict(set)
    for run in (run for own in history.variants for run in own if run.index not in broken):
        job = run.turns[0].job
        runs[job].add(run.index)
        if run.index in flaked and run.failed:
            hits[job].add(run.index)
    clean = sorted(job for job in runs if job not in hits)
    if not hits or not clean:
        return None
    flaked_in = sum(len(own) for own in hits.values())
    of = sum(len(runs[job]) for job in hits)
    others = sum(len(runs[job]) for job in clean)
    if (1.0 - share_of(flaked_in, of)) ** others >= CHANCE:
        return None
    return Legs(jobs=tuple(sorted(hits)), flaked=flaked_in, runs=of, others=len(clean), others_runs=others)
