"""The open elements of one kind, in formats that nest them: suites in suites, results in results."""

from typing import Generic, TypeVar

DEEPEST = 500
"""Levels that are kept; no writer nests as deep, and a file of nothing but beginnings could nest millions."""

Element = TypeVar("Element")


class OpenElements(Generic[Element]):
    """A stack that only counts what is nested deeper than DEEPEST; what stands in there belongs to the deepest kept."""

    __slots__ = ("_beyond", "_kept")

    def __init__(self) -> None:
        self._kept: list[Element] = []
        self._beyond = 0

    @property
    def innermost(self) -> Element | None:
        return self._kept[-1] if self._kept else None

    def begin(self, element: Element) -> None:
        if len(self._kept) < DEEPEST:
            self._kept.append(element)
        else:
            self._beyond += 1

    def end(self) -> Element | None:
        """Return the element that ended; None where it was not kept, or never began."""
        if self._beyond:
            self._beyond -= 1
            return None
        return self._kept.pop() if self._kept else None
