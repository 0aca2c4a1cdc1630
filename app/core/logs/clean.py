"""A job's log as lines that readers can match: no stamps, colours, progress or echoed scripts.

What GitHub writes is described by actions/runner (Runner.Common/Logging.cs): each message is one stamp, one space and the
text, so the second and later lines of a message have no stamp; every page of a log begins with a byte order mark.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from io import BytesIO
from typing import NamedTuple

LONGEST_LINE = 4_000
"""Characters of a line that are read; the rest is cut before any pattern is tried."""

STEP, GROUP, END_GROUP, ERROR = "step", "group", "endgroup", "error"

_BOM = b"\xef\xbb\xbf"
_ECHO = "\x1b[36;1m"
"""The runner prints the lines of a script in this colour before it runs them."""

# A stamp, or what `gh run view --log` writes before it: job, tab, step, tab. The other services' are GitLab's, which has
# microseconds, a stream and whether it is one of errors, and a plus where a line goes on, and Jenkins', in brackets.
_SECONDS = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d"
_STAMP = re.compile(
    rb"(?:[^\t\n]{1,200}\t[^\t\n]{1,200}\t)?(?:\xef\xbb\xbf)?"
    rb"(?:%s(?:\.\d{6}Z [\da-f]{2}[OE](?:[ +]|$)|(?:\.\d{1,9})?Z(?: |$))|\[%s(?:\.\d{1,9})?Z\](?: |$))"
    % (_SECONDS, _SECONDS)
)
_STAMP_REACH = 450
# Jenkins' as its page shows them, and those of scripts that stamp what they run; what Dart writes before each line is its own.
_MOMENT = re.compile(rb"\A(?:\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d(?:[.,]\d{1,9})?(?: -(?![^ \r\n]))?(?! \+\d)(?![^ \r\n])")
_JENKINS = b"[Pipeline] "
# Jenkins wrote the branch before each line of what ran in parallel until 2018, and so before the beginning of the branch.
_OF_BRANCH = "[Pipeline] ["
_BRANCH = re.compile(r"\[Pipeline\] (\[.{1,200}\] )\{ \(Branch: .{1,200}\)")
_MOST_BRANCHES = 200
_TIME = re.compile(_SECONDS + rb"(?:\.\d{1,6})?")
# Those that begin with an underscore hold Buildkite's stamps.
_ANSI = re.compile(r"\x1b(?:[\]_][^\x07\x1b]*(?:\x07|\x1b\\)|\[[0-?]*[ -/]*[@-~]|[()*+][0-9A-Za-z]|[@-Z\\-_])")
# As the runner writes them, and as a program does whose output went elsewhere first.
_TAG = re.compile(r"##\[(group|endgroup|error|warning|notice|debug|command|section)\]|::(group|endgroup|error) ?::")
_TAGS = ("##[", "::")
# What tools that run several others write before each line: docker compose, act, turbo, pnpm; lerna, yarn; BuildKit, Google's
# Cloud Build and TeamCity; fastlane; ant; Flutter of what a device says; Nix, which repeats the last lines of a build that failed
# with other words; the clocks of scripts and of podman's tests, which count seconds; concurrently, by number or
# name; Earthly, right-aligned.
_PREFIX = re.compile(
    r"(?:[\w.-]{1,80}[-_]\d{1,3} |[A-Za-z][\w.-]{1,80} {2}) {0,40}\|(?: |$)"
    r"|\[[^\]]{1,150}/[^\]]{1,150}\] {1,40}\|(?: |$)"
    r"|(?= {0,40}[\w./-]{0,60}\+)(?=.{20,120} \|) {0,40}[\w./-]{0,60}\+[\w.-]{1,60}(?: \*\w{1,20}\*)? \|(?: |$)"
    r"|(?:[@\w./-]{1,100}:(?:[\w-]{1,40}:)?|[@\w.-]{1,60}/[\w./-]{1,60} )test[\w:-]{0,30}: "
    r"|@[\w.-]{1,60}/[\w.-]{1,60}:(?: |$)|(?:\[@|➤ YN0000: \[)[@\w./-]{1,100}\]:(?: |$)"
    r"|#\d{1,5} \d{1,6}\.\d{1,3}(?: |$)"
    r'|Step #\d{1,3} - "[^"]{1,100}":(?: |$)'
    r"| {0,5}\[(?:exec|java|apply)\](?: |$)|flutter:(?: |$)|I/flutter \([ \d]{1,7}\):(?: |$)"
    r"|\[\d\d:\d\d:\d\d\](?:[ A-Z]?:?\t ?\[Step \d{1,3}/\d{1,3}\]|:(?: ▸)?)(?: |$)"
    r"|\[(?:\d|tests?(?:[:-][\w:-]{1,30})?)\](?: |$)"
    r"| {7}>(?: |$)|[a-z][\w.+-]{1,80}> "
    r"|\d\d:\d\d:\d\d(?! \+\d)(?: |$)|(?:\t ?)?\[(?:\d\d:\d\d:\d\d(?:\.\d{1,9})?|\+\d{4,6}s)\](?: |$)"
)
_PREFIXED = (
    "#",
    "@",
    "[",
    "\t",
    "➤ YN0000: ",
    "Step #",
    "       >",
    "     [exec]",
    "     [java]",
    "    [apply]",
    "flutter:",
    "I/flutter ",
)
_REACH = 82
# BuildKit ends with the last lines of the step that failed.
_REPEATS, _RULE = " > [", "------"
_REPEATED = re.compile(r"(?:#\d{1,5} )?\d{1,6}\.\d{1,3}(?: |$)")
_POST_STEP = ("Post job cleanup.", "Cleaning up orphan processes")
_HEADER_WORDS = ("with:", "env:", "shell:")
_LONGEST_HEADER = 5_000


class Line(NamedTuple):
    """One line of a log: its number in the log as downloaded, from 1, its text, and what the runner said it is.

    `tag` is `step` for a line that starts a step (its text names it), one of the runner's own tags, or empty. `at` is when an
    error was written, None for any other line. A tuple, since a log has a million of them.
    """

    number: int
    text: str
    tag: str = ""
    is_echo: bool = False
    at: datetime | None = None


def read_lines(data: bytes, indent: int = 0) -> Iterator[Line]:
    """Yield the lines of a log that somebody's program printed, cleaned, and one line for each step that starts.

    `indent` is how many bytes of each line are none of it. Takes time in proportion to the length of `data`, and memory
    for one line.
    """
    return _without_scripts(_clean(_raw_lines(data, indent), _margin(_raw_lines(data, indent))))


def indentation(data: bytes) -> int:
    """Return by how many bytes a log is indented throughout, as one is that was pasted; 0 for any other.

    Looks no farther than the first line that is not indented.
    """
    indent: bytes | None = None
    for raw in filter(bytes.strip, BytesIO(data)):
        indent = raw[: len(raw) - len(raw.lstrip(b" \t"))] if indent is None else indent
        while not raw.startswith(indent):
            indent = indent[:-1]
        if not indent:
            return 0
    return len(indent or b"")


def _raw_lines(data: bytes, indent: int) -> Iterator[bytes]:
    return (raw[indent:] for raw in BytesIO(data)) if indent else iter(BytesIO(data))


def _margin(lines: Iterator[bytes]) -> int | None:
    """Return how many blanks stand behind the time with which each line but Jenkins' own begins; None where one does not.

    Looks no farther than the first line that has none.
    """
    least: int | None = None
    for raw in filter(bytes.strip, lines):
        stamp = _MOMENT.match(raw)
        if stamp is None and not raw.startswith(_JENKINS):
            return None
        text = raw[stamp.end() :] if stamp else b""
        if text.strip():
            blanks = len(text) - len(text.lstrip(b" "))
            least = blanks if least is None else min(least, blanks)
    return least


def _unstamped(raw: bytes, margin: int) -> bytes:
    stamp = _MOMENT.match(raw)
    return raw[stamp.end() + margin :] if stamp else raw


def _clean(lines: Iterator[bytes], margin: int | None) -> Iterator[Line]:
    before, is_repeating = "", False
    branches: set[str] = set()
    for number, raw in enumerate(lines, start=1):
        text = _text(raw if margin is None else _unstamped(raw, margin))
        is_echo = text.startswith(_ECHO)
        if "\x1b" in text:
            text = _ANSI.sub("", text).replace("\x1b", "")
        is_repeating = is_repeating and _REPEATED.match(text) is not None
        if is_repeating:
            continue
        is_repeating = before == _RULE and text.startswith(_REPEATS)
        before = text
        if branches or text.startswith(_OF_BRANCH):
            text = _unbranched(text, branches)
        if text.startswith(_PREFIXED) or text[2:3] == ":" or "|" in text or "test" in text or "> " in text[:_REACH]:
            prefix = _PREFIX.match(text)
            text = text[prefix.end() :] if prefix else text
        tag = _TAG.match(text) if text.startswith(_TAGS) else None
        if tag is None:
            is_post = text.startswith(_POST_STEP)
            yield Line(number, text.rstrip(), STEP if is_post else "", is_echo)
        else:
            line = _tagged(number, tag[1] or tag[2], text[tag.end() :].rstrip())
            yield line._replace(at=_moment(raw)) if line.tag == ERROR else line


def _unbranched(text: str, branches: set[str]) -> str:
    """Return a line without the branch of Jenkins' before it, which has been seen to begin."""
    begun = _BRANCH.fullmatch(text)
    if begun is not None and len(branches) < _MOST_BRANCHES:
        branches.add(begun[1])
    branch, mark, rest = text.partition("] ")
    return rest if branch + mark in branches else text


