"""What Perl's test harness (TAP::Harness; ExtUtils::MakeMaker's and Module::Build's `test`) prints about each script."""

import re
from dataclasses import dataclass

_SCRIPT = re.compile(
    r"(?:\[\d\d:\d\d:\d\d\] )?(\S{1,300}) \.{2,200}"
    r"(?: {0,9}|(?P<ok> ?(?:ok|skipped)\b.*)|(?P<bad> ?(?:Failed \d+/\d+|Dubious, test|No subtests run|Non-zero|All \d+ sub|\d+/\d+ ).*))"
)
_PATH = re.compile(r"\S*/\S+|\S+\.(?:t|pl|sql|bats|sh|tap|py|js|php)")
_SUMMARY = re.compile(r"(\S{1,300}) {1,90}\(Wstat: (\d+)\b.{0,60} Tests: \d+ Failed: (\d+)\)")
_COMPLAINT = re.compile(
    r"# {1,9}Failed test(?: '(.{1,1000})'| (?=at|in|\())?(?:(?: in \S{1,300})? ?at (\S{1,300}) line \d+\.?)?"
)
_AT = re.compile(r"# {1,9}at (\S{1,300}) line \d+\.?")
_TEST_FILE = re.compile(r"\S+\.(?:t|pl|sql)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A line about one test script: where it starts, or how it ended; `failure` is None where nothing failed."""

    name: str
    is_end: bool
    failure: str | None = None


def read_script(text: str) -> Script | None:
    """Read a line like `t/a.t .. ok`; None where it is none."""
    match = _SCRIPT.fullmatch(text)
    if match is None or not _PATH.fullmatch(match[1]):
        return None
    bad = match["bad"]
    return Script(name=match[1].rstrip("."), is_end=bool(bad or match["ok"]), failure=bad.strip() if bad else None)


def read_summary(text: str) -> Script | None:
    """Read a line of the closing report about a script that failed; all that a quiet run shows."""
    match = _SUMMARY.match(text) if "(Wstat: " in text else None
    if match is None or (match[2] == "0" and match[3] == "0"):
        return None
    return Script(name=match[1], is_end=True, failure=text[match.end(1) :].strip())


def read_complaint(text: str) -> tuple[str | None, str | None] | None:
    """Read what Test::More says of a failed test: its name and file, either None; None where the line says neither."""
    complaint = _COMPLAINT.fullmatch(text) if "Failed test" in text else None
    if complaint is not None:
        file = complaint[2]
        return complaint[1] or file or "", file if file and _TEST_FILE.fullmatch(file) else None
    at = _AT.fullmatch(text)
    return (None, at[1]) if at is not None and _TEST_FILE.fullmatch(at[1]) else None
