"""What the tools are given, described as agents read it."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

_MOST_ROWS = 50
LONGEST_NAME = 2_500

Repo = Annotated[str, Meta(max_length=201, description="Repository as OWNER/REPO, as list_repositories names it.")]
TestSaid = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=LONGEST_NAME,
        description="The test: its test_id, its name, class.name, path::class::name, or an end of it that only one test has.",
    ),
]
Limit = Annotated[
    int, Meta(ge=1, le=_MOST_ROWS, description="At most so many; the answer may hold fewer for its size.")
]
_Outcome = Literal["passed", "failed", "error", "skipped"]
_Branch = Annotated[str, Meta(max_length=300)]


class Wanted(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a tool is given."""


class NothingWanted(Wanted, frozen=True, kw_only=True):
    """There is nothing to choose by."""


class FlakiestWanted(Wanted, frozen=True, kw_only=True):
    repo: Repo
    limit: Limit = 10


class TestsWanted(Wanted, frozen=True, kw_only=True):
    __test__ = False

    repo: Repo
    query: Annotated[
        str, Meta(min_length=1, max_length=300, description="Words of the test's name, in any order and case.")
    ]
    limit: Limit = 10


class OneTest(Wanted, frozen=True, kw_only=True):
    repo: Repo
    test: TestSaid


class HistoryWanted(OneTest, frozen=True, kw_only=True):
    branch: Annotated[_Branch | None, Meta(description="Only of this branch.")] = None
    outcome: Annotated[_Outcome | None, Meta(description="Only those that ended so.")] = None
    limit: Limit = 10


class EvidenceWanted(OneTest, frozen=True, kw_only=True):
    limit: Limit = 10


class SimilarWanted(Wanted, frozen=True, kw_only=True):
    repo: Repo
    message: Annotated[
        str,
        Meta(min_length=1, max_length=50_000, description="The error as it reads; its first 2,000 characters count."),
    ]
    stack_trace: Annotated[
        str, Meta(max_length=50_000, description="Its stack trace, if you have it: more of the same are known as such.")
    ] = ""


class PullWanted(Wanted, frozen=True, kw_only=True):
    repo: Repo
    number: Annotated[int, Meta(ge=1, le=999_999_999, description="The pull request's number.")]
