"""What a repository asks of us: `.github/flakeguard.yml`, read strictly. A broken file is an error and never a default."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    ValidationInfo,
    model_validator,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from app.core.globs import any_name_matches, name_matches, path_matches, why_no_path_glob
from app.core.model import CaseName
from app.core.patterns import compile_pattern
from app.core.policy_words import problems_of
from app.core.policy_yaml import BrokenPolicy, Problem, read
from app.core.score import Thresholds

__all__ = ["DEFAULT", "BrokenPolicy", "Policy", "Problem", "load", "schema"]

_MOST_GLOBS = 100


class QuarantineMode(StrEnum):
    """What happens when a test reaches the quarantine threshold."""

    OFF = "off"
    PROPOSE = "propose"
    AUTO = "auto"


class CommentWhen(StrEnum):
    """Which pull requests get a comment."""

    FAILURES = "failures"
    ALWAYS = "always"
    NEVER = "never"


class LogsWhen(StrEnum):
    """Which job logs are read: `auto` reads those of failed jobs and of jobs without a report."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


def _path_glob(glob: str) -> str:
    if why := why_no_path_glob(glob):
        raise ValueError(why)
    return glob


def _pattern(pattern: str) -> str:
    compile_pattern(pattern)
    return pattern


def _said(value: object, info: ValidationInfo) -> object:
    """Refuse a key of a file with nothing behind it. In the database, null stands for what the file left out."""
    if value is None and info.context is _FROM_A_FILE:
        raise PydanticCustomError("nothing_said", "nothing is said here")
    return value


def _without_default(made: JsonDict) -> None:
    del made["default"]


def _without_null(made: JsonDict) -> None:
    """Take from the schema the null that only the database knows."""
    _without_default(made)
    if isinstance(kinds := made.pop("anyOf"), list) and isinstance(kinds[0], dict):
        made |= kinds[0]


_FROM_A_FILE = {"from": "file"}
"""The context in which a file is read: what was read once is not held to rules that came later."""

_Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
_Glob = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=r"^[^\x00-\x1f]+$")]
_Label = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=r"^[^\x00-\x1f]+$")]
_PathGlob = Annotated[_Glob, AfterValidator(_path_glob)]
_Team = Annotated[str, StringConstraints(pattern=r"^@[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$")]
_Own = BeforeValidator(_said), Field(json_schema_extra=_without_null)
_OwnShare = Annotated[_Share | None, *_Own]
_OwnMode = Annotated[QuarantineMode | None, *_Own]
_Globs = Annotated[tuple[_Glob, ...], Field(max_length=_MOST_GLOBS)]
_PathGlobs = Annotated[tuple[_PathGlob, ...], Field(max_length=_MOST_GLOBS)]
_Labels = Annotated[tuple[_Label, ...], Field(max_length=20)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Quarantine(_Section):
    mode: QuarantineMode = Field(QuarantineMode.PROPOSE, description="off, propose (a person decides) or auto")
    duration_days: int = Field(30, ge=1, le=365, description="days until a quarantine ends by itself")
    max_tests: int = Field(10, ge=0, le=1_000, description="tests that may be in quarantine at the same time")
    labels_required: _Labels = Field((), description="proposals are shown on pull requests that carry all of these")


class Issues(_Section):
    enabled: bool = Field(True, description="open issues for flaky tests")
    labels: _Labels = Field(("flaky-test",), description="labels of these issues")
    max_per_day: int = Field(5, ge=0, le=100, description="issues opened a UTC day; the rest waits for the next one")
    reopen_days: int = Field(10, ge=0, le=365, description="days in which a new failure reopens a closed issue")


class Comment(_Section):
    when: CommentWhen = Field(CommentWhen.FAILURES, description="failures, always or never")


class Check(_Section):
    enabled: bool = Field(True, description="write the check run FlakeGuard")


class Rerun(_Section):
    enabled: bool = Field(False, description="re-run failed jobs when each of their failed tests is known to be flaky")
    max_per_day: int = Field(10, ge=0, le=100, description="re-runs a UTC day, those by command included")


class Reports(_Section):
    artifacts: _Globs = Field(("*",), description="globs of artifact names that are looked into")
    files: _PathGlobs = Field(("**",), description="globs of report files inside them")
    logs: LogsWhen = Field(LogsWhen.AUTO, description="auto, always or never")
    jobs: Annotated[Mapping[_Glob, _Glob], Field(max_length=_MOST_GLOBS)] = Field(
        {}, description="artifact glob: glob of the job that uploads it"
    )


class TeamQuarantine(_Section):
    mode: _OwnMode = Field(None, description="off, propose or auto for this team's tests")


class Team(_Section):
    """What is different for the tests that CODEOWNERS gives to a team; what is not said here is the policy's."""

    warn_threshold: _OwnShare = Field(None, description="as above, for this team's tests")
    quarantine_threshold: _OwnShare = Field(None, description="as above, for this team's tests")
    quarantine: TeamQuarantine = Field(TeamQuarantine(), json_schema_extra=_without_default)


class Infra(_Section):
    pattern: Annotated[str, AfterValidator(_pattern)] = Field(
        description="expression that such a failure's log line has"
    )
    name: Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f]+$")] = Field(
        description="what it is called when we speak of it"
    )


class Digest(_Section):
    issue: bool = Field(False, description="keep one issue that gathers what the daily limit held back")


class Policy(_Section):
    """All that a policy file can say, with what is in force where it says nothing."""

    version: int = Field(1, ge=1, le=1, description="version of this format")
    window_size: int = Field(50, ge=10, le=500, description="latest runs of a test that count")
    warn_threshold: _Share = Field(0.3, description="score from which a test is reported as flaky")
    quarantine_threshold: _Share = Field(0.6, description="score from which quarantine is proposed")
    min_runs: int = Field(10, ge=1, le=500, description="runs that a test needs before it is called flaky")
    min_failures: int = Field(2, ge=1, le=500, description="failing runs that it needs, too")
    quarantine: Quarantine = Quarantine()
    issues: Issues = Issues()
    comment: Comment = Comment()
    check: Check = Check()
    rerun: Rerun = Rerun()
    reports: Reports = Reports()
    exclude: _PathGlobs = Field((), description="globs of test files whose results are stored but never acted on")
    exempt_tests: _Globs = Field((), description="globs of test names that are never quarantined")
    teams: Annotated[Mapping[_Team, Team], Field(max_length=_MOST_GLOBS)] = Field(
        {}, description="@org/team: what is different for its tests"
    )
    infra: Annotated[tuple[Infra, ...], Field(max_length=50)] = Field((), description="further infrastructure failures")
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
            if first != team and info.context is _FROM_A_FILE:
                message = f"{team} is {first} again: GitHub does not tell small letters from capitals here"
                raise _contradiction(message, ("teams", team, "[key]"))
        return self

    def for_team(self, team: str) -> "Policy":
        """Return the policy as it is for the tests of one team, `@org/team`; the same where it says nothing of it."""
        ours = next((said for name, said in self.teams.items() if name.casefold() == team.casefold()), None)
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
        """Return all of it as JSON values: what fg_repository.policy keeps."""
        return self.model_dump(mode="json")

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
        return Policy.model_validate_json(json.dumps(document.data), context=_FROM_A_FILE)
    except ValidationError as error:
        raise BrokenPolicy(problems_of(error, document, Policy)) from error


def schema() -> dict[str, object]:
    """Return the JSON Schema of policy files, for editors."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Policy.model_json_schema(),
        "title": "FlakeGuard policy",
    }
