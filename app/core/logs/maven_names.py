"""How surefire names a test in its log, of old and of late."""

import re

from app.core.logs.telling import Told

_OLD = re.compile(r"([\w$.]{1,400})\)")
_NEW = re.compile(r"((?:[a-z_][\w$]{0,100}\.){0,40}[A-Z][\w$]{0,200})\.(\S.*)")
_BARE = re.compile(
    r"[a-z_][\w$]{0,200}(?:\([\w$<>\[\], ]{0,400}\)|\{[\w$<>\[\], ]{0,400}\})?(?:\[\d{1,9}\])?(?:\{\d{1,9}\})?"
)
_CLASS = re.compile(r"(?:[\w$]{1,100}\.){0,40}[\w$]{1,200}")


def named(label: str, suite: str) -> tuple[str, str] | None:
    """Return class and name of the test that a line names, None where it names none.

    `name(pkg.Class)` was written until 3.0.0-M5, `pkg.Class.name -- ` since. What failed as a whole class is named by it, as
    in surefire's reports. `suite` is the class that is being told of; with it a name that has dots can be cut.
    """
    is_late = label.rstrip().endswith("--")
    label = label.rstrip().removesuffix("--").rstrip()
    if not label:
        return None
    if label == suite:
        return suite, suite
    if suite and label.startswith(f"{suite}."):
        return suite, label[len(suite) + 1 :]
    if label.endswith(")") and not is_late:
        return _old(label, suite)
    late = _NEW.fullmatch(label)
    if late is not None:
        return late[1], late[2]
    if not _CLASS.fullmatch(label):
        return None
    class_name, _, name = label.rpartition(".")
    return (class_name, name) if class_name and name[0].islower() else (label, label)


def bare(label: str, suite: str) -> tuple[str, str] | None:
    """Return class and name of a test that stands without its class, None where it does not.

    That is how JUnit 5 was told until 3.0.0-M4: a method, of which the parameters' types may follow. A type without a
    package is no class beside one that has a package.
    """
    label = label.rstrip()
    if "." not in suite or not _BARE.fullmatch(label):
        return None
    return suite, label.removesuffix("()")


def nested_class(frame: str, test: Told) -> str | None:
    """Return the class within its class that a frame of a bare test names, None where it names none.

    Only the stack tells it: JUnit 5's nested classes were told under the outer one's name.
    """
    _, is_within, rest = frame.partition(f"at {test.class_name}$")
    within, _, method = rest.partition("(")[0].rpartition(".")
    is_class = is_within and within.replace("$", "").isidentifier() and not re.search(r"(?:^|\$)\d", within)
    return f"{test.class_name}${within}" if is_class and method == re.split(r"[\[({]", test.name)[0] else None


def titled(label: str, suite: str) -> tuple[str, str] | None:
    """Return class and name of a test that stands without its class and is called by a sentence, as Spek's were in 2.x."""
    label = label.strip()
    return (suite, label) if "." in suite and " " in label and not label.endswith("--") else None


def _old(label: str, suite: str) -> tuple[str, str] | None:
    if suite and label.endswith(f"({suite})"):
        class_name = suite
    else:
        opened = label.rfind("(")
        inner = _OLD.fullmatch(label[opened + 1 :])
        late = _NEW.fullmatch(label)
        if late is not None and (inner is None or "." not in inner[1]):
            # The brackets are those of the method's parameters.
            return late[1], late[2]
        class_name = label[opened + 1 : -1]
    name = label[: -len(class_name) - 2].strip()
    if not class_name or not name:
        return None
    return class_name, name
