"""Signs in a log that something other than a test ended the job: the table of them, and nothing else knows their words.

Only the last lines of a step that failed are looked at: what a program says about its end stands there, and what it says
before may be anything, the output of a test of error handling included.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

SIGNS_VERSION = 1
"""What a log is taken to say may differ between versions: a change of the table is a new version."""

TAIL = 80
"""Lines at the end of a step in which signs are looked for."""

_LOOKED_AT = 500
"""Characters of such a line: whoever gives a reason gives it early."""


class Reach(StrEnum):
    """Where a sign counts.

    A `machine` that is gone takes all down with it. A `service` that does not answer may be what a test is about, so it
    counts only in a step in which no test runner was at work.
    """

    MACHINE = "machine"
    SERVICE = "service"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One row: `words` for people, the `pattern` that shows it, how far it reaches, and whether it cut a run of tests short."""

    words: str
    pattern: re.Pattern[str]
    reach: Reach | None
    stops: bool = False


def _sign(words: str, pattern: str, reach: Reach | None, *, stops: bool = False) -> Sign:
    return Sign(words=words, pattern=re.compile(pattern), reach=reach, stops=stops)


SIGNS = (
    # What GitHub's runner says itself (actions/runner and the service's annotations).
    _sign("the runner was shut down", r"The runner has received a shutdown signal", Reach.MACHINE, stops=True),
    _sign(
        "the runner was lost",
        r"lost communication with the server|The hosted runner encountered an error|The runner has been stopped"
        r"|The self-hosted runner: .{0,200} lost",
        Reach.MACHINE,
        stops=True,
    ),
    _sign(
        "the job timed out",
        r"exceeded the maximum execution time|The action '.{0,300}' has timed out after \d+ minutes",
        Reach.MACHINE,
        stops=True,
    ),
    _sign("the job was cancelled", r"^The operation was canceled|^The run was canceled by ", None, stops=True),
    # What the machine lacked.
    _sign(
        "the disk was full",
        r"No space left on device|\bENOSPC\b|There is not enough space on the disk|You are running out of disk space",
        Reach.MACHINE,
    ),
    _sign(
        "the memory was full",
        r"[Ee]xit(?:ed with)? (?:code|status):? 137\b|\bOOMKilled\b|Cannot allocate memory|Out of memory: Killed"
        r"|JavaScript heap out of memory|\bENOMEM\b|OutOfMemoryError: (?:Java heap|GC overhead)",
        Reach.MACHINE,
        stops=True,
    ),
    # What somebody else's service did not do while the job was being set up.
    _sign(
        "a rate limit was reached",
        r"API rate limit exceeded|exceeded a secondary rate limit|\btoomanyrequests\b|429 Too Many Requests|HTTP (?:Error )?429\b",
        Reach.SERVICE,
    ),
    _sign(
        "a name could not be resolved",
        r"Could not resolve host|Temporary failure in name resolution|getaddrinfo (?:EAI_AGAIN|ENOTFOUND)|no such host"
        r"|failed to lookup address information|Name or service not known|Temporary failure resolving",
        Reach.SERVICE,
    ),
    _sign(
        "the network failed",
        r"Connection timed out|Connection reset by peer|Connection refused|\bECONNRESET\b|\bETIMEDOUT\b|\bECONNREFUSED\b"
        r"|TLS handshake timeout|i/o timeout|Read timed out|socket hang up|unexpected disconnect while reading sideband",
        Reach.SERVICE,
    ),
    _sign(
        "a service did not answer",
        r"\b50[0234] (?:Internal Server Error|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out)"
        r"|returned error: 50\d|HTTP (?:Error )?50\d\b|[Rr]esponse status code does not indicate success: 50\d"
        r"|Our services aren't available right now",
        Reach.SERVICE,
    ),
    _sign(
        "a package or an artifact could not be fetched",
        r"npm (?:ERR!|error) network|Hash Sum mismatch|Unable to download artifact|Artifact download failed"
        r"|Failed to (?:CreateArtifact|GetArtifact|download action)|Failed to fetch https?://|error: failed to download from"
        r"|Could not transfer artifact .{0,300} from/to",
        Reach.SERVICE,
    ),
)


def infra_failure(lines: Iterable[str], *, has_session: bool) -> str | None:
    """Return in a few words which failure of machine or service the last lines of a failed step show, None for none.

    `has_session` says that a test runner was at work in the step.
    """
    for text in lines:
        for sign in SIGNS:
            counts = sign.reach is Reach.MACHINE or (sign.reach is Reach.SERVICE and not has_session)
            if counts and sign.pattern.search(text, 0, _LOOKED_AT):
                return sign.words
    return None


def early_stop(lines: Iterable[str]) -> str | None:
    """Return in a few words what ended the failed step before its time, None where its last lines show no such thing."""
    for text in lines:
        for sign in SIGNS:
            if sign.stops and sign.pattern.search(text, 0, _LOOKED_AT):
                return sign.words
    return None
