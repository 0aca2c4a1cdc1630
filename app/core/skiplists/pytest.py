"""A plug-in of one file for pytest: `pytest -p flakeguard_quarantine`, saved as `flakeguard_quarantine.py`.

`--deselect` takes every test whose id begins alike, `test_ab` with `test_a`. The plug-in compares whole names, made of a
node's id as pytest makes those of its JUnit file.
"""

from collections.abc import Sequence

from app.core.skiplists.names import comments, named
from app.core.skiplists.placeholders import expression, has_placeholder
from app.core.skiplists.values import Format, QuarantinedTest, SkipList, Unsayable

_HEAD = '"""FlakeGuard: tests that are quarantined, for pytest -p flakeguard_quarantine."""'
_PLUGIN = r"""
import re
import unicodedata

import pytest


def pytest_collection_modifyitems(items):
    for item in items:
        why = _why(*_names(item.nodeid))
        if why is not None:
            item.add_marker(pytest.mark.skip(reason=why), append=False)


def _names(nodeid):
    path, bracket, parameters = nodeid.partition("[")
    first, *others = path.split("::")
    dotted = [re.sub(r"\.py$", "", first.replace("/", ".")), *others]
    return _folded(".".join(dotted[:-1])), _folded(dotted[-1] + bracket + parameters)


def _folded(name):
    return re.sub(r"\s+", " ", unicodedata.normalize("NFC", name)).strip()


def _why(class_name, name):
    if (class_name, name) in NAMED:
        return NAMED[class_name, name]
    full_name = f"{class_name}\n{name}"
    return next((why for pattern, why in LIKE if pattern.fullmatch(full_name)), None)
"""


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return the plug-in's source, in ASCII."""
    entries, refused = named(Format.PYTEST, tests, _entry)
    exact = [f"    {text}: {quoted(test.why)}," for text, test in entries if text.startswith("(")]
    like = [f"    ({text}, {quoted(test.why)})," for text, test in entries if not text.startswith("(")]
    lists = ("NAMED = {", *exact, "}", "LIKE = [", *like, "]")
    text = "\n".join((_HEAD, *comments("#", refused), _PLUGIN, *lists)) + "\n"
    return SkipList(text=text, media_type="text/plain", refused=refused)


def quoted(text: str) -> str:
    """Return a Python string of the text, in ASCII."""
    return ascii(text)


def _entry(test: QuarantinedTest) -> str:
    """Return the pair of names, or the expression for both where one of them has a placeholder."""
    class_name = test.classname or (test.file or "").removesuffix(".py").replace("/", ".")
    if not class_name:
        raise Unsayable("its module is not known")
    if has_placeholder(class_name) or has_placeholder(test.name):
        both = quoted(rf"{expression(class_name)}\n{expression(test.name)}")
        return f"re.compile({both})"
    return f"({quoted(class_name)}, {quoted(test.name)})"
