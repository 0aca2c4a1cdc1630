"""Signs of infrastructure failures, as numbered rules: what the machine, GitHub or somebody else's service says of its end.

The first rule that a line meets names the failure, so what is specific stands before what is general. A change of any
rule is a new SIGNS_VERSION, and docs/infrastructure.md lists them all. Each has to be common and unmistakable: what may
as well be the author's own mistake (a wrong image name, a refused login, an action that does not exist) is no sign. Every
expression runs in linear time: each is a choice of words with bounded gaps.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

SIGNS_VERSION = 2
"""What a log is taken to say may differ between versions."""


class Reach(StrEnum):
    """Where a sign counts.

    A `machine` that is gone takes all down with it. A `service` that does not answer may be what a test is about, so it
    counts only in a step in which no test runner was at work. What is `nobody`'s is no failure of the infrastructure, but
    it ends a job before its time.
    """

    MACHINE = "machine"
    SERVICE = "service"
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sign:
    """One rule: `words` for people, the `pattern` that shows it, how far it reaches, and whether it cuts a run of tests short.

    `examples` are lines that it is meant for, fed through it by a test.
    """

    number: int
    name: str
    words: str
    pattern: re.Pattern[str]
    reach: Reach
    examples: tuple[str, ...]
    stops: bool = False


_MACHINE = (
    # What GitHub's runner says itself (actions/runner), and what the service says for a runner that cannot any more.
    (
        "runner-shutdown",
        "the runner was shut down",
        r"The runner has received a shutdown signal",
        ("The runner has received a shutdown signal. This can happen when the runner service is stopped.",),
    ),
    (
        "runner-lost",
        "the runner was lost",
        (
            r"lost communication with the server|The hosted runner encountered an error|The runner has been stopped"
            r"|The self-hosted runner: .{0,200} lost"
        ),
        (
            "The hosted runner: GitHub Actions 5 lost communication with the server.",
            "The hosted runner encountered an error while running your job. (Error Type: Disconnect).",
        ),
    ),
    (
        "runner-missing",
        "no runner took the job",
        r"The job was not acquired by Runner of type",
        ("The job was not acquired by Runner of type hosted even after multiple attempts",),
    ),
    (
        "job-timeout",
        "the job timed out",
        r"exceeded the maximum execution time|The action '.{0,300}' has timed out after \d+ minutes",
        (
            "The job running on runner GitHub Actions 2 has exceeded the maximum execution time of 360 minutes.",
            "The action 'Run make' has timed out after 5 minutes.",
        ),
    ),
    (
        "disk-full",
        "the disk was full",
        (
            r"No space left on device|\bENOSPC\b|There is not enough space on the disk|You are running out of disk space"
            r"|Disk quota exceeded|\(os error 28\)"
        ),
        (
            "OSError: [Errno 28] No space left on device",
            "You are running out of disk space. The runner will stop working when the machine runs out of disk space.",
            "error: failed to write target/debug/deps/x.rlib: (os error 28)",
        ),
    ),
    (
        "memory-full",
        "the memory was full",
        (
            r"[Ee]xit(?:ed with)? (?:code|status):? 137\b|\bOOMKilled\b|Cannot allocate memory|Out of memory: Killed"
            r"|JavaScript heap out of memory|\bENOMEM\b|OutOfMemoryError: (?:Java heap|GC overhead)"
            r"|fatal error: runtime: out of memory|\(signal: 9, SIGKILL: kill\)|fatal error: Killed signal terminated program"
            r"|\.sh: line \d+: +\d+ Killed\b"
        ),
        (
            "Process completed with exit code 137.",
            "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
            "process didn't exit successfully: `rustc --crate-name shop` (signal: 9, SIGKILL: kill)",
            "c++: fatal error: Killed signal terminated program cc1plus",
            "/home/runner/work/_temp/1b2c.sh: line 1:  2563 Killed                  make all",
        ),
    ),
    (
        "container-start",
        "a service container did not start",
        r"^(?:Error: )?Failed to initialize container |One or more containers failed to start",
        ("Failed to initialize container redis:7", "One or more containers failed to start."),
    ),
)

_NOBODY = (
    (
        "cancelled",
        "the job was cancelled",
        r"^The operation was canceled|^The run was canceled by ",
        ("The operation was canceled.", "The run was canceled by @octocat."),
    ),
)

_SERVICE = (
    # What somebody else's service did not do while the job was being set up.
    (
        "rate-limit",
        "a rate limit was reached",
        (
            r"API rate limit exceeded|exceeded a secondary rate limit|\btoomanyrequests\b|429 Too Many Requests"
            r"|HTTP (?:Error )?429\b|error: 429\b"
        ),
        (
            "toomanyrequests: You have reached your pull rate limit.",
            "HttpError: API rate limit exceeded for installation ID 1.",
            "fatal: unable to access 'https://github.com/acme/shop/': The requested URL returned error: 429",
        ),
    ),
    (
        "name-resolution",
        "a name could not be resolved",
        (
            r"Could not resolve host|Temporary failure in name resolution|getaddrinfo (?:EAI_AGAIN|ENOTFOUND)|no such host"
            r"|failed to lookup address information|Name or service not known|Temporary failure resolving"
            r"|nodename nor servname provided|lookup \S{1,200} on \S{1,60}: (?:read udp|server misbehaving)"
        ),
        (
            "curl: (6) Could not resolve host: example.org",
            "npm error network request failed, reason: getaddrinfo EAI_AGAIN registry.example.org",
            "dial tcp: lookup registry.example.org on 127.0.0.53:53: read udp 127.0.0.1:4->127.0.0.53:53: i/o timeout",
        ),
    ),
    (
        "github-service",
        "GitHub could not deliver an action or an artifact",
        (
            r"Failed to (?:CreateArtifact|GetArtifact|FinalizeArtifact)|Unable to download artifact|Artifact download failed"
            r"|Failed to download action '.{0,300}'\. Error:? (?!.{0,100}\b404\b)"
            r"|Failed to resolve action download info\. (?:Error: )?"
            r"(?:Service Unavailable|Internal Server Error|Bad Gateway|Gateway Time-?out|The HTTP request timed out)"
            r"|Internal server error\. Correlation ID|Our services aren't available right now"
        ),
        (
            "Failed to CreateArtifact: Unable to make request: ENOTFOUND",
            "Failed to resolve action download info. Error: Service Unavailable",
            "Failed to download action 'https://api.github.com/repos/acme/x/tarball/v1'. Error: The operation was canceled.",
            "Internal server error. Correlation ID: 1f6f6c0b",
        ),
    ),
    (
        "container-registry",
        "a container image could not be fetched",
        (
            r"Error response from daemon: (?:Get|Head) \"?https?://(?!.{0,400}(?:denied|unauthorized|not found))"
            r"|failed to fetch (?:anonymous|oauth) token: (?!.{0,400}(?:denied|40[134]))|net/http: request canceled"
            r"|Client\.Timeout exceeded while awaiting headers"
        ),
        (
            'Error response from daemon: Get "https://registry.example.org/v2/": context deadline exceeded',
            'Error response from daemon: Head "https://registry.example.org/v2/x/manifests/latest": EOF',
            "net/http: request canceled while waiting for connection (Client.Timeout exceeded while awaiting headers)",
        ),
    ),
    (
        "docker-daemon",
        "the Docker daemon was away",
        r"Cannot connect to the Docker daemon|error during connect: .{0,200}docker_engine",
        ("Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",),
    ),
    (
        "git-broken",
        "git lost its connection",
        (
            r"unexpected disconnect while reading sideband|RPC failed; (?:curl|HTTP) |remote end hung up unexpectedly"
            r"|fatal: early EOF"
        ),
        (
            "error: RPC failed; curl 92 HTTP/2 stream 0 was not closed cleanly: CANCEL (err 8)",
            "fetch-pack: unexpected disconnect while reading sideband packet",
        ),
    ),
    (
        "network",
        "the network failed",
        (
            r"Connection timed out|Connection reset by peer|Connection refused|Network is unreachable|No route to host"
            r"|\bECONNRESET\b|\bETIMEDOUT\b|\bESOCKETTIMEDOUT\b|\bECONNREFUSED\b|\bSSL_ERROR_SYSCALL\b|TLS handshake timeout"
            r"|i/o timeout|Read timed out|socket hang up|The HTTP request timed out after|curl: \((?:7|18|28|35|52|55|56|92)\)"
            r"|The SSL connection could not be established"
        ),
        (
            "npm ERR! code ECONNRESET",
            "curl: (56) OpenSSL SSL_read: unexpected eof while reading",
            "The HTTP request timed out after 00:01:40.",
        ),
    ),
    (
        "service-error",
        "a service did not answer",
        (
            r"\b50[0234]:? (?:Internal Server Error|Bad Gateway|Service (?:Temporarily )?Unavailable|Gateway Time-?out)"
            r"|returned error: 50\d|HTTP (?:Error )?50\d\b|[Rr]esponse status code does not indicate success: 50\d"
            r"|[Rr]eceived status code 50\d|Status code: 50\d for "
        ),
        (
            "fatal: unable to access 'https://github.com/acme/shop/': The requested URL returned error: 503",
            "ERROR 503: Service Unavailable.",
            "Could not GET 'https://repo.example.org/x.pom'. Received status code 502 from server: Bad Gateway",
        ),
    ),
    (
        "package-fetch",
        "a package or an artifact could not be fetched",
        (
            r"npm (?:ERR!|error) network|Hash Sum mismatch|Failed to fetch https?://|error: failed to download from"
            r"|Could not transfer artifact .{0,300} from/to|Max retries exceeded with url|Could not fetch specs from https?://"
            r"|trouble with your network connection|all mirrors were already tried|NU1301: Unable to load the service index"
            r"|curl error (?:6|7|18|28|35|52|56) while downloading"
        ),
        (
            "E: Failed to fetch http://archive.example.org/x.deb  Hash Sum mismatch",
            "ERROR: HTTPSConnectionPool(host='pypi.example.org', port=443): Max retries exceeded with url: /simple/x/",
            "error NU1301: Unable to load the service index for source https://nuget.example.org/v3/index.json.",
        ),
    ),
    (
        "package-lock",
        "another process held the package manager",
        r"Could not get lock /var/lib/(?:dpkg|apt)/|Unable to acquire the dpkg frontend lock",
        ("E: Could not get lock /var/lib/dpkg/lock-frontend. It is held by process 2044 (apt-get)",),
    ),
)

_STOPPING = frozenset({"runner-shutdown", "runner-lost", "job-timeout", "memory-full", "cancelled"})

SIGNS = tuple(
    Sign(
        number=number,
        name=name,
        words=words,
        pattern=re.compile(pattern),
        reach=reach,
        examples=examples,
        stops=name in _STOPPING,
    )
    for number, (reach, (name, words, pattern, examples)) in enumerate(
        (
            (reach, row)
            for reach, rows in ((Reach.MACHINE, _MACHINE), (Reach.NOBODY, _NOBODY), (Reach.SERVICE, _SERVICE))
            for row in rows
        ),
        start=1,
    )
)
