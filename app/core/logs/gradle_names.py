"""How gradle's test events name a test: `Class > Nested > method`, with the process before it where it is asked to say more."""

import re

_PROCESS = ("Gradle Test Run ", "Gradle Test Executor ", "Gradle suite", "Gradle test")
_QUALIFIED = re.compile(r"((?:[a-z_]\w{0,100}\.){1,40}[A-Z][\w$]{0,200})\.(\S.*)")
_NESTED = re.compile(r"[A-Z]\w{0,200}")
_INVOCATION = re.compile(r"\[\d{1,6}\]")
_DEVICE = re.compile(r"\[[^\[\]]{0,80}(?:\(AVD\)|emulator-\d{1,6})[^\[\]]{0,40}\]$")
# Kotlin's own test tasks name the target behind the test, and no ` > ` before it.
_MULTIPLATFORM = re.compile(r"((?:\w{1,100}\.){0,40}[A-Z][\w$]{0,200})\.(\S.{0,600}\[\w[\w, .-]{0,120}\])")
# Before Kotlin 1.4 they do not: only the task says that it is one of them.
_NATIVE_TASK = re.compile(r"\S{0,300}:(?:ios|js|linux|macos|mingw|tvos|wasm|watchos)\w{0,60}Test")
_NATIVE = re.compile(r"((?:\w{1,100}\.){0,40}[A-Z][\w$]{0,200})\.([^\s.].{0,600})")
# What gradle-test-logger's themes for tests that run side by side write: the class, a space, the test.
_SPACED = re.compile(r"((?:[a-z_]\w{0,100}\.){1,40}[A-Z][\w$]{0,200}) (\S.{0,1500})")
_JOINT = " > "
ERRORS = ("initializationError", "classMethod", "executionError")
"""What gradle calls the failure of a class that could not be set up."""


def named(path: str) -> tuple[str, str] | None:
    """Return class and name of the test that an event names, None where it names none.

    Nested classes are joined by `$`, as in gradle's reports. An invocation of a test with parameters keeps its method's
    name before it: `[1] a` alone would be the name of many tests.
    """
    if _JOINT not in path:
        match = _MULTIPLATFORM.fullmatch(path) or _SPACED.fullmatch(path)
        return (match[1], match[2]) if match else None
    parts = path.split(_JOINT)
    while parts and parts[0].startswith(_PROCESS):
        del parts[0]
    invocation = next((i for i, part in enumerate(parts) if i and _INVOCATION.match(part)), None)
    if invocation is not None:
        parts[invocation:] = [_JOINT.join(parts[invocation:])]
    qualified = _QUALIFIED.fullmatch(parts[-1]) if parts else None
    if qualified is not None:
        # TestNG's events name the suite and its test, and the class only here.
        return qualified[1], qualified[2]
    if len(parts) < 2:
        return None
    return _below(parts[0], parts[1:])


def native(path: str, task: str) -> tuple[str, str] | None:
    """Return class and name of a test that one of Kotlin's own tasks names by a point between the two."""
    match = _NATIVE.fullmatch(path) if _NATIVE_TASK.fullmatch(task) else None
    return (match[1], match[2]) if match else None


def _below(class_name: str, parts: list[str]) -> tuple[str, str]:
    while len(parts) > 1 and _NESTED.fullmatch(parts[0]):
        class_name = f"{class_name}${parts.pop(0)}"
    *containers, name = parts
    has_method = any(part.endswith((")", "]")) for part in containers) or _INVOCATION.match(name) is not None
    if containers and not has_method:
        # A nested class with a display name.
        return "$".join([class_name, *containers]), name
    return class_name, _DEVICE.sub("", _JOINT.join(parts))


def qualified(label: str) -> tuple[str, str] | None:
    """Return class and name of a test that is named by its class with the package, a point and its own name."""
    match = _QUALIFIED.fullmatch(label)
    return (match[1], match[2]) if match else None
