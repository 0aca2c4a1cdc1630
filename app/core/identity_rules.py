"""What changes in a test's name from one run to the next without making it another test, as numbered rules.

A rule that takes too much makes two tests one, whose failures and passes then look like a flake; one that takes too little
makes every run a new test. So each needs a shape that no parameter which means something has. Every expression runs in
linear time: repetitions are bounded and no two neighbours share a character.
"""

import re
from dataclasses import dataclass

RULES_VERSION = 2
"""Names made under different versions may differ: a change of a rule is a new version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One step of making a name stable: what `pattern` finds becomes `replacement`."""

    number: int
    what: str
    pattern: re.Pattern[str]
    replacement: str


_EPHEMERAL = r"(?:3[2-9]\d{3}|[45]\d{4}|6[0-5]\d{3})"

# White space goes first: what stands on both sides of it may belong together. A cut name's digest, which follows a `…`,
# is never taken for a part of a path.
RULES = (
    Rule(number=1, what="white space", pattern=re.compile(r"\s+"), replacement=" "),
    Rule(
        number=2,
        what="UUIDs",
        pattern=re.compile(r"(?<![0-9A-Za-z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9A-Za-z])"),
        replacement="<uuid>",
    ),
    Rule(
        number=3,
        what="dates with a time",
        pattern=re.compile(r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?"),
        replacement="<time>",
    ),
    Rule(
        number=4,
        what="dates with a time, written together",
        pattern=re.compile(r"\b20\d{6}T\d{6}(?:Z|[+-]\d{4})?(?![0-9A-Za-z])"),
        replacement="<time>",
    ),
    Rule(
        number=5,
        what="seconds or milliseconds since 1970, where a word says so",
        pattern=re.compile(r"\b(time|timestamp|ts|epoch|now)([=:_ -])1\d{9}(?:\d{3})?(?!\d)", re.IGNORECASE),
        replacement=r"\1\2<time>",
    ),
    Rule(number=6, what="addresses", pattern=re.compile(r"\b0x[0-9a-fA-F]{6,16}\b"), replacement="<id>"),
    Rule(
        number=7,
        what="Java's identity hashes",
        pattern=re.compile(r"(?<=[\w\]>])@[0-9a-f]{5,16}\b"),
        replacement="@<id>",
    ),
    Rule(
        number=8,
        what="ports of this machine or of an address",
        pattern=re.compile(r"\b(localhost|(?:\d{1,3}\.){3}\d{1,3}):\d{4,5}\b"),
        replacement=r"\1:<port>",
    ),
    Rule(
        number=9,
        what="ephemeral ports, where a word says so",
        pattern=re.compile(rf"\b(port)([=: ]){_EPHEMERAL}\b", re.IGNORECASE),
        replacement=r"\1\2<port>",
    ),
    Rule(
        number=10,
        what="seeds of six digits and more; a short one was chosen by somebody",
        pattern=re.compile(r"\b(seed)([=: ]|: )\d{6,20}\b", re.IGNORECASE),
        replacement=r"\1\2<seed>",
    ),
    Rule(
        number=11,
        what="temporary paths",
        pattern=re.compile(r"(?:/private)?/(?:tmp|var/tmp|var/folders)/[^\s\"'\[\](),;…]{1,200}"),
        replacement="<tmp>",
    ),
    Rule(
        number=12,
        what="temporary paths on Windows",
        pattern=re.compile(
            r"\b[A-Za-z]:\\Users\\[^\s\\]{1,60}\\AppData\\Local\\Temp\\[^\s\"'\[\](),;…]{1,200}", re.IGNORECASE
        ),
        replacement="<tmp>",
    ),
)

MAY_CHANGE = re.compile(
    r"[@/\s\\\0\ud800-\udfff]|0x|\d\d\d\d[-:]|:\d\d\d\d|-[0-9a-fA-F]{4}-|\dT\d|[=:_-][13456]\d{4}|[eE][dD][=:]\d{6}"
)
"""A name in which this finds nothing is matched by no rule."""
