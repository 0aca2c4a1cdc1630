"""What is said once, in a comment of its own, and the issue that gathers what waits."""

from datetime import timedelta

from app.core import digest_text
from app.core.answers import not_done, refused
from app.core.digest_text import Waiting
from app.core.issue import claimed_words, proven_words
from app.core.model import CaseName
from app.core.notice_text import absent_words, boxes_decide_words, ends_words
from docs.comment.values import TODAY

_CASE = CaseName(suite="pytest", class_name="tests.test_search", name="test_search_suggests")

NOTICES = (
    (
        "Somebody closes the issue as completed",
        "By hand or by merging `Fixes #n`: the claim is put to the test.",
        claimed_words(49),
    ),
    ("The fix holds", "It has passed as often as was asked for.", proven_words(49)),
    (
        "A quarantine ends within a week",
        "A comment on the issue of the test.",
        ends_words(_CASE, TODAY + timedelta(days=6), passes=12, needed=49),
    ),
    (
        "A test in quarantine does not run any more",
        "A comment on its issue, after two weeks in which other tests ran.",
        absent_words(_CASE, TODAY - timedelta(days=16)),
    ),
    (
        "A thumb that does not say which",
        "Somebody gave a 👍 where several proposals are open; an answer on the pull request.",
        boxes_decide_words(2),
    ),
    (
        "What was asked for with a box, a button or a 👍 is refused",
        "An answer on the pull request, one for each edit, press or thumb.",
        not_done(
            "dana",
            "a box",
            [refused(_CASE, "quarantine is full: 10 of the 10 that `quarantine.max_tests` allows")],
        ),
    ),
    (
        "More flaky tests than a day has issues for",
        f"One issue, “{digest_text.TITLE}”, gathers the rest.",
        digest_text.render(
            [
                Waiting(name="tests.test_upload.test_upload_resumes", tests=1, score=0.79, flake_rate=0.1),
                Waiting(name="tests.test_search.test_search_pages", tests=4, score=0.71, flake_rate=0.04),
            ],
            5,
        ),
    ),
)
