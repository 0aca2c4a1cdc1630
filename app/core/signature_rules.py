"""What changes from one failure to the next without meaning anything, as numbered rules.

Their order matters: what is long and well-shaped (a timestamp, a URL) goes before what it is made of (a number). A
change of any rule is a new RULES_VERSION, since signatures of different versions cannot be compared.

Every expression runs in linear time: repetitions are bounded, neighbours in a sequence share no character, and a rule
that begins with a repetition may only begin where a word begins.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

RULES_VERSION = 2

_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(?: ?(?:Z|UTC|GMT|[AP]M|[+-]\d{2}:?\d{2})\b)?"
_CLOCK = r"\d{1,2}:\d{2}:\d{2}(?:[.,]\d{1,9})?(?: ?(?:Z|UTC|GMT|[AP]M|[+-]\d{2}:?\d{2})\b)?"
_DAY = r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]{0,6},?[ ]"
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MONTH = rf"(?:{'|'.join(_MONTHS)})[a-z]{{0,6}}"
_COUNTED = "thread|worker|pool|pid|tid|process|proc|goroutine|executor|shard|runner|gw"
_UNITS = (
    "ns|us|µs|ms|s|secs?|seconds?|millis|milliseconds?|microseconds?|nanoseconds?|mins?|minutes?|hours?|days?"
    "|[kKMGT]i?B|[kKMGT]i?b|bytes?|%"
)
_MEANS_SOMETHING = (
    r"\[?errno[ =:]{0,2}-?\d{1,5}|exit(?:ed)?(?: with)?(?: code| status)?[ =:]{0,3}-?\d{1,5}"
    r"|(?:http(?:/\d(?:\.\d)?)?|status)(?: status)?(?: code)?[ =:]{1,3}[1-5]\d\d(?!\d)"
    r"|[1-5]\d\d (?:not found|bad request|bad gateway|forbidden|unauthorized|internal server error|service unavailable"
    r"|gateway timeout|too many requests|conflict)|(?:signal|code|error)[ =:]{1,2}-?\d{1,3}(?!\d)"
)
_WORD_PARTS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One step of normalising. `needs` are strings of which one must be in the text, or the rule cannot match."""

    number: int
    name: str
    pattern: re.Pattern[str]
    replacement: str | Callable[[re.Match[str]], str]
    needs: tuple[str, ...] = ()

    def apply(self, text: str) -> str:
        if not self.needs:
            return self.pattern.sub(self.replacement, text)
        for need in self.needs:
            if need in text:
                return self.pattern.sub(self.replacement, text)
        return text


def _shape_of_url(match: re.Match[str]) -> str:
    path = (match["path"] or "").partition("?")[0].partition("#")[0]
    parts = ("<n>" if any(c.isdigit() for c in part) else part for part in path.split("/"))
    return f"{match['scheme']}://<host>{'/'.join(parts)}"


def _last_component(match: re.Match[str]) -> str:
    return match[0].replace("\\", "/").rstrip("/").rpartition("/")[2]


def _random_token(match: re.Match[str]) -> str:
    """Mask what looks drawn at random, which has many of each: digits, capitals and small letters."""
    text = match[0]
    digits, capitals = sum(c.isdigit() for c in text), sum(c.isupper() for c in text)
    small = len(text) - digits - capitals
    return "<token>" if min(digits, capitals, small) >= _WORD_PARTS or text.endswith("==") else text


def _number_or_meaning(match: re.Match[str]) -> str:
    return match[0] if match["keep"] else "<n>"


def _sorted_map(match: re.Match[str]) -> str:
    separator = ", " if "," in match["inside"] else " "
    parts = [part.strip() for part in match["inside"].split(separator.strip() or None)]
    if len(parts) < 2 or not all("=" in part or ":" in part for part in parts):
        return match[0]
    return f"{match['open']}{separator.join(sorted(parts))}{match['close']}"


