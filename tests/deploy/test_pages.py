"""What deploy/ tells people: settings that are read, and commands that there are."""

import re

import pytest

from app.__main__ import _COMMANDS
from tests.deploy.on_machine import DEPLOY, ROOT, text

FILES = sorted(
    file
    for file in DEPLOY.rglob("*")
    if file.is_file() and file.suffix not in (".lock", ".json", ".pyc") and ".ruff_cache" not in file.parts
)
PAGES = sorted(DEPLOY.glob("*.md"))
README = (ROOT / "README.md").read_text(encoding="utf-8")
SETTINGS = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "app" / "settings").glob("*.py"))
READ = set(re.findall(r'"(FLAKEGUARD_\w+)"', SETTINGS))
FOR_TESTS = {"FLAKEGUARD_TEST_CITUS_URL", "FLAKEGUARD_TEST_CITUS_WORKERS"}
"""Read by tests/conftest.py."""
OF_THE_PLUGIN = {"FLAKEGUARD_FILE"}
"""Read by deploy/pytest-flakeguard, in people's own environments."""


def settings_of(words):
    return set(re.findall(r"\bFLAKEGUARD_[A-Z_]*[A-Z]\b", words))


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(DEPLOY)))
def test_every_setting_that_a_file_names_is_one_that_is_read(file):
    assert sorted(settings_of(file.read_text(encoding="utf-8")) - READ - FOR_TESTS - OF_THE_PLUGIN) == []


def test_every_setting_that_is_read_is_explained_to_operators():
    table = text("operating.md").partition("\n## All settings\n")[2]
    assert sorted(READ - settings_of(table)) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_that_a_page_names_is_there(page):
    there = set(_COMMANDS)
    code = " ".join(re.findall(r"(?s)```\n.+?```|`[^`\n]+`", page.read_text(encoding="utf-8")))
    named = set(re.findall(r"(?m)(?:^|`|-- |exec worker )flakeguard ([a-z]+)\b", code))
    assert named or page.name == "citus.md"
    assert sorted(named - there) == []


def test_the_readme_leads_to_the_pages_of_operators():
    assert "(deploy/operating.md)" in README
    assert "(deploy/runbook.md)" in README
