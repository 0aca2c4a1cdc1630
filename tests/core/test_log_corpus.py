"""Real logs of other projects, where a folder of them lies beside the checkout."""

import csv
import json
import re
from pathlib import Path

import pytest

from app.core.logs import read_log

CORPUS = Path(__file__).parents[2].parent / "shared" / "corpus"

pytestmark = pytest.mark.skipif(
    not (CORPUS / "INDEX.tsv").exists(), reason="there is no corpus of real logs beside the checkout"
)


def rows(kind: str) -> list[dict[str, str]]:
    with (CORPUS / "INDEX.tsv").open(encoding="utf-8") as file:
        found = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [row for row in found if row["format"] == kind and row["expect_source"] != "-"]


def last_part(name: str) -> str:
    name = re.split(r"\s*[›>]\s+|::", name)[-1]
    base, _, parameters = name.partition("[")
    return re.sub(r"\W+", "", re.split(r"[./]", base)[-1] + parameters).lower()


@pytest.mark.parametrize("kind", ["log/pytest", "log/go-test", "log/jest"])
def test_the_failing_tests_of_real_logs_are_found(kind):
    lines = (CORPUS / "EXPECTED.jsonl").read_text(encoding="utf-8").splitlines()
    expected = {one["path"]: one["failing"] for one in map(json.loads, lines)}
    wanted = hit = 0
    for row in rows(kind):
        log = read_log((CORPUS / row["path"]).read_bytes())
        names = {last_part(one.name) for one in log.results if one.outcome.is_bad}
        want = {last_part(name) for name in expected.get(row["path"], [])}
        wanted += len(want)
        hit += len(want & names)
    assert hit >= 0.95 * wanted > 0


def test_real_logs_without_tests_name_none():
    assert [row["path"] for row in rows("log/no-tests") if read_log((CORPUS / row["path"]).read_bytes()).results] == []
