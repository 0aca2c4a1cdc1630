"""The readers of job logs, one a runner."""

from app.core.logs.ant import AntReader
from app.core.logs.automake import AutomakeReader
from app.core.logs.ava import AvaReader
from app.core.logs.bats import BatsReader
from app.core.logs.bazel import BazelReader
from app.core.logs.boost import BoostReader
from app.core.logs.bun import BunReader
from app.core.logs.busted import BustedReader
from app.core.logs.cargo import CargoReader
from app.core.logs.catch2 import Catch2Reader
from app.core.logs.ctest import CtestReader
from app.core.logs.cucumber import CucumberReader
from app.core.logs.dart import DartReader
from app.core.logs.deno import DenoReader
from app.core.logs.doctest import DoctestReader
from app.core.logs.exunit import ExunitReader
from app.core.logs.go import GoReader
from app.core.logs.go_json import GoJsonReader
from app.core.logs.gradle import GradleReader
from app.core.logs.gtest import GtestReader
from app.core.logs.jasmine import JasmineReader
from app.core.logs.jest import JestReader
from app.core.logs.julia import JuliaReader
from app.core.logs.junit_console import JunitConsoleReader
from app.core.logs.junit_interface import JunitInterfaceReader
from app.core.logs.junit_text import JunitTextReader
from app.core.logs.karma import KarmaReader
from app.core.logs.maven import MavenReader
from app.core.logs.meson import MesonReader
from app.core.logs.minitest import MinitestReader
from app.core.logs.mocha import MochaReader
from app.core.logs.mozharness import MozharnessReader
from app.core.logs.mtp import MtpReader
from app.core.logs.munit import MunitReader
from app.core.logs.nextest import NextestReader
from app.core.logs.node_test import NodeTestReader
from app.core.logs.nunit import NunitReader
from app.core.logs.pest import PestReader
from app.core.logs.pester import PesterReader
from app.core.logs.pg_regress import PgRegressReader
from app.core.logs.phpunit import PhpunitReader
from app.core.logs.playwright import PlaywrightReader
from app.core.logs.pytest import PytestReader
from app.core.logs.python_doctest import PythonDoctestReader
from app.core.logs.randomized import RandomizedReader
from app.core.logs.robot import RobotReader
from app.core.logs.rspec import RspecReader
from app.core.logs.scalacheck import ScalacheckReader
from app.core.logs.scalatest import ScalatestReader
from app.core.logs.session import Reader
from app.core.logs.specs2 import Specs2Reader
from app.core.logs.stestr import StestrReader
from app.core.logs.swift_testing import SwiftTestingReader
from app.core.logs.sympy import SympyReader
from app.core.logs.tap import TapReader
from app.core.logs.test_unit import TestUnitReader
from app.core.logs.testng import TestngReader
from app.core.logs.testthat import TestthatReader
from app.core.logs.unittest import UnittestReader
from app.core.logs.utest import UtestReader
from app.core.logs.uvu import UvuReader
from app.core.logs.vitest import VitestReader
from app.core.logs.vstest import VstestReader
from app.core.logs.weaver import WeaverReader
from app.core.logs.xctest import XctestReader
from app.core.logs.xunit import XunitReader
from app.core.logs.ziotest import ZiotestReader

READERS: tuple[type[Reader], ...] = (
    PytestReader,
    UnittestReader,
    GoReader,
    JestReader,
    MavenReader,
    GtestReader,
    CtestReader,
    ExunitReader,
    Catch2Reader,
    DoctestReader,
    GradleReader,
    JunitConsoleReader,
    JunitTextReader,
    AntReader,
    RandomizedReader,
    TapReader,
    BazelReader,
    XctestReader,
    SwiftTestingReader,
    StestrReader,
    PythonDoctestReader,
    MozharnessReader,
    SympyReader,
    ScalatestReader,
    ScalacheckReader,
    Specs2Reader,
    MunitReader,
    JunitInterfaceReader,
    ZiotestReader,
    WeaverReader,
    VstestReader,
    MtpReader,
    XunitReader,
    NunitReader,
    PesterReader,
    MesonReader,
    DartReader,
    JuliaReader,
    TestthatReader,
    BoostReader,
    BustedReader,
    BatsReader,
    PgRegressReader,
    AutomakeReader,
    UtestReader,
    MochaReader,
    VitestReader,
    PlaywrightReader,
    KarmaReader,
    JasmineReader,
    NodeTestReader,
    AvaReader,
    UvuReader,
    BunReader,
    DenoReader,
    RobotReader,
    TestngReader,
    CucumberReader,
    CargoReader,
    NextestReader,
    PhpunitReader,
    PestReader,
    RspecReader,
    MinitestReader,
    TestUnitReader,
    GoJsonReader,
)
"""Each finds its own sessions, so that one step may hold several."""
