"""Names of tests on the JVM, as far as Gradle and Surefire filter by them: a class and a method."""

import re

from app.core.skiplists.placeholders import has_placeholder
from app.core.skiplists.values import QuarantinedTest, Unsayable

_CLASS = re.compile(r"(?:[\w$]+\.)+[\w$]+")
# JUnit writes the types of the parameters behind the method. Kotlin's `adds (fast)` is a name as a whole.
_TYPE = r"(?:(?:\w+\.)*[A-Z][\w$]*|byte|short|int|long|float|double|boolean|char)(?:\[\]|\.\.\.)*"
_TYPES = re.compile(rf"(?<=\S)\((?:{_TYPE}(?:, ?{_TYPE})*)?\)\Z")
_CALL = re.compile(r"\[[^\]]*\]\Z|\A\[")
# What no name of a method may hold in a class file, nor in Kotlin's backticks.
_NO_METHOD = re.compile(r"[.;\[\]/<>:\\]")


def class_and_method(test: QuarantinedTest) -> tuple[str, str]:
    """Return the class with its package and the method without its types; raises Unsayable where they are not known.

    Methods of one name in one class are one: neither runner tells them apart by their parameters' types.
    """
    if not _CLASS.fullmatch(test.classname):
        raise Unsayable("its class with the package is not known")
    if _CALL.search(test.name):
        raise Unsayable("it is one call of a parameterised test, which cannot be skipped alone")
    method = _TYPES.sub("", test.name)
    if not method or _NO_METHOD.search(method) or has_placeholder(method):
        raise Unsayable("its name is none of a method")
    return test.classname, method
