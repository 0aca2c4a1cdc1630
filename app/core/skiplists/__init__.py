"""The quarantined tests of a repository as a text that a runner understands, so that it leaves out exactly those.

Names are of whoever wrote the tests, a fork's pull request among them: each format has one function that quotes, and what a
format cannot quote is refused and said so.
"""

from collections.abc import Callable, Mapping, Sequence

from app.core.skiplists import go, gradle, jest, json, nextest, pytest, rspec, surefire
from app.core.skiplists.values import Format, QuarantinedTest, Refused, SkipList

__all__ = ["Format", "QuarantinedTest", "Refused", "SkipList", "quarantine_for"]

_MAKERS: Mapping[Format, Callable[[Sequence[QuarantinedTest]], SkipList]] = {
    Format.JSON: json.skip_list,
    Format.PYTEST: pytest.skip_list,
    Format.JEST: jest.skip_list,
    Format.GO: go.skip_list,
    Format.GRADLE: gradle.skip_list,
    Format.SUREFIRE: surefire.skip_list,
    Format.RSPEC: rspec.skip_list,
    Format.NEXTEST: nextest.skip_list,
}


def quarantine_for(format: Format, tests: Sequence[QuarantinedTest]) -> SkipList:  # noqa: A002  the API's word
    """Return the list of these tests for that runner; equal tests in any order give the same text."""
    return _MAKERS[format](tests)