def _moment(raw: bytes) -> datetime | None:
    """Return when the runner wrote a line, to the microsecond."""
    stamp = _STAMP.match(raw.removeprefix(_BOM)[:_STAMP_REACH])
    said = _TIME.search(stamp[0]) if stamp else None
    if said is None:
        return None
    try:
        return datetime.fromisoformat(f"{said[0].decode()}+00:00")
    except ValueError:
        return None


def _text(raw: bytes) -> str:
    """Return a line without stamp and line end, cut, and of a progress line that was written over only what was left."""
    raw = raw.rstrip(b"\r\n").removeprefix(_BOM)
    stamp = _STAMP.match(raw[:_STAMP_REACH])
    start = max(stamp.end() if stamp else 0, raw.rfind(b"\r") + 1)
    text = raw[start : start + 4 * LONGEST_LINE].decode("utf-8", "replace")[:LONGEST_LINE]
    return text if text.isascii() and "\0" not in text else text.replace("\0", "\ufffd").replace("\ufeff", "")


def _tagged(number: int, tag: str, text: str) -> Line:
    # Azure Pipelines writes the same stamps and tags, but starts its steps in words.
    is_step = tag == "section" and text.startswith("Starting: ")
    return Line(number, text, STEP if is_step else tag)


def _without_scripts(lines: Iterator[Line]) -> Iterator[Line]:
    """Turn the header of each step into one line: it shows the script, whose words say nothing about what happened."""
    opening: Line | None = None
    header = 0
    for line in lines:
        if opening is not None:
            is_step = _is_header(opening, line)
            yield opening._replace(tag=STEP) if is_step else opening
            header = _LONGEST_HEADER if is_step else 0
            opening = None
        if header and line.tag not in (GROUP, STEP):
            header = 0 if line.tag == END_GROUP else header - 1
            continue
        header = 0
        if line.tag == GROUP and line.text.startswith("Run "):
            opening = line
        else:
            yield line
    if opening is not None:
        yield opening


def _is_header(opening: Line, following: Line) -> bool:
    """Tell a step's header from a group that a script opened with a title like `Run tests`."""
    return (
        following.is_echo
        or following.tag == END_GROUP
        or following.text.startswith(_HEADER_WORDS)
        or following.text == opening.text.removeprefix("Run ")
    )
