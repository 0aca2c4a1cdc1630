"""On which legs of a matrix a test flakes, where the others are clean for more than by chance."""

from collections import defaultdict

from app.core.chance import CHANCE, all_within
from app.core.history import History
from app.core.model import Legs
from app.core.rates import SortedRuns


def find_legs(history: History, sorted_runs: SortedRuns) -> Legs | None:
    """Return the jobs on which a test that is known to be flaky flakes only, None where nothing can be said.

    That all of its flakes fell on these legs says something where chance would do so in fewer than one case of twenty:
    Fisher's exact test of their runs against those of the others, times the number of legs, any of which might have
    been the clean one.
    """
    runs: defaultdict[str, set[int]] = defaultdict(set)
    hits: defaultdict[str, set[int]] = defaultdict(set)
    for run in (run for own in history.variants for run in own if run.index not in sorted_runs.broken):
        job = run.turns[0].job
        runs[job].add(run.index)
        if run.index in sorted_runs.flaked and run.failed:
            hits[job].add(run.index)
    clean = sorted(job for job in runs if job not in hits)
    if not hits or not clean:
        return None
    flaked_in = sum(len(own) for own in hits.values())
    theirs = sum(len(runs[job]) for job in hits)
    others = sum(len(runs[job]) for job in clean)
    if all_within(flaked_in, theirs, theirs + others) * len(runs) >= CHANCE:
        return None
    return Legs(jobs=tuple(sorted(hits)), flaked=flaked_in, runs=theirs, others=len(clean), others_runs=others)
