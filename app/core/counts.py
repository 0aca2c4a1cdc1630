"""Numbers of things in words for people: the one place that knows one from several."""


def count(number: int, what: str, several: str | None = None) -> str:
    """Return "1 test" or "2 tests"; `several` is the plural where that is not the word with an s."""
    return f"{number} {noun(number, what, several)}"


def noun(number: int, what: str, several: str | None = None) -> str:
    """Return the word alone, as `count` has it beside the number."""
    return what if number == 1 else several or f"{what}s"


def be(number: int) -> str:
    """Return the verb that so many things take."""
    return "is" if number == 1 else "are"


def all_of(number: int, what: str) -> str:
    """Return "the test is", "both tests are" or "all 3 tests are"; there is one at least."""
    said = "the" if number == 1 else "both" if number == 2 else f"all {number}"
    return f"{said} {noun(number, what)} {be(number)}"
