"""What is told, in words for people: a headline and a line or two, in whichever notation a chat has."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.counts import count
from app.core.hooks.body import Body, IncidentTold, IssueTold, QuarantineTold, RepositoryTold, StandingTold, TestTold
from app.core.model import CaseName, DecisionState
from app.core.pull_report import name_of

_NAMED = 3
_DECIDED = {
    DecisionState.PROPOSED: "is proposed for quarantine",
    DecisionState.ACTIVE: "is in quarantine",
    DecisionState.EXPIRED: "is neither in quarantine nor proposed for it any more",
    DecisionState.DISMISSED: "is not put into quarantine: the proposal was dismissed",
    DecisionState.RESOLVED: "is out of quarantine",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notation:
    """How a chat writes things. `code` makes a stranger's text harmless, `link` takes a label of ours and an address."""

    code: Callable[[str], str]
    link: Callable[[str, str], str]


def in_words(body: Body, write: Notation) -> list[str]:
    """Return the lines of a message, the headline first."""
    match body:
        case Body(test=TestTold() as test, standing=StandingTold() as standing):
            lines = _standing(test, standing, write)
        case Body(test=TestTold() as test, quarantine=QuarantineTold() as decided):
            lines = _quarantine(test, decided, write)
        case Body(issue=IssueTold() as issue):
            lines = _issue(body.action, issue, write)
        case Body(incident=IncidentTold() as incident):
            lines = _incident(incident, write)
        case _:
            lines = [f"{body.event} {body.action}"]
    return [f"{_repository(body.repository, write)}: {lines[0]}", *lines[1:]]


def _repository(repository: RepositoryTold, write: Notation) -> str:
    return write.code(f"{repository.owner}/{repository.name}")


def _test(test: TestTold, write: Notation) -> str:
    return write.code(name_of(CaseName(suite=test.suite, class_name=test.class_name, name=test.name)))


def _standing(test: TestTold, told: StandingTold, write: Notation) -> list[str]:
    figures = f"Score {told.score:.2f}; it failed in {told.failures} of {count(told.runs, 'run')} and flaked in {told.flake_rate:.0%}."
    proof = told.evidence
    addresses = {
        "failed here": None if proof is None else proof.failed_url,
        "passed here": None if proof is None else proof.passed_url,
        "all about it": test.page,
    }
    return [
        f"{_test(test, write)} is {told.after.value} now; it was {told.before.value}.",
        *([figures] if told.runs else []),
        *_links(addresses, write),
    ]


def _quarantine(test: TestTold, told: QuarantineTold, write: Notation) -> list[str]:
    until = f" until {told.until:%Y-%m-%d %H:%M} UTC" if told.until is not None else ""
    return [
        f"{_test(test, write)} {_DECIDED[told.state]}{until}.",
        f"By {write.code(told.by)}: {write.code(told.why)}",
        *_links({"all about it": test.page}, write),
    ]


def _issue(action: str, told: IssueTold, write: Notation) -> list[str]:
    by = f" by {write.code(told.by)}" if told.by else ""
    named = [_test(one, write) for one in told.tests[:_NAMED]]
    more = told.tests_total - len(named)
    about = [*named, f"{more} {'more' if named else 'tests'}"] if more > 0 else named
    return [f"{write.link(f'issue #{told.number}', told.url)} was {action}{by}.", f"About {', '.join(about)}."]


def _incident(told: IncidentTold, write: Notation) -> list[str]:
    where = f" on {write.code(told.branch)}" if told.branch else ""
    return [
        f"{told.failures} of {count(told.tests, 'test')} failed together in {write.code(told.workflow)}{where}.",
        "An outage, or a change that broke everything: it is held against no test.",
        *_links({"the run": told.url, "all about it": told.page}, write),
    ]


def _links(addresses: dict[str, str | None], write: Notation) -> Sequence[str]:
    made = [write.link(label, url) for label, url in addresses.items() if url]
    return [" · ".join(made)] if made else []
