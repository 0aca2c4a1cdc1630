"""Which names may stand in a text at all, and whose runner's they are."""

import re
from collections.abc import Callable, Sequence
from pathlib import PurePosixPath

from app.core.identity import NAMELESS
from app.core.skiplists.values import Format, QuarantinedTest, Refused, Unsayable

MOST_NAME_BYTES = 2_000
"""Names are kept in 1,000 bytes at most (`identity`); whatever is longer was not made by us."""
MOST_ARGUMENT_BYTES = 100_000
"""Linux takes no argument of a command over 128 KiB."""

_SOURCES = {
    Format.PYTEST: (".py",),
    Format.JEST: (".js", ".jsx", ".ts", ".tsx", ".mjs", ".cjs", ".mts", ".cts"),
    Format.GO: (".go",),
    Format.GRADLE: (".java", ".kt", ".kts", ".groovy", ".scala"),
    Format.SUREFIRE: (".java", ".kt", ".kts", ".groovy", ".scala"),
    Format.RSPEC: (".rb",),
    Format.NEXTEST: (".rs",),
}
# Control characters, separators of lines, halves of UTF-16 pairs, and what turns the order of the others around.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_CUT = re.compile(r"…[0-9a-f]{12}\Z")
_SHORTEST_CUT = 500


def named(
    known_as: Format, tests: Sequence[QuarantinedTest], say: Callable[[QuarantinedTest], str]
) -> tuple[list[tuple[str, QuarantinedTest]], tuple[Refused, ...]]:
    """Return what `say` makes of each of that runner's tests, ordered by it and each once, and the tests that were refused.

    A test whose file says that it is another runner's is left out without a word.
    """
    said: dict[str, QuarantinedTest] = {}
    refused = []
    for test in sorted(tests, key=lambda test: test.test_id):
        if not _is_of(known_as, test):
            continue
        try:
            check_name(test)
            said.setdefault(say(test), test)
        except Unsayable as error:
            refused.append(Refused(test_id=test.test_id, why=str(error)))
    return sorted(said.items(), key=lambda one: one[0]), tuple(refused)


def check_name(test: QuarantinedTest) -> None:
    """Raise Unsayable where a name holds characters that nobody sees, or is none or not the whole."""
    if test.name in ("", NAMELESS):
        raise Unsayable("it has no name")
    for name in (test.name, test.classname, test.suite, test.file or ""):
        if _UNSEEN.search(name):
            raise Unsayable("its name has control characters, or such as turn the text's direction")
        size = len(name.encode())
        if size > MOST_NAME_BYTES:
            raise Unsayable(f"its name is longer than {MOST_NAME_BYTES} bytes")
        if size > _SHORTEST_CUT and _CUT.search(name):
            raise Unsayable("its name is too long to be kept whole, so that only its beginning is known")


def that_fit(
    entries: Sequence[tuple[str, QuarantinedTest]], most_bytes: int = MOST_ARGUMENT_BYTES
) -> tuple[list[str], tuple[Refused, ...]]:
    """Return the entries that fit into one argument of a command, each with a byte between, and the tests of the others."""
    kept, refused, size = [], [], 0
    for text, test in entries:
        size += len(text.encode()) + 1
        if size <= most_bytes:
            kept.append(text)
        else:
            refused.append(Refused(test_id=test.test_id, why="the list is too long for one argument of a command"))
    return kept, tuple(refused)


def comments(mark: str, refused: Sequence[Refused]) -> list[str]:
    """Return a line for each test that was refused; no word in it is a stranger's."""
    return [f"{mark} left out: test {one.test_id}, {one.why}" for one in refused]


def _is_of(known_as: Format, test: QuarantinedTest) -> bool:
    suffix = PurePosixPath(test.file).suffix if test.file else ""
    others = {ending for endings in _SOURCES.values() for ending in endings} - {*_SOURCES[known_as]}
    return suffix not in others
