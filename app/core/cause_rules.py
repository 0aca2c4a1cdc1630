"""What failures say of their cause, as numbered rules: words of many languages and runners.

The first rule that a failure's text meets is its cause, so what is specific stands before what is general: a refused
connection ends in a failed assertion, too. A change of any rule is a new CAUSE_RULES_VERSION. Every expression runs in
linear time: each is a choice of words with bounded gaps.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

CAUSE_RULES_VERSION = 1


class Category(StrEnum):
    """What kind of cause a failure has, in words for people."""

    CRASH = "crash"
    RESOURCE = "resource"
    RACE = "race or order dependence"
    NETWORK = "network"
    TIMEOUT = "timeout"
    TIME = "time and date"
    RANDOMNESS = "randomness"
    ASSERTION = "assertion"


FIRST_TRIES = {
    Category.CRASH: "run it under a debugger or a sanitizer and keep the core dump; look at the native code that it calls",
    Category.RESOURCE: "look at what it opens and never closes, and give it a port, a directory and a database of its own",
    Category.RACE: "wait for the condition instead of a time, and run it a hundred times beside the tests that share its state",
    Category.NETWORK: "replace the remote end by one that the test starts itself, or wait until that answers",
    Category.TIMEOUT: "see what it waits for: wait for that event with a longer limit, and measure the wait on the slowest machine",
    Category.TIME: "give it a fixed clock and a fixed time zone, then try midnight, the end of a month and a change of the clocks",
    Category.RANDOMNESS: "run it with the seed or example of the failure, and pin that as a case of its own",
    Category.ASSERTION: "compare the two values of several failures: what differs from run to run names what is not fixed",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CauseRule:
    """One rule. `example` is a line that it is meant for, fed through it by a test."""

    number: int
    category: Category
    pattern: re.Pattern[str]
    example: str


_ROWS = (
    (
        Category.CRASH,
        (
            r"[Ss]egmentation fault|\bSIGSEGV\b|\bSIGABRT\b|\bSIGBUS\b|core dumped|runtime error: invalid memory address"
            r"|AddressSanitizer|double free or corruption|heap-buffer-overflow|StackOverflowError|stack overflow"
            r"|JVM crash|forked VM terminated|[Ww]orker (?:process )?(?:crashed|terminated unexpectedly)|EXC_BAD_ACCESS"
        ),
        "fatal: Segmentation fault (core dumped)",
    ),
    (
        Category.RESOURCE,
        (
            r"No space left on device|\bENOSPC\b|[Tt]oo many open files|\bEMFILE\b|OutOfMemoryError|Cannot allocate memory"
            r"|\bENOMEM\b|heap out of memory|\bMemoryError\b|[Aa]ddress already in use|\bEADDRINUSE\b|port is already allocated"
            r"|QueuePool limit|[Tt]oo many (?:connections|clients)|remaining connection slots|Resource temporarily unavailable"
            r"|[Dd]evice or resource busy|\bEBUSY\b|used by another process|[Cc]onnection pool (?:is )?exhausted"
        ),
        "OSError: [Errno 98] Address already in use",
    ),
    (
        Category.RACE,
        (
            r"WARNING: DATA RACE|race detected|ThreadSanitizer|[Dd]eadlock|ConcurrentModificationException"
            r"|changed size during iteration|StaleElementReference|stale element reference|not attached to the (?:page|DOM)"
            r"|detached from the DOM|after (?:the )?tests? (?:has|have|is|are) (?:completed|finished|done)"
            r"|could not serialize access|[Ww]rite conflict|OptimisticLock|StaleObjectState|database is locked"
            r"|duplicate key|[Uu][Nn][Ii][Qq][Uu][Ee] constraint|Duplicate entry|Event loop is closed|RejectedExecutionException"
            r"|IllegalMonitorState|done\(\) called multiple times|Lock wait timeout"
        ),
        "IntegrityError: duplicate key value violates unique constraint",
    ),
    (
        Category.NETWORK,
        (
            r"\bECONN(?:REFUSED|RESET|ABORTED)\b|\bETIMEDOUT\b|\bEAI_AGAIN\b|\bENOTFOUND\b|\bEHOSTUNREACH\b|\bEPIPE\b"
            r"|[Cc]onnection (?:refused|reset|aborted|timed out|closed)|Connect(?:ion)?(?:Error|Exception|Timeout)"
            r"|Connection(?:Refused|Reset|Aborted)|UnknownHost|[Nn]ame or service not known|name resolution|no such host"
            r"|getaddrinfo|socket hang up|SSLError|SSLHandshake|TLS handshake|certificate verify failed|net::ERR_"
            r"|[Nn]etwork is unreachable|NoRouteToHost|RemoteDisconnected|[Bb]roken pipe|\bdial tcp\b|StatusCode\.UNAVAILABLE"
            r"|50[234] (?:Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out)|429 Too Many Requests"
        ),
        "requests.exceptions.ConnectionError: Connection refused",
    ),
    (
        Category.TIMEOUT,
        (
            r"(?<![a-z])[Tt]ime-?out|[a-z]TimeoutE(?:rror|xception)|TIMEOUT|[Tt]imed[ -]out|[Dd]eadline[ _]?[Ee]xceeded|DEADLINE_EXCEEDED|context deadline exceeded"
            r"|[Ww]aited \d{1,9} ?(?:ms|s\b|sec|min)|within \d{1,9} ?(?:ms|s\b|sec|min)|ConditionTimeout"
        ),
        "TimeoutError: waited 5000 ms for the page",
    ),
    (
        Category.RANDOMNESS,
        (
            r"[Ff]alsifying example|[Ff]alsified after|[Cc]ounterexample|[Mm]inimal failing input|QuickCheck|\bproptest\b"
            r"|\bjqwik\b|[Ss]hrunk|produces unreliable results|FailedHealthCheck|[Rr]andom seed"
        ),
        "Falsifying example: test_total(prices=[0])",
    ),
    (
        Category.TIME,
        (
            r"[Tt]ime ?zone|\bDST\b|[Dd]aylight|[Mm]idnight|[Ll]eap (?:year|day|second)|(?:token|certificate|session) (?:has )?expired"
            r"|\d{4}-\d\d-\d\d.{0,60}(?:!=|==|but |got|was|to equal|instead|expected|actual).{0,60}\d{4}-\d\d-\d\d"
        ),
        "expected 2026-02-28 but got 2026-03-01",
    ),
    (
        Category.ASSERTION,
        (
            r"[Aa]ssert(?:ion)?(?:Error|FailedError| failed|Failed)?\b|AssertionFailed|ComparisonFailure|ExpectationNotMet"
            r"|[Ee]xpected\b.{0,200}\b(?:but|got|to|actual|received|was)\b|Failed asserting|[Ee]xpected:|should (?:be|have|equal)"
            r"|not equal|Not equal|!= |to be (?:true|false)"
        ),
        "AssertionError: assert 3 == 4",
    ),
)

CAUSE_RULES = tuple(
    CauseRule(number=number, category=category, pattern=re.compile(pattern), example=example)
    for number, (category, pattern, example) in enumerate(_ROWS, start=1)
)
