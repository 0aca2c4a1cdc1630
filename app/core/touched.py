"""Does a change touch a test? Then no quarantine of it excuses its failure: the change may be the cause."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath

from app.core.model import CaseName

_BORDER = re.compile(r"[./\\$#]|::")
_MOST_PARTS = 40
"""No class and no file of it has a name of more parts."""

_Parts = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """The files that a change touches, by their paths in the repository, taken apart once for however many tests failed.

    `endings` are all ends of their paths without the last suffix, `packages` the folders of Go's tests.
    """

    files: frozenset[str]
    endings: frozenset[_Parts]
    packages: frozenset[_Parts]

    @classmethod
    def of(cls, files: Iterable[str]) -> "Changed":
        paths = frozenset(files)
        endings, packages = set[_Parts](), set[_Parts]()
        for place in map(PurePosixPath, paths):
            if place.name.endswith("_test.go"):
                packages.add(_parts(str(place.parent)))
            else:
                endings.update(_endings(_parts(str(place.with_suffix("")))))
        return cls(files=paths, endings=frozenset(endings), packages=frozenset(packages - {()}))


def is_touched(case: CaseName, file: str | None, changed: Changed) -> bool:
    """Tell whether one of the changed files is the test's own.

    Many reports name no file (Surefire's, and pytest's by default), but a class: `com.acme.CartTest` stands in a file
    `…/com/acme/CartTest.*`, `tests.test_cart.TestCart` in `…/tests/test_cart.*`; Go names a package, whose folder is known by its end.
    """
    if file is not None:
        return file in changed.files
    named = _parts(case.class_name or case.suite)
    return any(one in changed.packages for one in _endings(named)) or any(
        named[:length] in changed.endings for length in _lengths_of_file(named)
    )


def _parts(name: str) -> _Parts:
    return tuple(part for part in _BORDER.split(name) if part)


def _endings(parts: _Parts) -> Iterable[_Parts]:
    return (parts[-length:] for length in range(1, min(len(parts), _MOST_PARTS) + 1))


def _lengths_of_file(named: Sequence[str]) -> Iterable[int]:
    """Say how many of its first parts may name a class's file: what follows are classes within it, which begin with a capital."""
    for length in range(len(named), 0, -1):
        if length <= _MOST_PARTS:
            yield length
        if not named[length - 1][0].isupper():
            return
