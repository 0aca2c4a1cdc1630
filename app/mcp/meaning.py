"""Which test an agent means: by its number, or by a name as commands in comments take them."""

import re
from collections.abc import Sequence

from app.core.find_tests import Ambiguous, Found, NotFound, find_tests
from app.core.model import CaseName
from app.core.text import shown
from app.mcp.answer import Answer
from app.mcp.asking import Api
from app.mcp.shapes import Listed, Page, Test
from app.mcp.telling import found_test
from app.mcp.wanted import LONGEST_NAME

_LONGEST_QUESTION = 300
_A_PAGE, _MOST_PAGES = 200, 5
_NUMBER = re.compile(r"#?(\d{1,18})")
_FILE_ENDING = re.compile(r"\.[A-Za-z]{1,4}(?=::)")
_WORD = re.compile(r"\w+")

MANY = "{0} tests could be meant. Ask again with the whole name of one, or its test_id."
NONE = "No test is called that."
NEAR = "No test is called that. These are near."


class Unclear(Exception):
    """It is not clear which test is meant; `answer` says which it could be."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.summary)
        self.answer = answer


async def find_test(api: Api, repo: str, said: str) -> Test:
    """Return the one test that is meant. Raises Unclear, CannotAnswer."""
    number = _NUMBER.fullmatch(said.strip())
    test_id = int(number[1]) if number else (await _by_name(api, repo, said[:LONGEST_NAME])).id
    return await api.of_repository(repo, f"/tests/{test_id}", Test)


async def _by_name(api: Api, repo: str, said: str) -> Listed:
    candidates = await _candidates(api, repo, _words(said))
    known = {CaseName(suite=one.suite, class_name=one.class_name, name=one.name): one for one in candidates}
    match find_tests(said, tuple(known)):
        case Found(tests=[only]):
            return known[only]
        case Found(tests=several):
            raise Unclear(_several([known[one] for one in several[:10]], len(several)))
        case Ambiguous(candidates=several, total=total):
            raise Unclear(_several([known[one] for one in several], total))
        case NotFound(near=near):
            raise Unclear(await _near(api, repo, said, [known[one] for one in near]))


def _several(tests: Sequence[Listed], total: int) -> Answer:
    return Answer(summary=MANY.format(total), items=[found_test(one) for one in tests], is_error=True)


async def _near(api: Api, repo: str, said: str, near: Sequence[Listed]) -> Answer:
    if not near:
        # The longest word says most; where not even that is known, one of the flakiest may have been misspelt.
        longest = max(_words(said), key=len, default="")
        known = await _candidates(api, repo, [longest], pages=1) or await _candidates(api, repo, [], pages=1)
        near = _spelt_alike(said, known) or known[:5] if longest else []
    return Answer(summary=NEAR if near else NONE, items=[found_test(one) for one in near], is_error=True)


def _spelt_alike(said: str, known: Sequence[Listed]) -> list[Listed]:
    by_case = {CaseName(suite=one.suite, class_name=one.class_name, name=one.name): one for one in known}
    match find_tests(said, tuple(by_case)):
        case NotFound(near=near):
            return [by_case[one] for one in near]
        case _:
            return []


def _words(said: str) -> list[str]:
    """Return the words that the test's name must hold, whichever of the ways to write it was chosen."""
    return _WORD.findall(_FILE_ENDING.sub("", shown(said)))


async def _candidates(api: Api, repo: str, words: Sequence[str], *, pages: int = _MOST_PAGES) -> list[Listed]:
    """Return the tests whose names hold all of the words, of which as many are asked for as a question takes."""
    question, found, after = "", list[Listed](), ""
    for word in sorted(words, key=len, reverse=True):
        if len(question) + len(word) < _LONGEST_QUESTION:
            question = f"{question} {word}".strip()
    for _ in range(pages):
        wanted = {name: text for name, text in (("q", question), ("after", after)) if text}
        page = await api.of_repository(repo, "/tests", Page[Listed], limit=_A_PAGE, **wanted)
        found += page.items
        if page.next is None:
            break
        after = page.next
    return found
