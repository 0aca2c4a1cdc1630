"""What a repository asks of us: `.github/flakeguard.yml`, read strictly. A broken file is an error and never a default."""

import json
from collections.abc import Iterable, Mapping
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, model_validator
from pydantic_core import PydanticCustomError

from app.core.globs import any_name_matches, name_matches, path_matches
from app.core.model import CaseName
from app.core.policy_values import (
    FROM_A_FILE,
    MOST_GLOBS,
    CommentWhen,
    Globs,
    InfraName,
    JobGlobs,
    Labels,
    LogsWhen,
    OwnMode,
    OwnShare,
    PathGlobs,
    Pattern,
    QuarantineMode,
    Share,
    TeamName,
    without_default,
)
from app.core.policy_words import problems_of
from app.core.policy_yaml import BrokenPolicy, Problem, read
from app.core.score import Thresholds

__all__ = ["DEFAULT", "BrokenPolicy", "Policy", "Problem", "load", "schema"]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Quarantine(_Section):
    """Tests whose known flakes do not fail the check, for a time."""

    mode: QuarantineMode = Field(
        QuarantineMode.PROPOSE,
        description="`propose`: a person decides; `auto`: it begins by itself; `off`: there is none, and those in force end",
    )
    duration_days: int = Field(
        30, ge=1, le=365, description="days until a quarantine ends by itself, unless a command names another time"
    )
    max_tests: int = Field(10, ge=0, le=1_000, description="tests that may be in quarantine at the same time")
    labels_required: Labels = Field(
        (), description="proposals are shown only on pull requests that carry all of these labels"
    )

    def shows_on(self, labels: Iterable[str]) -> bool:
        """Say whether proposals are shown on a pull request that carries those labels."""
        return set(self.labels_required) <= set(labels)


class Issues(_Section):
    """Issues that stand for flaky tests."""

    enabled: bool = Field(
        True,
        description="keep an issue for each flaky test, closed and reopened by evidence; a quarantine's reminders stand there, too",
    )
    labels: Labels = Field(("flaky-test",), description="labels of these issues")
    max_per_day: int = Field(
        5, ge=0, le=100, description="issues opened in a UTC day; what is over it is gathered in one digest issue"
    )
    reopen_days: int = Field(
        10,
        ge=0,
        le=365,
        description="days after we closed an issue in which a new flake reopens it, and so does a failure on the default branch like those before it; a later flake gets a new one",
    )


class Comment(_Section):
    """The one comment on a pull request."""

    when: CommentWhen = Field(
        CommentWhen.FAILURES,
        description="`failures`: where tests or their machine failed; `always`: on green pull requests, too; `never`: nowhere",
    )


class Check(_Section):
    """The check run of a commit."""

    enabled: bool = Field(True, description="write the check run FlakeGuard; FlakeGuard policy is written in any case")


class Rerun(_Section):
    """Failed jobs that are run again."""

    enabled: bool = Field(False, description="re-run failed jobs when each of their failed tests is known to be flaky")
    max_per_day: int = Field(10, ge=0, le=100, description="re-runs in a UTC day, those by command included")


class Reports(_Section):
    """What is read of a run."""

    artifacts: Globs = Field(("*",), description="globs of the names of artifacts that are looked into")
    files: PathGlobs = Field(("**",), description="globs of the report files inside them that are read")
    logs: LogsWhen = Field(
        LogsWhen.AUTO,
        description="`auto`: the logs of failed jobs, and of others without a report; `always`: of all jobs; `never`: of none",
    )
    jobs: JobGlobs = Field(
        {}, description="glob of artifact names: glob of the job that uploads them; the first that fits counts"
    )


class TeamQuarantine(_Section):
    """Quarantine of a team's tests."""

    mode: OwnMode = Field(None, description="`quarantine.mode` for this team's tests")


class Team(_Section):
    """What is different for the tests that CODEOWNERS gives to a team; what is not said here is the policy's."""

    warn_threshold: OwnShare = Field(None, description="`warn_threshold` for this team's tests")
    quarantine_threshold: OwnShare = Field(None, description="`quarantine_threshold` for this team's tests")
    quarantine: TeamQuarantine = Field(TeamQuarantine(), json_schema_extra=without_default)


class Infra(_Section):
    """A sign of a broken machine or service in the log of a failed job."""

    pattern: Pattern = Field(description="regular expression that is looked for in each line of a failed step")
    name: InfraName = Field(description="what failed, as people are told")


class Digest(_Section):
    """What is gathered for the whole repository."""

    issue: bool = Field(
        False, description="keep a weekly digest issue: what is new, gone and worst, and which quarantines end soon"
    )


