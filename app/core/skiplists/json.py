"""The list for programs: all that is known of each test, as JSON in ASCII."""

import json
from collections.abc import Sequence

from app.core.skiplists.names import check_name
from app.core.skiplists.values import QuarantinedTest, Refused, SkipList, Unsayable

MEDIA_TYPE = "application/json"


def skip_list(tests: Sequence[QuarantinedTest]) -> SkipList:
    """Return `{"tests": [...], "refused": [...]}`, in the order of the tests' numbers; times are ISO 8601."""
    told, refused = [], []
    for test in sorted(tests, key=lambda test: test.test_id):
        try:
            check_name(test)
            told.append(_fields(test))
        except Unsayable as error:
            refused.append(Refused(test_id=test.test_id, why=str(error)))
    left_out = [{"test_id": one.test_id, "why": one.why} for one in refused]
    text = json.dumps({"tests": told, "refused": left_out}, indent=1) + "\n"
    return SkipList(text=text, media_type=MEDIA_TYPE, refused=tuple(refused))


def _fields(test: QuarantinedTest) -> dict[str, object]:
    return {
        "test_id": test.test_id,
        "name": test.name,
        "classname": test.classname,
        "suite": test.suite,
        "file": test.file,
        "variant": test.variant,
        "reason": test.reason,
        "issue_url": test.issue_url,
        "until": test.until.isoformat() if test.until is not None else None,
    }
