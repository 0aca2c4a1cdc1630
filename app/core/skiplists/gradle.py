"""An init script for Gradle (5.0 and later) that gives every Test task its exclusions."""

from collections.abc import Sequence

from app.core.skiplists.jvm import class_and_method
from app.core.skiplists.names import comments, named
from app.core.skiplists.values import Format, QuarantinedTest, SkipList, Unsayable

_HEAD = "// FlakeGuard: tests that are quarantined, for gradle --init-script"
# A task all of whose tests are quarantined fails unless told otherwise.
_SCRIPT = """\
def quarantined = [
{patterns}
]
allprojects {{
    tasks.withType(org.gradle.api.tasks.testing.Test).configureEach {{ task ->
        quarantined.each {{ task.filter.excludeTestsMatching(it) }}
        task.filter.failOnNoMatchingTests = false
    }}
}}"""


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return the script; one of comments alone where nothing is to be skipped."""
    entries, refused = named(Format.GRADLE, tests, _pattern)
    patterns = "\n".join(f"    {quoted(text)}," for text, _ in entries)
    script = [_SCRIPT.format(patterns=patterns)] if entries else []
    text = "\n".join((_HEAD, *comments("//", refused), *script)) + "\n"
    return SkipList(text=text, media_type="text/plain", refused=refused)


def quoted(text: str) -> str:
    r"""Return a Groovy string of the text, which has no backslash.

    Nothing is interpolated between single quotes. Up to version 2 Groovy reads `\u0027` as the quote that it stands for,
    so only letters outside of ASCII are written that way.
    """
    if "\\" in text:
        raise Unsayable("its name has a backslash")
    units = text.encode("utf-16-be")
    codes = [int.from_bytes(units[at : at + 2]) for at in range(0, len(units), 2)]
    return "'" + "".join(chr(code) if code < 0x80 else f"\\u{code:04x}" for code in codes).replace("'", r"\'") + "'"


def _pattern(test: QuarantinedTest) -> str:
    class_name, method = class_and_method(test)
    if "*" in method:
        raise Unsayable("its name has a *, which Gradle reads as a wildcard")
    return f"{class_name}.{method}"
