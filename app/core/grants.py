"""What we can do by the rights that were granted to an installation, and what to say where one is missing.

Who installs the App grants rights, may grant fewer than the manifest asks for, and may take them back. What takes one
that is not there is left out and said once, and the rest goes on.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum

from app.core.policy import Policy

_LEVELS = ("read", "write", "admin")


class Feature(StrEnum):
    """Something of ours that takes a right."""

    RUNS = "read runs"
    FILES = "read files"
    PULLS = "read pull requests"
    THUMBS = "read reactions"
    CHECK = "write checks"
    COMMENT = "comment on pull requests"
    ISSUES = "write issues"
    RERUN = "run again"


_NEEDS = {
    Feature.RUNS: ("actions", "read"),
    Feature.FILES: ("contents", "read"),
    Feature.PULLS: ("pull_requests", "read"),
    Feature.THUMBS: ("issues", "read"),
    Feature.CHECK: ("checks", "write"),
    # GitHub would also let us comment by the right to issues; whoever withholds this one wants no comment there.
    Feature.COMMENT: ("pull_requests", "write"),
    Feature.ISSUES: ("issues", "write"),
    Feature.RERUN: ("actions", "write"),
}
WRITES = frozenset({Feature.CHECK, Feature.COMMENT, Feature.ISSUES, Feature.RERUN})
"""What an archived repository does not take."""

_WORDS = {
    Feature.RUNS: "read workflow runs here: grant Actions: read",
    Feature.FILES: "read the policy file here: grant Contents: read",
    Feature.PULLS: "read pull requests here, so it excuses no failure on them: grant Pull requests: read",
    Feature.THUMBS: "read reactions here: grant Issues: read",
    Feature.CHECK: "write its check here: grant Checks: write",
    Feature.COMMENT: "comment on pull requests here: grant Pull requests: write",
    Feature.ISSUES: "write issues here: grant Issues: write",
    Feature.RERUN: "run jobs again here: grant Actions: write",
}


def is_granted(permissions: Mapping[str, str], feature: Feature) -> bool:
    """Say whether the rights suffice for it. Without any the rights are not known, since GitHub grants metadata to all."""
    if not permissions:
        return True
    name, needed = _NEEDS[feature]
    level = permissions.get(name)
    return level in _LEVELS and _LEVELS.index(level) >= _LEVELS.index(needed)


def refusal_words(feature: Feature) -> str:
    """Say that we may not do it and what would help, without a full stop."""
    return f"FlakeGuard may not {_WORDS[feature]}"


def missing(permissions: Mapping[str, str], policy: Policy) -> tuple[Feature, ...]:
    """Return what the policy wants and the rights do not suffice for, each right once."""
    lacking = [one for one in _wanted(policy) if not is_granted(permissions, one)]
    said: dict[str, Feature] = {}
    for one in lacking:
        # The right to write lets read, too: asking for it is enough.
        said[_NEEDS[one][0]] = one
    return tuple(said.values())


def barred(permissions: Mapping[str, str], policy: Policy) -> frozenset[Feature]:
    """Return what nobody can have us do: the rights do not suffice for it, or the policy switches it off."""
    is_off = {Feature.ISSUES: not policy.issues.enabled, Feature.RERUN: policy.rerun.max_per_day == 0}
    return frozenset(one for one in Feature if is_off.get(one) or not is_granted(permissions, one))


def _wanted(policy: Policy) -> Iterator[Feature]:
    yield from (Feature.RUNS, Feature.FILES, Feature.PULLS)
    if policy.check.enabled:
        yield Feature.CHECK
    if policy.comment.when != "never":
        yield Feature.COMMENT
    if policy.issues.enabled or policy.digest.issue:
        yield Feature.ISSUES
    if policy.rerun.enabled:
        yield Feature.RERUN
