"""Where people can look at an execution: the page of its job, and the line at which it failed."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

from app.core.grades import GRADES
from app.core.model import Evidence, Place
from app.core.text import commit, link

RunUrl = Callable[[int, int], str | None]
"""Gives the address of an attempt, by run id and attempt; None where nobody can look at it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenAt:
    """What is stored of a place. `log_line` counts the lines of the job's log from 1; None where it was not read there."""

    job_url: str | None
    log_line: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sights:
    """What is known of the places of some evidence, and the addresses of attempts for those of which nothing is."""

    places: Mapping[Place, SeenAt]
    run_url: RunUrl

    def link_to(self, place: Place) -> str:
        """Return the attempt as a link to its job, with the line of its log where that is known."""
        seen = self.places.get(place)
        url = (seen.job_url if seen else None) or self.run_url(place.run_id, place.run_attempt)
        line = f", line {seen.log_line} of its log" if seen and seen.log_line else ""
        if url is None:
            # The number of a build elsewhere is ours, and says nothing to anybody.
            return f"attempt {place.run_attempt}"
        return link(f"run {place.run_id} attempt {place.run_attempt}", url) + line

    def pair(self, one: Evidence) -> tuple[str, str | None]:
        """Return the failure and the pass of a piece of evidence; None where it has no pass.

        Both tries of one job have one page: a second link to it would look like another proof, so words say where it is.
        """
        failed, passed = self.link_to(one.failed), one.passed
        if passed is None:
            return failed, None
        if replace(passed, ordinal=one.failed.ordinal) != one.failed:
            return failed, self.link_to(passed)
        first = f", try {one.failed.ordinal}" if one.failed.ordinal > 1 else ""
        return failed + first, f"the same job, try {passed.ordinal}"


def evidence_cells(one: Evidence, sights: Sights) -> tuple[str, str, str, str, str]:
    """Return what a table shows of a piece of evidence: when it was, what it is, its failure, its pass and its commit."""
    failed, passed = sights.pair(one)
    what = f"{one.grade}: {GRADES[one.grade]}"
    return f"{one.at:%Y-%m-%d %H:%M}", what, failed, passed or "", commit(one.head_sha)


def places_of(evidence: Iterable[Evidence]) -> frozenset[Place]:
    """Return the places of the failures and passes of some evidence."""
    return frozenset(place for one in evidence for place in (one.failed, one.passed) if place is not None)
