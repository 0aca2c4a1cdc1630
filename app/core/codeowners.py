"""Who owns a file, by the repository's CODEOWNERS: GitHub's rules, which are those of .gitignore with exceptions."""

import re
from dataclasses import dataclass

from app.core.globs import path_matches

LARGEST = 3 * 1024 * 1024
"""Bytes: GitHub reads no larger file."""
MOST_RULES = 20_000
LONGEST_PATTERN = 4_096
"""Characters: no path that git can check out on Linux is longer."""

_WORD = re.compile(r"((?:\\.|[^\s\\])+)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One line: the globs that its pattern stands for, and the owners as written; none: the files have no owner."""

    globs: tuple[str, ...]
    owners: tuple[str, ...]

    def matches(self, path: str) -> bool:
        return any(path_matches(path, glob) for glob in self.globs)


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeOwners:
    """The rules of a file in their order."""

    rules: tuple[Rule, ...]

    def owner_of(self, path: str) -> str | None:
        """Return the owners of a file, separated by spaces: those of the last rule that matches; None where it has none."""
        for rule in reversed(self.rules):
            if rule.matches(path):
                return " ".join(rule.owners) or None
        return None


def fitting(owners: str, limit: int) -> str | None:
    """Return as many of those owners as fit, whole: half a name would be somebody else's. None where none does."""
    taken: list[str] = []
    for owner in owners.split(" "):
        if len(" ".join([*taken, owner])) > limit:
            break
        taken.append(owner)
    return " ".join(taken) or None


def parse(text: str) -> CodeOwners:
    """Read a CODEOWNERS file; a line that GitHub does not understand is left out, as GitHub does.

    It knows no `!` and no `[ ]`, and no backslash keeps a # from beginning a comment.
    """
    rules = (_rule(line) for line in text[:LARGEST].splitlines())
    return CodeOwners(rules=tuple(rule for rule in rules if rule is not None)[:MOST_RULES])


def _rule(line: str) -> Rule | None:
    said = line.partition("#")[0]
    words = _WORD.findall(said)
    if not words or words[0].startswith("!") or "[" in words[0] or "\\#" in line.partition(" ")[0]:
        return None
    if len(words[0]) > LONGEST_PATTERN:
        return None
    pattern = re.sub(r"\\(.)", r"\1", words[0])
    owners = tuple(word for word in words[1:] if word.startswith("@") or "@" in word[1:])
    return Rule(globs=_globs(pattern), owners=owners)


def _globs(pattern: str) -> tuple[str, ...]:
    """Return the paths that a pattern stands for.

    With a slash in front or in the middle it begins at the root, without one it is found in any folder. What it names
    may be a folder, and then all in it is meant; but `docs/*` stays within that one folder.
    """
    is_rooted = "/" in pattern.rstrip("/")
    base = pattern.strip("/")
    if not base:
        return ("**",)
    start = "" if is_rooted else "**/"
    inside = f"{start}{base}/**"
    if pattern.endswith("/"):
        return (inside,)
    if base.endswith("/*"):
        return (f"{start}{base}",)
    return f"{start}{base}", inside
