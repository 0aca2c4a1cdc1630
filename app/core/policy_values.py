"""What single values of a policy may be: globs, labels, teams, expressions, and choices of words."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    StringConstraints,
    ValidationInfo,
)
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from app.core.globs import why_no_path_glob
from app.core.patterns import LONGEST_PATTERN, compile_pattern

MOST_GLOBS = 100

FROM_A_FILE = {"from": "file"}
"""The context in which a file is read: what was read once is not held to rules that came later."""


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
    if value is None and info.context is FROM_A_FILE:
        raise PydanticCustomError("nothing_said", "nothing is said here")
    return value


def without_default(made: JsonDict) -> None:
    """Take the default from a key's schema: what is not said is said elsewhere."""
    del made["default"]


def _without_null(made: JsonDict) -> None:
    """Take from the schema the null that only the database knows."""
    without_default(made)
    if isinstance(kinds := made.pop("anyOf"), list) and isinstance(kinds[0], dict):
        made |= kinds[0]


def _from_pairs(value: object, info: ValidationInfo) -> object:
    """Take the list that the database has in the place of a mapping whose order counts."""
    return dict(value) if isinstance(value, list) and info.context is not FROM_A_FILE else value


_ONE_LINE = r"^[^\x00-\x1f]+$"
# What why_no_path_glob says, for editors.
_A_PATH = r"^(?!/)(?!.*//)(?!.*(^|/)\.\.?(/|$))(?!.*[^/]\*\*)(?!.*\*\*[^/])[^\x00-\x1f\\]+$"

Share = Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)]
Glob = Annotated[str, StringConstraints(min_length=1, max_length=500, pattern=_ONE_LINE)]
PathGlob = Annotated[Glob, AfterValidator(_path_glob), Field(json_schema_extra={"pattern": _A_PATH})]
Label = Annotated[str, StringConstraints(min_length=1, max_length=50, pattern=_ONE_LINE)]
TeamName = Annotated[str, StringConstraints(pattern=r"^@[A-Za-z0-9-]{1,39}/[A-Za-z0-9._-]{1,100}$")]
InfraName = Annotated[str, StringConstraints(min_length=1, max_length=80, pattern=_ONE_LINE)]
Pattern = Annotated[
    str, AfterValidator(_pattern), Field(json_schema_extra={"minLength": 1, "maxLength": LONGEST_PATTERN})
]

Globs = Annotated[tuple[Glob, ...], Field(max_length=MOST_GLOBS)]
PathGlobs = Annotated[tuple[PathGlob, ...], Field(max_length=MOST_GLOBS)]
Labels = Annotated[tuple[Label, ...], Field(max_length=20)]
JobGlobs = Annotated[
    Mapping[Glob, Glob],
    Field(max_length=MOST_GLOBS, json_schema_extra={"additionalProperties": False}),
    BeforeValidator(_from_pairs),
]

_Own = BeforeValidator(_said), Field(json_schema_extra=_without_null)
OwnShare = Annotated[Share | None, *_Own]
OwnMode = Annotated[QuarantineMode | None, *_Own]
