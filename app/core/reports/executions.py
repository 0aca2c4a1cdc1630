"""The executions of one report: numbered, bounded, in one vocabulary."""

from collections.abc import Iterable
from functools import lru_cache
from hashlib import sha256

from app.core.identity import NAMELESS
from app.core.model import Outcome, Report, TestResult

NO_END = "no result: the run ended before the test did"
"""The message of a test that began and of whose end nothing is told."""

MOST_EXECUTIONS = 200_000
"""Executions that are read of one file, which take half a gigabyte at most; a file of nothing but short cases could name tens of millions."""

MOST_TOLD = 100_000
"""Of how many of them a file may say why they failed: to tell one way from another takes longer than all the rest."""

_MESSAGE_LIMIT = 4_000
_STACK_LIMIT = 16_000
_LONGEST_NAME = 24_000
"""Characters of suite, class and name together."""

_DIGEST = 12
_MOST_MISSING = 100
_LONGEST_REASON = 500


class TooManyError(ValueError):
    """The file tells of more executions than are read of one file; those before are kept."""


class Executions:
    """Collects the executions of one report, in the order in which they happened.

    The same test again is an execution of its own, with the next ordinal: it keeps retries and legitimate duplicates apart.
    `missing` says in sentences what went wrong beside the tests: a package that was not built, a host that broke down. It
    is no test, but tests are missing for it, and whoever judges by the report must know.
    """

    __slots__ = ("_class_name", "_names", "_seen", "_suite", "_told", "missing", "results")

    def __init__(self) -> None:
        self.results: list[TestResult] = []
        self.missing: list[str] = []
        # How often each name occurred, by suite and class; those of one class come one after the other.
        self._seen: dict[tuple[str, str], dict[str, int]] = {}
        self._suite = self._class_name = ""
        self._told = 0
        self._names: dict[str, int] = self._seen.setdefault(("", ""), {})

    def miss(self, why: str) -> None:
        """Note in a sentence why tests are missing."""
        if len(self.missing) < _MOST_MISSING:
            self.missing.append(why[:_LONGEST_REASON])

    def report(self, known_as: str, warnings: Iterable[str] = (), *, is_lossy: bool = False) -> Report:
        """Return the report that these executions are; one of which something is missing may have lost more."""
        return Report(
            format=known_as,
            results=tuple(self.results),
            warnings=(*warnings, *self.missing),
            repaired=is_lossy or bool(self.missing),
        )

    def add(  # noqa: PLR0913, PLR0917  one execution has that many sides
        self,
        suite: str,
        class_name: str,
        name: str,
        outcome: Outcome,
        file: str | None = None,
        line: int | None = None,
        duration_ms: int | None = None,
        message: str | None = None,
        stack_trace: str | None = None,
    ) -> None:
        """Add one execution; empty texts count as unknown, long ones are cut. Raises TooManyError over the limit.

        Most of a file's time is spent here, so nothing is built that a pass does not need.
        """
        name = name or NAMELESS
        if len(name) + len(class_name) + len(suite) > _LONGEST_NAME:
            suite, class_name, name = (shortened(one, _LONGEST_NAME // 3) for one in (suite, class_name, name))
        if class_name != self._class_name or suite != self._suite:
            self._suite, self._class_name = suite, class_name
            self._names = self._seen.setdefault((suite, class_name), {})
        names = self._names
        ordinal = names[name] = names.get(name, 0) + 1
        results = self.results
        if len(results) >= MOST_EXECUTIONS:
            raise TooManyError(f"more than {MOST_EXECUTIONS:,} executions, the others are left out")
        if message or stack_trace:
            self._told += 1
            if self._told > MOST_TOLD:
                raise TooManyError(f"more than {MOST_TOLD:,} executions with a message, the others are left out")
        results.append(
            TestResult(
                suite=suite,
                class_name=class_name,
                name=name,
                outcome=outcome,
                ordinal=ordinal,
                file=file or None,
                line=line,
                duration_ms=duration_ms,
                message=message[:_MESSAGE_LIMIT] or None if message else None,
                stack_trace=stack_trace[:_STACK_LIMIT] or None if stack_trace else None,
            )
        )


# Most tests take one of a few thousand short times.
@lru_cache(maxsize=4096)
def milliseconds(text: str) -> int | None:
    """Read seconds as written: `1.5`, `1,234.5` (thousands) or `0,003` (a comma for a point); nonsense is None."""
    if "," in text:
        text = text.replace(",", "") if "." in text else text.replace(",", ".")
    try:
        return bounded_ms(float(text) * 1000)
    except ValueError:
        return None


def bounded_ms(value: float) -> int | None:
    """Round milliseconds; None for what no test takes: less than nothing, more than a year, or no number."""
    # A comparison with what is no number is false, so this leaves out NaN, too.
    return round(value) if 0 <= value < _YEAR_MS else None


_YEAR_MS = 31_536_000_000


def first_line(text: str | None) -> str | None:
    """Return the first line of a failure's text that says anything; None where none does."""
    return next((line.strip() for line in (text or "")[:_STACK_LIMIT].splitlines() if line.strip()), None)


def shortened(name: str, most: int) -> str:
    """Cut a name at so many characters, so that two that differ after the cut stay two."""
    if len(name) <= most:
        return name
    return f"{name[: most - _DIGEST - 1]}…{sha256(name.encode('utf-8', 'replace')).hexdigest()[:_DIGEST]}"
