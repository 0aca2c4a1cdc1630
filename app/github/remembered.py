"""Answers that GitHub gave before, so that asking again costs nothing of the hour's requests where nothing has changed.

A 304 does not count (source: "Best practices for using the REST API", "Use conditional requests if appropriate"). GitHub's
ETags belong to the token that asked (https://github.com/github/docs/issues/34689), and so to one process and one hour: this is
kept in memory, and a process that has none of it only asks in full.
"""

from dataclasses import dataclass, replace

from cachetools import LRUCache

from app.github.wire import Answer

_MOST_BYTES = 16 << 20
_LARGEST_ANSWER = 1 << 20
_BESIDE_WHAT_IT_SAYS = 2_000
"""What an answer takes in memory beside its body and headers, its path included."""

_HEADERS = ("etag", "link")


Answers = LRUCache[tuple[int, str], Answer]
"""By installation and path; those asked for longest ago go first."""


def remember_answers() -> Answers:
    """Make room for some megabytes of answers."""
    return LRUCache(_MOST_BYTES, getsizeof=_weigh)


def _weigh(answer: Answer) -> int:
    return len(answer.body) + sum(map(len, answer.headers.values())) + _BESIDE_WHAT_IT_SAYS


@dataclass(frozen=True, slots=True)
class Remembered:
    """The latest answers to the reads of one installation, which shares the room for them with all others."""

    answers: Answers
    installation_id: int

    def find(self, path: str) -> Answer | None:
        return self.answers.get((self.installation_id, path))

    def keep(self, path: str, answer: Answer) -> None:
        """Remember an answer that has an ETag, unless it is very large: the body, and of the headers what leads on."""
        if "etag" in answer.headers and len(answer.body) <= _LARGEST_ANSWER:
            headers = {name: answer.headers[name] for name in _HEADERS if name in answer.headers}
            self.answers[self.installation_id, path] = replace(answer, headers=headers)
