"""How surefire names a test in its log, of old and of late."""

import re

_OLD = re.compile(r"([\w$.]{1,400})\)")
_NEW = re.compile(r"((?:[a-z_][\w$]{0,100}\.){0,40}[A-Z][\w$]{0,200})\.(\S.*)")
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
