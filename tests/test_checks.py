"""What `make check` finds and says."""

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def audited(folder, program):
    """Run the audit with a program in the place of pip-audit; returns its exit status and what it says."""
    (folder / "pip_audit.py").write_text(f"import sys\n{program}\n")
    environ = os.environ | {"PYTHONPATH": str(folder)}
    done = subprocess.run(
        [sys.executable, ROOT / ".ci" / "audit.py"], env=environ, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout


FINE = {"name": "yarl", "version": "1.0", "vulns": []}
BAD = FINE | {"vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
UNKNOWN = {"name": "yarl", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("packages", "status", "words"),
    [
        ([FINE, FINE], 0, "2 packages audited, 0 vulnerabilities"),
        ([FINE, BAD], 1, "yarl 1.0: PYSEC-1, fixed in 1.1"),
        ([FINE, UNKNOWN], 0, "NOT AUDITED: 1 of 2 packages"),
    ],
    ids=["none", "one", "unknown"],
)
def test_a_vulnerability_fails_the_check_and_what_was_not_looked_up_is_said(tmp_path, packages, status, words):
    told = json.dumps({"dependencies": packages})
    found = audited(tmp_path, f"print({told!r}); sys.exit({status})")
    assert found[0] == status
    assert words in found[1]


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        ("ConnectionError: Failed to establish a new connection", 0, "NOT AUDITED, the vulnerability service"),
        ("ReadTimeout: timed out", 0, "NOT AUDITED, the vulnerability service"),
        ("SyntaxError: invalid syntax", 2, "the audit failed: SyntaxError"),
    ],
)
def test_a_service_that_is_away_fails_nothing_but_an_audit_that_is_broken_does(tmp_path, error, status, words):
    found = audited(tmp_path, f"sys.exit({error!r})")
    assert found[0] == status
    assert words in found[1]


def test_no_rule_about_security_is_off_in_the_app():
    ruff = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["ruff"]["lint"]
    everywhere = [rule for rule in ruff["ignore"] if rule.startswith("S")]
    in_app = {
        rule: where
        for where, rules in ruff["per-file-ignores"].items()
        if where.startswith(("app", "**", "*"))
        for rule in rules
        if rule == "S" or (rule[0:1] == "S" and rule[1:].isdigit())
    }
    assert ruff["select"] == ["ALL"]
    assert everywhere == []
    assert in_app == {"S311": "app/{sandbox,sample}/**"}


def test_our_own_workflows_pin_every_action_and_ask_for_nothing_more_than_to_read():
    texts = [file.read_text() for file in (ROOT / ".github" / "workflows").iterdir()]
    uses = [line.strip().removeprefix("- ") for text in texts for line in text.splitlines() if "uses:" in line]
    assert uses
    assert [one for one in uses if len(one.partition("@")[2].partition(" ")[0]) != 40] == []
    assert all("\npermissions: {}\n" in text and "write" not in text for text in texts)
    assert all(text.count("persist-credentials: false") == text.count("actions/checkout@") for text in texts)


def test_every_test_that_the_threat_model_names_is_there():
    named = set(re.findall(r"`(test_\w+)`", (ROOT / "SECURITY.md").read_text(encoding="utf-8")))
    there = {
        name for file in (ROOT / "tests").rglob("test_*.py") for name in re.findall(r"def (test_\w+)", file.read_text())
    }
    assert len(named) > 20
    assert named - there == set()
