"""Expressions for `go test -skip`, one line a package: the import path, a tab, the expression.

The flag is the same for all packages of a command, so packages with quarantined tests are run one by one.
"""

import re
from collections.abc import Sequence
from itertools import groupby

from app.core.skiplists.names import comments, named, that_fit
from app.core.skiplists.placeholders import expression
from app.core.skiplists.values import Format, QuarantinedTest, SkipList, Unsayable

_PACKAGE = re.compile(r"[\w.~+][\w.~+/-]*")
# Where go writes a name, white space has become `_` already.
_NAME = re.compile(r"(?:Test|Fuzz|Example|Benchmark)\w*(?:/\S*)?")


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return the lines, in the order of the packages; those that begin with `#` are comments."""
    entries, refused = named(Format.GO, tests, _line)
    lines = []
    for package, of_package in groupby(entries, key=lambda one: one[0].partition("\t")[0]):
        # go takes the first alternative that matches, and one that goes on deeper matches a parent in part: no skip then.
        alternatives = sorted(((text.partition("\t")[2], test) for text, test in of_package), key=_levels)
        kept, too_many = that_fit(alternatives)
        refused += too_many
        lines.append(f"{package}\t{'|'.join(kept)}")
    header = "# FlakeGuard: import path, tab, expression for go test -skip"
    text = "\n".join((header, *comments("#", refused), *lines)) + "\n"
    return SkipList(text=text, media_type="text/plain", refused=refused)


def _line(test: QuarantinedTest) -> str:
    package = test.suite or test.classname
    if not _PACKAGE.fullmatch(package):
        raise Unsayable("its package is not known")
    if not _NAME.fullmatch(test.name):
        raise Unsayable("its name is none that go gives to a test")
    if "<tmp>" in test.name:
        raise Unsayable("its name holds a path that changes, and a slash parts the levels of subtests")
    return f"{package}\t" + "/".join(f"^{expression(level)}$" for level in test.name.split("/"))


def _levels(entry: tuple[str, QuarantinedTest]) -> tuple[int, str]:
    return entry[1].name.count("/"), entry[0]
