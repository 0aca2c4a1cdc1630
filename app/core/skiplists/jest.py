"""An expression for `jest --testNamePattern`, which matches every test's full name but those of the list.

Jest compares the names of the describes and the test, joined by spaces, and neither the file nor the case of letters: it
makes the expression with the flag `i`.
"""

from collections.abc import Sequence

from app.core.skiplists.names import named, that_fit
from app.core.skiplists.placeholders import expression
from app.core.skiplists.values import Format, QuarantinedTest, SkipList

EVERY_TEST = "^"


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return one line with the expression; `^` where nothing is to be skipped."""
    entries, refused = named(Format.JEST, tests, lambda test: expression(_full_name(test)))
    kept, too_many = that_fit(entries)
    pattern = rf"^(?!\s*(?:{'|'.join(kept)})\s*$)" if kept else EVERY_TEST
    return SkipList(text=f"{pattern}\n", media_type="text/plain", refused=refused + too_many)


def _full_name(test: QuarantinedTest) -> str:
    """Join describes and title as jest does. jest-junit writes the full name twice unless it is told otherwise."""
    is_file = test.classname in (test.file, test.suite) and test.classname.endswith((".js", ".jsx", ".ts", ".tsx"))
    if not test.classname or test.classname == test.name or is_file:
        return test.name
    return f"{test.classname} {test.name}"
