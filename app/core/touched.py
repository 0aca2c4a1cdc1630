"""Does a change touch a test? Then no quarantine of it excuses its failure: the change may be the cause."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from app.core.model import CaseName

_BORDER = re.compile(r"[./\\$#]|::")


def is_touched(case: CaseName, file: str | None, changed: Iterable[str]) -> bool:
    """Tell whether one of the changed files, by their paths in the repository, is the test's own.

    Many reports name no file (Surefire's, and pytest's by default), but a class: `com.acme.CartTest` stands in a file
    `…/com/acme/CartTest.*`, `tests.test_cart.TestCart` in `…/tests/test_cart.*`; Go names a package, whose folder is known by its end.
    """
    if file is not None:
        return file in changed
    named = _parts(case.class_name or case.suite)
    return bool(named) and any(_may_hold(path, named) for path in changed)


def _parts(name: str) -> list[str]:
    return [part for part in _BORDER.split(name) if part]


def _may_hold(path: str, named: list[str]) -> bool:
    place = PurePosixPath(path)
    if place.name.endswith("_test.go"):
        folder = _parts(str(place.parent))
        return bool(folder) and _ends_with(named, folder)
    whole = _parts(str(place.with_suffix("")))
    return any(
        _ends_with(whole, named[:length]) and all(part[0].isupper() for part in named[length:])
        for length in range(len(named), 0, -1)
    )


def _ends_with(whole: list[str], end: list[str]) -> bool:
    return whole[-len(end) :] == end
