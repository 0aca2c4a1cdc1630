"""Gradle reads the init script as it is meant: every name arrives whole at the filter of each Test task, and nothing is run.

What the filter does with a name is Gradle's: it quotes all but `*`, and compares class, dot and method.
"""

import shutil
import subprocess

import pytest

from app.core.model import TestId
from app.core.skiplists import Format, QuarantinedTest, quarantine_for
from tests.skiplists_run.page import command, file_name
from tests.skiplists_run.proof import HOSTILE

pytestmark = [pytest.mark.long, pytest.mark.skipif(shutil.which("gradle") is None, reason="there is no gradle")]

# Debian's Gradle is older than the methods that the list calls; where they are there, they are replaced all the same.
WATCHED = """
import org.gradle.api.internal.tasks.RealizableTaskCollection
import org.gradle.api.internal.tasks.testing.filter.DefaultTestFilter
RealizableTaskCollection.metaClass.configureEach = { Closure action -> delegate.all(action) }
DefaultTestFilter.metaClass.excludeTestsMatching = { String name -> new File('excluded.txt').append(name + '\\n', 'UTF-8') }
"""


def listed(names):
    return [
        QuarantinedTest(test_id=TestId(number), name=name, classname="com.acme.CartTest", suite="com.acme.CartTest")
        for number, name in enumerate(names)
    ]


@pytest.fixture
def gradle(tmp_path):
    (tmp_path / "build.gradle").write_text("apply plugin: 'java'\ntask other(type: Test)\n")
    (tmp_path / "settings.gradle").touch()
    (tmp_path / "watched.gradle").write_text(WATCHED)

    def excluded(tests):
        text = quarantine_for(Format.GRADLE, tests).text
        (tmp_path / file_name(Format.GRADLE)).write_text(text, encoding="utf-8")
        shown = command(Format.GRADLE).strip()
        # The tasks are configured, not run: there is nothing to run them with.
        shell = shown.replace("gradle test", "gradle -q --offline --no-daemon -I watched.gradle test other --dry-run")
        done = subprocess.run(
            ["bash", "-c", shell], check=False, cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        assert not list(tmp_path.rglob("pwned"))
        file = tmp_path / "excluded.txt"
        return file.read_text(encoding="utf-8").splitlines() if file.exists() else []

    return excluded


def test_gradle_is_given_exactly_the_names_of_the_list(gradle):
    tests = listed([*HOSTILE, "told(TestInfo)", "größe()", "${it.class.forName('x')}()"])
    refused = {one.test_id for one in quarantine_for(Format.GRADLE, tests).refused}
    said = {test.name.removesuffix("(TestInfo)").removesuffix("()") for test in tests if test.test_id not in refused}
    given = gradle(tests)
    assert sorted(given) == sorted(2 * [f"com.acme.CartTest.{name}" for name in said])
    assert len(said) > 40


def test_gradle_is_given_nothing_where_no_test_is_quarantined(gradle):
    assert gradle([]) == []
