"""Finds what the tests of deploy/ need: its files, and tools that not every machine has."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def text(name):
    return (DEPLOY / name).read_text(encoding="utf-8")


def tool(name):
    """Return the path of a program, our environment's or the machine's; skips where there is none."""
    found = shutil.which(name, path=str(Path(sys.executable).parent)) or shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def done(*command, **options):
    """Run a command and return what it printed; what it complained of is the failure."""
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, **options)
    assert ran.returncode == 0, f"{' '.join(map(str, command))}\n{ran.stdout}{ran.stderr}"
    return ran.stdout