class Policy(_Section):
    """All that a policy file can say, with what is in force where it says nothing."""

    version: int = Field(1, ge=1, le=1, description="version of this format; there is one so far")
    window_size: int = Field(50, ge=10, le=500, description="latest runs of a test that count")
    warn_threshold: Share = Field(0.3, description="score from which a test is suspected of being flaky")
    quarantine_threshold: Share = Field(
        0.6, description="score from which a test is called flaky: it gets an issue, and quarantine is proposed"
    )
    min_runs: int = Field(10, ge=1, le=500, description="runs that a test needs before it is called flaky")
    min_failures: int = Field(2, ge=1, le=500, description="failing runs that it needs before that")
    quarantine: Quarantine = Quarantine()
    issues: Issues = Issues()
    comment: Comment = Comment()
    check: Check = Check()
    rerun: Rerun = Rerun()
    reports: Reports = Reports()
    exclude: PathGlobs = Field((), description="globs of test files whose results are stored but never acted on")
    exempt_tests: Globs = Field(
        (), description="globs of tests that are never quarantined, by name, class.name or suite"
    )
    teams: Annotated[Mapping[TeamName, Team], Field(max_length=MOST_GLOBS)] = Field(
        {},
        description="@org/team: what is different for the tests that CODEOWNERS gives to it",
        json_schema_extra={"additionalProperties": False},
    )
    infra: Annotated[tuple[Infra, ...], Field(max_length=50)] = Field(
        (), description="your own signs of broken machines and services in a job's log"
    )
    digest: Digest = Digest()

    @property
    def thresholds(self) -> Thresholds:
        return Thresholds(
            window_size=self.window_size,
            warn_threshold=self.warn_threshold,
            quarantine_threshold=self.quarantine_threshold,
            min_runs=self.min_runs,
            min_failures=self.min_failures,
        )

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        for name in ("min_runs", "min_failures"):
            if getattr(self, name) > self.window_size:
                raise _contradiction(f"no test reaches it in a window of {self.window_size} runs", name, "window_size")
        policies: dict[tuple[str, ...], Policy] = {(): self}
        policies |= {("teams", team): self.for_team(team) for team in self.teams}
        for at, one in policies.items():
            if one.warn_threshold > one.quarantine_threshold:
                message = f"the warn threshold {one.warn_threshold:.15g} is over the quarantine threshold {one.quarantine_threshold:.15g}"
                raise _contradiction(message, (*at, "quarantine_threshold"), (*at, "warn_threshold"))
        return self

    @model_validator(mode="after")
    def _names_a_team_once(self, info: ValidationInfo) -> Self:
        known: dict[str, str] = {}
        for team in self.teams:
            first = known.setdefault(team.casefold(), team)
            if first != team and info.context is FROM_A_FILE:
                message = f"{team} is {first} again: GitHub does not tell small letters from capitals here"
                raise _contradiction(message, ("teams", team, "[key]"))
        return self

    def for_team(self, owners: str | None) -> "Policy":
        """Return the policy as it is for the tests of those owners, as CODEOWNERS names them: `@org/team @person`.

        The first of them that the policy names counts; where it names none, it is the policy itself.
        """
        known = {name.casefold(): team for name, team in self.teams.items()}
        ours = next((known[one] for one in (owners or "").casefold().split() if one in known), None)
        if ours is None:
            return self
        said = ours.model_dump(exclude_none=True, exclude={"quarantine"})
        quarantine = self.quarantine.model_copy(update=ours.quarantine.model_dump(exclude_none=True))
        return self.model_copy(update={**said, "quarantine": quarantine})

    def is_exempt(self, case: CaseName) -> bool:
        """Say whether the test is never quarantined: a glob matches its name, class.name or suite."""
        names = (case.name, f"{case.class_name}.{case.name}", case.suite)
        return any_name_matches((name for name in names if name), self.exempt_tests)

    def is_excluded(self, file: str | None) -> bool:
        """Say whether results of this test file, a path in the repository, are stored but never acted on."""
        return file is not None and any(path_matches(file, glob) for glob in self.exclude)

    def artifact_wanted(self, name: str) -> bool:
        """Say whether an artifact of this name may hold reports."""
        return any_name_matches((name,), self.reports.artifacts)

    def job_of_artifact(self, name: str) -> str | None:
        """Return the glob of the job that uploads the artifact, None where the policy names none."""
        return next((job for glob, job in self.reports.jobs.items() if name_matches(name, glob)), None)

    def to_json(self) -> dict[str, object]:
        """Return all of it as JSON values: what fg_repository.policy keeps.

        PostgreSQL sorts the keys of an object, so the jobs of artifacts, of which the first counts, are a list of pairs.
        """
        reports = self.reports.model_dump(mode="json") | {"jobs": [list(pair) for pair in self.reports.jobs.items()]}
        return self.model_dump(mode="json") | {"reports": reports}

    @classmethod
    def from_json(cls, stored: Mapping[str, object]) -> "Policy":
        """Return what to_json() returned once; keys that are new since then have their defaults."""
        return cls.model_validate_json(json.dumps(dict(stored)))


def _contradiction(message: str, *places: object) -> PydanticCustomError:
    """Make an error that names the paths where it may stand, the likeliest first."""
    paths = tuple(place if isinstance(place, tuple) else (place,) for place in places)
    return PydanticCustomError("contradiction", "{words}", {"words": message, "paths": paths})


DEFAULT = Policy()
"""In force where a repository has no policy file."""


def load(text: str | bytes) -> Policy:
    """Read a policy file of at most 64 KiB, or raise BrokenPolicy with the places of all that is wrong."""
    document = read(text)
    try:
        # From JSON, because strict models take lists for tuples and text for enums there and nowhere else.
        return Policy.model_validate_json(json.dumps(document.data), context=FROM_A_FILE)
    except ValidationError as error:
        raise BrokenPolicy(problems_of(error, document, Policy)) from error


def schema() -> dict[str, object]:
    """Return the JSON Schema of policy files, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Policy.model_json_schema(),
        "title": "FlakeGuard policy",
    }
