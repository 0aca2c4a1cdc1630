"""The wheel built from the tree runs outside it: whatever a command needs is in it."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import asyncpg
import pytest

from tests.deploy.on_machine import ROOT, done


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built as deploy/Dockerfile builds it, by the backend that pyproject names, and without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    done(sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", folder, cwd=ROOT)
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The folder that the wheel is installed into."""
    folder = tmp_path_factory.mktemp("installed")
    pip = (sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install")
    done(*pip, "--quiet", "--no-index", "--no-deps", "--target", folder, wheel)
    return folder


@pytest.fixture
def flakeguard(installed, tmp_path):
    """Runs the installed command in an empty directory, with nothing of the tree in its path."""

    def run(*arguments, **environ):
        known = {"PATH": os.defpath, "HOME": str(tmp_path), "PYTHONPATH": str(installed)}
        named = {f"FLAKEGUARD_{name}": value for name, value in environ.items()}
        return done(installed / "bin/flakeguard", *arguments, cwd=tmp_path, env=known | named)

    return run


def test_every_file_of_the_package_is_in_the_wheel_and_nothing_that_was_left_behind(wheel):
    tracked = subprocess.run(
        ["git", "ls-files", "app", "sql", "manifest.yml"], check=False, cwd=ROOT, capture_output=True, text=True
    )
    if tracked.returncode:
        pytest.skip("not a git checkout")
    wanted = {name if name.startswith("app/") else f"app/{name}" for name in tracked.stdout.splitlines()}
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert sorted(wanted - packed) == []
    # What is not committed yet may be in it; what was only left behind by something that ran may not.
    assert sorted(name for name in packed - wanted if not name.endswith((".py", ".sql"))) == []


def test_what_runs_is_what_is_installed(installed, tmp_path):
    environ = {"PATH": os.defpath, "PYTHONPATH": str(installed)}
    said = done(sys.executable, "-c", "import app; print(app.__path__[0])", cwd=tmp_path, env=environ)
    assert Path(said.strip()).is_relative_to(installed)


def test_it_says_how_it_is_used(flakeguard):
    assert "serve" in flakeguard("--help")


def test_it_prints_the_schema_of_the_policy(flakeguard):
    assert '"quarantine_threshold"' in flakeguard("policy", "schema")


async def test_it_makes_the_schema_of_an_empty_database(flakeguard, empty_database_url):
    flakeguard("migrate", DATABASE_URL=empty_database_url)
    conn = await asyncpg.connect(empty_database_url)
    made = await conn.fetch("SELECT name FROM fg_schema_migration ORDER BY version")
    await conn.close()
    assert [row["name"] for row in made] == sorted(file.stem for file in (ROOT / "sql/migrations").glob("*.sql"))


def test_the_pages_of_the_demo_have_their_style(installed, tmp_path):
    code = "from app.sandbox.github.pages import layout; print(layout.__file__, len(layout.STYLE))"
    environ = {"PATH": os.defpath, "PYTHONPATH": str(installed)}
    assert str(installed) in done(sys.executable, "-c", code, cwd=tmp_path, env=environ)


@pytest.mark.long
def test_the_demo_runs(flakeguard):
    assert "FlakeGuard" in flakeguard("demo", "--once")
