"""The native XML formats of test frameworks for C, C++ and Qt, of Robot Framework, Valgrind and SonarQube."""

from app.core.reports.boost import Boost
from app.core.reports.catch2 import Catch2
from app.core.reports.cpptest import CppTest
from app.core.reports.cppunit import CppUnit
from app.core.reports.ctest import CTest
from app.core.reports.cunit import CUnit
from app.core.reports.doctest_cpp import Doctest
from app.core.reports.gtester import GTester
from app.core.reports.libcheck import LibCheck
from app.core.reports.qtest import QTest
from app.core.reports.robot import Robot
from app.core.reports.sonarqube import SonarQube
from app.core.reports.tusar import Tusar
from app.core.reports.unittestpp import UnitTestPP
from app.core.reports.valgrind import Valgrind
from app.core.reports.xml_records import Format

NATIVE_FORMATS: tuple[type[Format], ...] = (
    Boost,
    Catch2,
    CppTest,
    CppUnit,
    CTest,
    CUnit,
    Doctest,
    GTester,
    LibCheck,
    QTest,
    Robot,
    SonarQube,
    Tusar,
    UnitTestPP,
    Valgrind,
)
