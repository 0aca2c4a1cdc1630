"""Surefire leaves out the methods that the list names, and no other.

Java's compiler takes letters, digits, `_` and `$` in names of methods; what Kotlin's and Groovy's take besides is tried by a
class that is written as bytes.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from app.core.skiplists import Format, quarantine_for
from tests.skiplists_run.proof import Project, assert_halves, quarantined

pytestmark = [pytest.mark.long, pytest.mark.skipif(shutil.which("mvn") is None, reason="there is no mvn")]

POM = """<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>g</groupId><artifactId>a</artifactId><version>1</version>
<properties><maven.compiler.release>17</maven.compiler.release>
<project.build.sourceEncoding>UTF-8</project.build.sourceEncoding></properties>
<dependencies><dependency><groupId>org.junit.jupiter</groupId><artifactId>junit-jupiter</artifactId>
<version>5.11.4</version><scope>test</scope></dependency></dependencies>
<build><plugins>
<plugin><artifactId>maven-resources-plugin</artifactId><version>3.3.1</version></plugin>
<plugin><artifactId>maven-compiler-plugin</artifactId><version>3.13.0</version></plugin>
<plugin><artifactId>maven-surefire-plugin</artifactId><version>3.2.5</version></plugin>
</plugins></build></project>
"""
TESTS = """package %s;
import org.junit.jupiter.api.*;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
class ATest {
    @Test void a() {} @Test void ab() {} @Test void b() {} @Test void bc() {} @Test void a$b() {} @Test void $() {}
    @Test void größe() {} @Test void 測試() {} @Test void told(TestInfo info) {}
    @Test @DisplayName("a, b") void displayed() {}
    @ParameterizedTest @ValueSource(strings = {"x", "y]", "#z"}) void many(String one) {}
    @Nested class Inner { @Test void a() {} @Test void ab() {} }
    @Nested class InnerTest { @Test void a() {} }
}
class BTest { @Test void a() {} }
class BTestTest { @Test void a() {} }
"""
# Each is as long in bytes as the name that it takes the place of in the class file.
KOTLINS = ("a b, c#d", "!a + b,c", "it's $#{x}", 'say "%{}"', "%regex(a", "*?|^&@~`", "a ,#!b ab")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("maven")
    (folder / "pom.xml").write_text(POM)
    for package in ("com.a", "x.com.a"):
        source = folder / "src/test/java" / package.replace(".", "/")
        source.mkdir(parents=True)
        (source / "ATest.java").write_text(TESTS % package, encoding="utf-8")
    methods = " ".join(f"@org.junit.jupiter.api.Test void {_stand_in(n)}() {{}}" for n in range(len(KOTLINS)))
    (folder / "src/test/java/com/a/KotlinTest.java").write_text(f"package com.a; class KotlinTest {{ {methods} }}")
    done = subprocess.run(
        ["mvn", "-B", "-q", "test-compile"], check=False, cwd=folder, capture_output=True, timeout=500
    )
    if done.returncode:
        pytest.skip("Maven cannot get what it needs")
    _rename(folder / "target/test-classes/com/a/KotlinTest.class")
    return folder


def _stand_in(number: int) -> str:
    return f"s{number}".ljust(len(KOTLINS[number]), "_")


def _rename(compiled: Path) -> None:
    code = compiled.read_bytes()
    for number, name in enumerate(KOTLINS):
        assert code.count(_stand_in(number).encode()) == 1
        code = code.replace(_stand_in(number).encode(), name.encode())
    compiled.write_bytes(code)


@pytest.fixture
def project(built):
    return Project(built, Format.SUREFIRE, "target/surefire-reports/*.xml")


def test_surefire_skips_exactly_the_named_methods(project):
    instead = ("mvn test", "mvn -B -o surefire:test")
    every = project.run(instead[1])
    assert {case.name for case in every} >= {*KOTLINS}
    assert_halves(project, every, instead=instead)
    refused = {one.test_id for one in quarantine_for(Format.SUREFIRE, quarantined(every)).refused}
    # The calls of the parameterised test, in two packages.
    assert len(refused) == 6
