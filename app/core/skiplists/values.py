"""What is asked for and what is answered: quarantined tests, a runner, and the text that this runner understands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from app.core.model import TestId


class Format(StrEnum):
    """Who reads the list: a program, or one of the runners."""

    JSON = "json"
    PYTEST = "pytest"
    JEST = "jest"
    GO = "go"
    GRADLE = "gradle"
    SUREFIRE = "surefire"
    RSPEC = "rspec"
    NEXTEST = "nextest"


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantinedTest:
    """A test that must not fail a build for now, under the name that we keep (`identity.case_name`).

    `file` is its path in the repository, None where no report told it. `variant` is the job that it flakes in, None for
    all. `until` is when the quarantine ends by itself.
    """

    test_id: TestId
    name: str
    classname: str = ""
    suite: str = ""
    file: str | None = None
    variant: str | None = None
    reason: str = ""
    issue_url: str | None = None
    until: datetime | None = None

    @property
    def why(self) -> str:
        """What a runner says about a test that it left out, in one line of printable characters."""
        parts = ("quarantined by FlakeGuard", self.reason, self.issue_url or "")
        said = ": ".join(part for part in parts if part)
        return "".join(letter if letter.isprintable() else " " for letter in said)[:500]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A quarantined test that is not in the text and runs as ever, and why, in words of ours alone."""

    test_id: TestId
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SkipList:
    """A text for one runner. It names no test that is not quarantined, even where that leaves out one that is."""

    text: str
    media_type: str
    refused: tuple[Refused, ...]


class Unsayable(ValueError):
    """This test cannot be named to this runner without naming another; the message says why."""
