"""pytest's ways of writing a test's name, and its words for how a test ended."""

import re

from app.core.model import Outcome

SUITE = "pytest"
"""What pytest calls the suite in its own reports."""

RERUN = "RERUN"
OUTCOMES = {
    "PASSED": Outcome.PASSED,
    "FAILED": Outcome.FAILED,
    "ERROR": Outcome.ERROR,
    "SKIPPED": Outcome.SKIPPED,
    "XFAIL": Outcome.SKIPPED,
    "xfail": Outcome.SKIPPED,
    "XPASS": Outcome.PASSED,
    "xpass": Outcome.PASSED,
    # A subtest is a part of its test: pytest's reports know the test alone.
    "SUBFAIL": Outcome.FAILED,
    "SUBFAILED": Outcome.FAILED,
    "SUBPASS": Outcome.PASSED,
    "SUBPASSED": Outcome.PASSED,
    "SUBSKIP": Outcome.SKIPPED,
    "SUBSKIPPED": Outcome.SKIPPED,
    # A run again means that this execution failed.
    RERUN: Outcome.FAILED,
}

# A plug-in's word with its colour, as pytest prints both where they come as one.
_COLOURED_RERUN = re.compile(r"\('(?:RERUN|RETRY)', \{'\w{1,10}': True\}\)")
_WORD = "|".join(OUTCOMES)
_PROGRESS = re.compile(r"\[ *(?:\d{1,3}%|\d+/\d+|[\d.]+ ?m?s)\]")
_XDIST = re.compile(rf"\[gw\d+\] (?:\[ *\d{{1,3}}%\] )?({_WORD}) (\S.*)")
# The plug-in pytest-subtests writes what tells a subtest from others before its word, or behind the test's name.
_XDIST_SUBTEST = re.compile(r"\[gw\d+\] (?:\[ *\d{1,3}%\] )?[\[(].{1,1000} (SUBFAIL|SUBPASS|SUBSKIP) (\S.*)")
_SUMMED_SUBTEST = re.compile(r"[\[(].{1,1000}? (SUBFAIL|SUBPASS|SUBSKIP) (\S.*)")
_REASON = re.compile(rf" ({_WORD}) \(")
_GLUED = re.compile(rf"({_WORD})$")
# What a test of Python's printed behind its name, in a session that captures nothing, may end with such a word, too.
_PRINTED_BEHIND = re.compile(r"[^\[ ]*\.py::[^\[ ]* +[^\[ ]")
_AROUND = re.compile(r"\Aat (?:setup|teardown) of ")
_SUBTEST = re.compile(r"([^\s\[]+(?:\[.*?\])?) [\[(].*")
_SUMMARY = re.compile(rf"({_WORD}|FAIL)(?: (\S.*)|[ \[(].*)")


def read_progress(text: str) -> tuple[str, str] | None:
    """Return the id of a test and the word for its end from a line of verbose progress, None for any other line.

    The id is empty where the line holds the word alone: then the test was named on a line before.
    """
    if text.startswith("[gw"):
        match = _XDIST.fullmatch(without_percentage(text))
        if match is None and " SUB" in text:
            match = _XDIST_SUBTEST.fullmatch(without_percentage(text))
        return (match[2].rstrip(), match[1]) if match and is_id(match[2]) else None
    head = without_percentage(text)
    if head.endswith("})"):
        head = _COLOURED_RERUN.sub(RERUN, head)
    reason = _REASON.search(head) if head.endswith(")") else None
    name, word = (head[: reason.start()], reason[1]) if reason else _split_last(head)
    if word not in OUTCOMES:
        glued = _GLUED.search(head) if head != text else None
        return ("", glued[1]) if glued and not is_id(head) else None
    if _PRINTED_BEHIND.match(name):
        return None
    if word.startswith("SUB"):
        name = without_subtest(name)
    return (name, word) if is_id(name) or not name else None


def without_percentage(text: str) -> str:
    """Return a line of progress without what says how long the test took and how far the session is."""
    for _ in range(2):
        at = text.rfind("[")
        text = text[:at].rstrip() if at > 0 and _PROGRESS.fullmatch(text, at) else text.rstrip()
    return text


def read_summary(text: str) -> tuple[str, str, str] | None:
    """Return id, word and message from a line of the short test summary, None for any other line."""
    if text.startswith(("[", "(")):
        match = _SUMMED_SUBTEST.fullmatch(text) if " SUB" in text else None
    else:
        match = _SUMMARY.fullmatch(text)
    if match is None:
        return None
    rest = _AROUND.sub("", match[2] or "")
    if text.startswith("SUB"):
        # The subtest's own message and parameters stand before the name of its test and may hold anything.
        rest = text[text.rfind(" ", 0, max(text.find("::"), 0)) + 1 :]
    name, message = _split_message(rest)
    if "::()::" in name:
        # Versions before 4 write a step of theirs between a class and its tests, which their reports leave out.
        base, bracket, parameters = name.partition("[")
        name = base.replace("::()::", "::") + bracket + parameters
    # The summary of versions before 4 says FAIL.
    word = "FAILED" if match[1] == "FAIL" else match[1]
    return (name, word, message) if is_id(name) or is_path(name) else None


def is_id(text: str) -> bool:
    """Say whether the text begins like `path/to/file.ext::`."""
    path, mark, _ = text.partition("::")
    return bool(mark) and is_path(path)


def is_path(text: str) -> bool:
    return bool(text) and " " not in text and ("." in text or "/" in text) and not text.endswith((".", ":", "/"))


def split_id(node: str) -> tuple[str, str, str]:
    """Return file, class and name of a test as pytest's JUnit reports name them; a module that cannot be collected has no class."""
    base, bracket, parameters = node.partition("[")
    file, *classes = base.split("::")
    module = file.removesuffix(".py").replace("/", ".")
    if not classes:
        return file, "", module + bracket + parameters
    return file, ".".join(part for part in (module, *classes[:-1]) if part), classes[-1] + bracket + parameters


def without_subtest(name: str) -> str:
    """Return the name of the test whose subtest has this one, `test[parameter] [message] (i=1)`; any other as it is."""
    subtest = _SUBTEST.fullmatch(name) if name.endswith(("]", ")")) else None
    return subtest[1] if subtest else name


def title_of(node: str) -> str:
    """Return what stands over the failure of this test in the section FAILURES: there xdist adds no group, `test[parameter]@group`."""
    base, bracket, parameters = node.partition("[")
    path, mark, rest = base.partition("::")
    if mark and "@" in node:
        rest = rest.partition("@")[0]
        head, behind, _ = parameters.rpartition("]@")
        parameters = f"{head}]" if behind else parameters
    return (rest.replace("::", ".") if mark else path) + bracket + parameters


def _split_last(text: str) -> tuple[str, str]:
    name, _, word = text.rpartition(" ")
    return name.rstrip(), word


def _split_message(text: str) -> tuple[str, str]:
    """Split `id - message` at the first dash that stands in no parameter."""
    start = text.find(" - ")
    while start >= 0:
        name = text[:start]
        if "[" not in name or name.endswith("]"):
            return name, text[start + 3 :]
        start = text.find(" - ", start + 3)
    if "[" in text and not text.endswith("]"):
        name, _, message = text.partition(" - ")
        return name, message
    return text, ""
