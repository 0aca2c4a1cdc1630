"""The names of scenarios: the rows of an outline share one, and so does a scenario that was run again."""

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

# What ruby and the JVM end the id of a row with.
_ROW = re.compile(r";\d{1,9}$")


class Scenario(NamedTuple):
    """What tells the scenarios of one feature apart. `line` is as written."""

    name: str
    line: str
    id: str
    is_outline: bool


def row_endings(scenarios: Sequence[Scenario]) -> list[str]:
    """Return what has to follow the name of each scenario, so that different ones of the same name stay different.

    The first has no ending, the second ` [1]`. The same line again is the same scenario run again, unless it is a row to
    which cucumber-js gives the line of its outline.
    """
    places: defaultdict[str, dict[tuple[str, int], int]] = defaultdict(dict)
    endings = []
    for index, scenario in enumerate(scenarios):
        is_row_alike = scenario.is_outline and not _ROW.search(scenario.id) and not _has_place(scenario)
        known = places[scenario.name]
        number = known.setdefault((scenario.line, index if is_row_alike else -1), len(known))
        endings.append(f" [{number}]" if number else "")
    return endings


def _has_place(scenario: Scenario) -> bool:
    """Say whether the line is a place with its file, as behave writes it: it gives each row its own."""
    return ":" in scenario.line
