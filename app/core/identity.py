"""Which test is it? The name of a test case, without what changes from one run to the next.

A parameter that is a value stays: `test_add[1-2]` and `test_add[1-3]` are two tests. A parameter that is an address or
the time of day would make every run a new test.
"""

import re
from functools import lru_cache
from hashlib import sha256
from unicodedata import is_normalized, normalize

from app.core.identity_rules import MAY_CHANGE, RULES, RULES_VERSION
from app.core.model import CaseName, TestResult

__all__ = ["RULES_VERSION", "case_name", "repository_path", "storable"]

NAMELESS = "(no name)"

# PostgreSQL takes no index row over 2,704 bytes, and the three together are a key.
_SUITE_BYTES, _CLASS_BYTES, _NAME_BYTES = 600, 800, 1_000
_DIGEST = 12

_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
_LOOKED_AT = 4_000
_LONGEST_OF_MANY = 300
_RUNNER_ROOT = re.compile(
    r"/home/runner/work/[^/]+/[^/]+/|/Users/runner/work/[^/]+/[^/]+/|/__w/[^/]+/[^/]+/|/github/workspace/"
    r"|/?[A-Za-z]:/a/[^/]+/[^/]+/|(?:/?[A-Za-z]:)?/[^:]{0,200}?/_work/[^/]+/[^/]+/"
)


def case_name(result: TestResult) -> CaseName:
    """Return the name under which an execution is kept; never empty, bounded, in Unicode's composed form."""
    return CaseName(
        suite=_stable(result.suite, _SUITE_BYTES),
        class_name=_stable(result.class_name, _CLASS_BYTES),
        name=_stable(result.name, _NAME_BYTES) or NAMELESS,
    )


@lru_cache(maxsize=256)
def repository_path(file: str | None) -> str | None:
    """Return a report's path of a file as it stands in the repository; None where it leads out of it.

    The checkout's place on GitHub's runners is known; any other absolute path is not the repository's.
    """
    if not file:
        return None
    path = storable(file).replace("\\", "/").removeprefix("file://")
    root = _RUNNER_ROOT.match(path)
    path = path[root.end() :] if root else path
    parts = [part for part in path.split("/") if part not in {"", "."}]
    is_outside = path.startswith("/") or ".." in parts or ":" in path or len(path) > 1_000
    return None if is_outside else "/".join(parts) or None


def storable(text: str) -> str:
    """Return the text without what PostgreSQL does not take: NUL and halves of UTF-16 pairs."""
    return _UNSTORABLE.sub("", text)


def _stable(text: str, most_bytes: int) -> str:
    """Apply the rules until they change nothing, so that a name once made is its own name."""
    return (_of_many if len(text) <= _LONGEST_OF_MANY else _of_few)(text, most_bytes)


def _settled(text: str, most_bytes: int, rounds: int = 5) -> str:
    name = _ruled(text, most_bytes)
    return name if name == text or not rounds else _settled(name, most_bytes, rounds - 1)


# Whole suites and classes of tests come one after the other, and each leg of a matrix tells of the same tests. What is
# remembered stays with the process that read it: of long names, which no leg has many of, only a few.
_of_many = lru_cache(maxsize=16_384)(_settled)
_of_few = lru_cache(maxsize=256)(_settled)


def _ruled(text: str, most_bytes: int) -> str:
    name = text if is_normalized("NFC", text) else normalize("NFC", text)
    if MAY_CHANGE.search(name):
        # Only the beginning is looked at by the rules; the digest below tells names apart that differ after it.
        name = storable(name)
        head, rest = name[:_LOOKED_AT], name[_LOOKED_AT:]
        for rule in RULES:
            head = rule.pattern.sub(rule.replacement, head)
        name = (head + rest).strip()
    return _bounded(name, most_bytes)


def _bounded(text: str, most_bytes: int) -> str:
    if len(text) * 4 <= most_bytes:
        return text
    raw = text.encode("utf-8", "replace")
    if len(raw) <= most_bytes:
        return text
    head = raw[: most_bytes - _DIGEST - 4].decode("utf-8", "ignore")
    return f"{head}…{sha256(raw).hexdigest()[:_DIGEST]}"
