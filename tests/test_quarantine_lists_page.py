"""docs/quarantine-lists.md shows each format once, with the command that tests/skiplists_run runs, and says the limits."""

import re
import subprocess
from pathlib import Path

import pytest

from app.core.skiplists import Format, QuarantinedTest, quarantine_for
from app.core.skiplists.names import MOST_ARGUMENT_BYTES
from tests.skiplists_run.page import PAGE, command, file_name, section

RUN = Path(__file__).parent / "skiplists_run"


def test_every_format_has_a_section_and_a_row_and_no_other_has():
    assert re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE) == list(Format)
    assert re.findall(r"^## (\w+)$", PAGE, re.MULTILINE) == list(Format)


@pytest.mark.parametrize("known_as", Format)
def test_each_command_reads_the_file_that_the_list_is_saved_as(known_as):
    assert Path(file_name(known_as)).stem in command(known_as)


@pytest.mark.parametrize("known_as", Format)
def test_each_command_is_one_for_a_shell(known_as):
    subprocess.run(["bash", "-n", "-c", command(known_as)], check=True, timeout=30)


def test_how_a_list_is_fetched_is_a_script_for_a_shell():
    fetched = PAGE.partition("```sh\n")[2].partition("```")[0]
    subprocess.run(["bash", "-n", "-c", fetched], check=True, timeout=30)
    assert "/quarantine?format=FORMAT" in fetched


@pytest.mark.parametrize("known_as", [one for one in Format if one is not Format.JSON])
def test_the_real_runner_is_tried_for_each_format(known_as):
    assert f"Format.{known_as.upper()}" in (RUN / f"test_{known_as}_list.py").read_text(encoding="utf-8")


def test_the_fields_for_programs_are_all_there():
    shown = section(Format.JSON).partition('"tests": [{')[2].partition("}")[0]
    assert re.findall(r'"(\w+)"', shown) == list(QuarantinedTest.__slots__)
    assert '"tests": []' in quarantine_for(Format.JSON, []).text


@pytest.mark.parametrize("known_as", [Format.JEST, Format.GO, Format.NEXTEST])
def test_the_limit_of_an_argument_is_said(known_as):
    assert f"{MOST_ARGUMENT_BYTES:,} bytes" in section(known_as)
