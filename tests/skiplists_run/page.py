"""docs/quarantine-lists.md, as the tests read it: what they run is what people are shown."""

import re
from pathlib import Path

from app.core.skiplists import Format

PAGE = (Path(__file__).parents[2] / "docs" / "quarantine-lists.md").read_text(encoding="utf-8")


def section(title):
    return PAGE.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def command(known_as: Format) -> str:
    (shown,) = re.findall(r"^```sh\n(.*?)^```$", section(known_as), re.MULTILINE | re.DOTALL)
    return shown


def file_name(known_as: Format) -> str:
    (row,) = re.findall(rf"^\| `{known_as}` \| `(.+?)` \|", PAGE, re.MULTILINE)
    return row
