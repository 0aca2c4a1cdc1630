"""Of a test that several report files of one job tell: was it run again, or run in several ways? Only the first proves anything.

Tox runs a suite by two Pythons in one job, Gradle tests two flavours of an app, two packages of a monorepo have a test of the
same name. None of these is a retry: where it fails in one way and passes in the other, nothing is proven but that it failed.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from app.core.model import CaseName, Outcome
from app.core.reading import Found, ReportFile

_SAYS_AGAIN = re.compile(r"(?i)attempt|re-?run|(?<![a-z])re-?tr(?:y|ies)(?![a-z])|(?<![a-z])try(?![a-z])")


def executions_of(files: Sequence[ReportFile], *, is_green: bool) -> list[Found]:
    """Return the executions of one job, file by file, so that the last one of each test has the final say.

    No test has failed at last in a job that succeeded (`is_green`): what also passed there was run again. So it was where a
    file says that it tells of a retry. Else, a test that failed at last in one file has failed: the passes of files in which it never
    failed are left out, and the files in which it failed at last come last.
    """
    failed = set[CaseName]() if is_green or len(files) < 2 else _failed_in_some_way(files)
    if not failed:
        return [one for file in files for one in file.found]
    kept, last = list[Found](), list[Found]()
    for file in files:
        lost = _failed_at_last(file.found) & failed
        flaked = {one.case for one in file.found if one.outcome.is_bad}
        for one in file.found:
            if one.case in lost:
                last.append(one)
            elif one.case not in failed or one.case in flaked or one.outcome is not Outcome.PASSED:
                kept.append(one)
    return kept + last


def _failed_in_some_way(files: Sequence[ReportFile]) -> set[CaseName]:
    """Find the tests that failed at last in one of several files, none of which is a retry."""
    failed = {case for file in files for case in _failed_at_last(file.found)}
    if not failed:
        return failed
    told = Counter(case for file in files for case in {one.case for one in file.found} & failed)
    again = {one.case for file in files if _is_retry(file) for one in file.found}
    return {case for case in failed if told[case] > 1 and case not in again}


def _failed_at_last(found: Iterable[Found]) -> set[CaseName]:
    failed = set[CaseName]()
    for one in found:
        if one.outcome is Outcome.PASSED:
            # Nearly all have passed, and mostly nothing has failed.
            if failed:
                failed.discard(one.case)
        elif one.outcome.is_bad:
            failed.add(one.case)
        else:
            failed.discard(one.case)
    return failed


def _is_retry(file: ReportFile) -> bool:
    return file.ended_ms is not None or _SAYS_AGAIN.search(file.path) is not None