_ROWS: tuple[tuple[str, str, str | Callable[[re.Match[str]], str], tuple[str, ...]], ...] = (
    ("ansi", r"\x1b(?:\[[0-?]{0,32}[ -/]{0,4}[@-~]|\][^\x07\x1b]{0,500}(?:\x07|\x1b\\)|[@-Z\\^_])", "", ("\x1b",)),
    (
        "date",
        rf"(?<![\d.])\d{{4}}[-/.]\d{{1,2}}[-/.]\d{{1,2}}(?:[T ,_]{{1,2}}{_TIME})?(?!\d)",
        "<time>",
        ("-", "/", "."),
    ),
    (
        "day first",
        rf"(?<![\d.])\d{{1,2}}[-/.]\d{{1,2}}[-/.]\d{{4}}(?:[T ,_]{{1,2}}{_TIME})?(?!\d)",
        "<time>",
        ("-", "/", "."),
    ),
    ("day month", rf"\b(?:{_DAY})?\d{{1,2}}[ -]{_MONTH}[ -]\d{{2,4}}(?:[ :]{_TIME})?\b", "<time>", _MONTHS),
    (
        "month day",
        rf"\b(?:{_DAY})?{_MONTH}[ ]{{1,2}}\d{{1,2}}(?:,? \d{{4}})?(?:,? {_TIME})?(?: \d{{4}})?\b",
        "<time>",
        _MONTHS,
    ),
    ("clock", rf"(?<![\d:.]){_CLOCK}(?![\d:])", "<time>", (":",)),
    ("uuid", r"(?<![0-9a-zA-Z])[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}(?![0-9a-zA-Z])", "<n>", ("-",)),
    (
        "url",
        r"\b(?P<scheme>[a-z][a-z0-9+.-]{1,15})://[^\s/\"'<>()\[\]{},]{1,300}(?P<path>/[^\s\"'<>()\[\]{},]{0,500})?",
        _shape_of_url,
        ("://",),
    ),
    ("e-mail", r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,4}[a-zA-Z]{2,24}\b", "<email>", ("@",)),
    ("ipv4", r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,5}(?::\d{1,5})?(?:/\d{1,2})?(?![\d.]\d)", "<ip>", (".",)),
    (
        "ipv6",
        (
            r"(?<![\w:.\]])(?=[a-fA-F:]{0,40}\d)(?:(?:[0-9a-fA-F]{1,4}:){2,7}[0-9a-fA-F]{1,4}"
            r"|(?:[0-9a-fA-F]{1,4}:){1,7}:(?:[0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{0,4}"
            r"|::(?:[0-9a-fA-F]{1,4}:){0,6}[0-9a-fA-F]{1,4})(?:%\w{1,16})?(?:\]:\d{1,5})?(?![\w:])"
        ),
        "<ip>",
        (":",),
    ),
    (
        "temporary path",
        (
            r"(?:/private)?/(?:tmp|var/tmp|var/folders|dev/shm|run/user)/[^\s\"'<>:,;)\]}]{1,300}"
            r"|\b[A-Za-z]:\\[^\s\"'<>:,;)\]}]{0,100}\\Temp\\[^\s\"'<>:,;)\]}]{1,300}"
        ),
        "<tmp>",
        ("/", "\\"),
    ),
    (
        "absolute path",
        r"(?<![\w.>/:~\\-])(?:[A-Za-z]:)?(?:[/\\][\w.@+~$%=-]{1,100}){2,30}[/\\]?",
        _last_component,
        ("/", "\\"),
    ),
    (
        "object id",
        r"(?<=[\w\]>]@)[0-9a-f]{4,16}\b|(?<![0-9A-Za-z])0x[0-9a-fA-F]{1,16}(?![0-9A-Za-z])",
        "<n>",
        ("@", "0x"),
    ),
    (
        "hex",
        r"(?<![0-9A-Za-z])(?=[a-fA-F]{0,128}\d)(?=\d{0,128}[a-fA-F])[0-9a-fA-F]{6,128}(?![0-9A-Za-z])",
        "<n>",
        (),
    ),
    ("token", r"(?<![\w+/=-])(?:[A-Za-z0-9+/]{16,400}={1,2}|[A-Za-z0-9_-]{20,400})(?![\w+/=-])", _random_token, ()),
    ("file and line", r"(?<=\.)(\w{1,5}):\d{1,7}(?::\d{1,7})?\b", r"\1:<n>", (":",)),
    ("lambda", r"\$\$Lambda(?:\$\d{1,9})?(?:/(?:<n>|\d{1,20}))?", "$$Lambda", ("Lambda",)),
    ("lambda method", r"\blambda\$(\w{1,200})\$\d{1,9}\b", r"lambda$\1", ("lambda$",)),
    (
        "proxy",
        r"(\$Proxy|MethodAccessor|ConstructorAccessor|\$MockitoMock\$|\$ByteBuddy\$|CGLIB\$\$)[0-9a-zA-Z]{1,16}",
        r"\1<n>",
        ("$Proxy", "Accessor", "$Mockito", "ByteBuddy", "CGLIB"),
    ),
    (
        "awaited condition",
        r"\b((?:Assertion c|C)ondition)(?: defined as an?| with(?: lambda expression in)?)? (?:\w{1,100}\.){1,20}[\w$]{1,200} (?=was |expected )",
        r"\1 ",
        ("ondition",),
    ),
    ("counted thing", rf"(?i)\b({_COUNTED})[-_ #=:]{{0,3}}\d{{1,20}}", r"\1 <n>", ()),
    ("quantity", rf"(?<![A-Za-z_\d.])-?\d{{1,30}}(?:[.,]\d{{1,30}}){{0,4}} ?(?:{_UNITS})(?!\w)", "<q>", ()),
    (
        "number",
        (
            rf"(?i:(?<!\w)(?P<keep>{_MEANS_SOMETHING}))|(?<![A-Za-z_\d.])[-+]?\d{{1,30}}(?:[.,_]\d{{1,30}}){{0,9}}(?:[eE][-+]?\d{{1,3}})?"
            r"|(?<=_)\d{3,30}(?![A-Za-z\d])"
        ),
        _number_or_meaning,
        (),
    ),
    ("run of placeholders", r"(<[a-z]{1,5}>)(?:[ ,;:|/.x-]{0,3}\1){1,500}", r"\1", ("<",)),
    ("map", r"(?P<open>\{|map\[)(?P<inside>[^{}\[\]]{1,500})(?P<close>[}\]])", _sorted_map, ("{", "map[")),
    ("space", r"\s+", " ", ()),
)
"""Name, expression, replacement, and what must be there for it to match."""

RULES = tuple(
    Rule(number=number, name=name, pattern=re.compile(pattern), replacement=replacement, needs=needs)
    for number, (name, pattern, replacement, needs) in enumerate(_ROWS, start=1)
)

_COMPARED = re.compile(
    r"\b(expected|but found|found|but was|but got|got|actual|received):? {0,2}"
    r"(?!.(?:true|false)[\]>\"'])"
    r"(?:\[[^\[\]]{0,300}\]|<(?:[^<>]|<[a-z]{1,5}>){0,300}>|\"[^\"]{0,300}\"|'[^']{0,300}')",
    re.IGNORECASE,
)


def without_compared_values(text: str) -> str:
    """Mask the values that an assertion compared, in a normalised text.

    True and false stay: they tell the assertion that something holds from the one that it does not.
    """
    return _COMPARED.sub(r"\1 <v>", text)
