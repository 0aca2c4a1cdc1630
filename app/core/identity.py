"""Which test is it? The name of a test case, without what changes from one run to the next.

A parameter that is a value stays: `test_add[1-2]` and `test_add[1-3]` are two tests. A parameter that is an address or
the time of day would make every run a new test.
"""

import re
from functools import lru_cache
from hashlib import sha256
from pathlib import PurePosixPath
from unicodedata import is_normalized, normalize

from app.core.model import CaseName, TestResult

RULES_VERSION = 1
"""Names made under different versions may differ: a change of a rule is a new version."""

NAMELESS = "(no name)"

# PostgreSQL takes no index row over 2,704 bytes, and the three together are a key.
_SUITE_BYTES, _CLASS_BYTES, _NAME_BYTES = 600, 800, 1_000
_DIGEST = 12

# White space goes first: what stands on both sides of it may belong together. A cut name's digest, which follows a `…`,
# is never taken for a part of a path.
_RULES = (
    (re.compile(r"\s+"), " "),
    (re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"), "<uuid>"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"), "<time>"),
    (re.compile(r"\b0x[0-9a-fA-F]{6,16}\b"), "<id>"),
    (re.compile(r"(?<=[\w\]>])@[0-9a-f]{5,16}\b"), "@<id>"),
    (re.compile(r"\b(localhost|(?:\d{1,3}\.){3}\d{1,3}):\d{4,5}\b"), r"\1:<port>"),
    (re.compile(r"(?:/private)?/(?:tmp|var/tmp|var/folders)/[^\s\"'\[\](),;…]{1,200}"), "<tmp>"),
    (re.compile(r"\b[A-Za-z]:\\Users\\[^\s\\]{1,60}\\AppData\\Local\\Temp\\[^\s\"'\[\](),;…]{1,200}"), "<tmp>"),
)
_UNSTORABLE = re.compile(r"[\0\ud800-\udfff]")
# A name without any of these characters is matched by none of the rules.
_MAY_CHANGE = re.compile(r"[@/\s\\\0\ud800-\udfff]|0x|\d\d\d\d[-:]|:\d\d\d\d|-[0-9a-fA-F]{4}-")
_LOOKED_AT = 4_000
_RUNNER_ROOT = re.compile(
    r"/home/runner/work/[^/]+/[^/]+/|/Users/runner/work/[^/]+/[^/]+/|/__w/[^/]+/[^/]+/|/github/workspace/"
    r"|/?[A-Za-z]:/a/[^/]+/[^/]+/|(?:/?[A-Za-z]:)?/[^:]{0,200}?/_work/[^/]+/[^/]+/"
)


def case_name(result: TestResult) -> CaseName:
    """Return the name under which an execution is kept; never empty, bounded, in Unicode's composed form."""
    return CaseName(
        suite=_stable_of_many(result.suite, _SUITE_BYTES),
        class_name=_stable_of_many(result.class_name, _CLASS_BYTES),
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
    parts = PurePosixPath(path).parts
    if path.startswith("/") or ".." in parts or ":" in path or not parts or len(path) > 1_000:
        return None
    return "/".join(part for part in parts if part != ".") or None


def storable(text: str) -> str:
    """Return the text without what PostgreSQL does not take: NUL and halves of UTF-16 pairs."""
    return _UNSTORABLE.sub("", text)


def _stable(text: str, most_bytes: int, rounds: int = 5) -> str:
    """Apply the rules until they change nothing, so that a name once made is its own name."""
    name = _ruled(text, most_bytes)
    return name if name == text or not rounds else _stable(name, most_bytes, rounds - 1)


# Whole suites and classes of tests come one after the other.
_stable_of_many = lru_cache(maxsize=256)(_stable)


def _ruled(text: str, most_bytes: int) -> str:
    name = text if is_normalized("NFC", text) else normalize("NFC", text)
    if _MAY_CHANGE.search(name):
        # Only the beginning is looked at by the rules; the digest below tells names apart that differ after it.
        name = storable(name)
        head, rest = name[:_LOOKED_AT], name[_LOOKED_AT:]
        for pattern, replacement in _RULES:
            head = pattern.sub(replacement, head)
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
