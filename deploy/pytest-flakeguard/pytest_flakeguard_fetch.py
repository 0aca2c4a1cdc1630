"""Fetches the list of quarantined tests: run as a process of its own, which can be ended whatever it waits for.

The standard library alone, as `python -I -S` has it. Writes the list on standard output and ends with 0, or one line that
says why there is none and ends with 3.
"""

from __future__ import annotations

import json
import os
import re
import ssl
import sys
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlsplit
from urllib.request import HTTPRedirectHandler, Request, build_opener

SECONDS = 2.0
"""How long all of it may take; whoever runs this ends it then."""
MOST_BYTES = 5_000_000
NO_LIST = 3

_REPOSITORY = re.compile(r"[\w-]+/(?!\.{1,2}\Z)[\w.-]+", re.ASCII)
_TOKEN = re.compile(r"[\x21-\x7e]+")
_REFUSED = {
    401: "FlakeGuard does not take the token",
    403: "FlakeGuard does not take the token",
    404: "FlakeGuard does not know this repository, or the token may not read it",
}


class NoList(Exception):
    """There is no list; the message says why, and holds no secret."""


class _NoRedirect(HTTPRedirectHandler):
    """A token is for one host: wherever an answer leads to, it is not shown there."""

    def redirect_request(self, *_args: object, **_named: object) -> None:
        return None


def fetch(environ) -> bytes:
    """Return what FlakeGuard answers; raises NoList."""
    url, repository = environ.get("FLAKEGUARD_URL", "").rstrip("/"), environ.get("GITHUB_REPOSITORY", "")
    if not _is_address(url):
        raise NoList("FLAKEGUARD_URL is not set to an address such as https://host")
    if not _REPOSITORY.fullmatch(repository):
        raise NoList("GITHUB_REPOSITORY is not set to OWNER/NAME")
    token = environ.get("FLAKEGUARD_TOKEN", "").strip() or _proof(environ, url)
    return _ask(f"{url}/api/v1/repos/{repository}/quarantine?format=json", token)


def _proof(environ, audience: str) -> str:
    """Return the token by which GitHub says which repository this job is of."""
    url, token = environ.get("ACTIONS_ID_TOKEN_REQUEST_URL", ""), environ.get("ACTIONS_ID_TOKEN_REQUEST_TOKEN", "")
    if not _is_address(url) or not token:
        raise NoList("there is neither FLAKEGUARD_TOKEN nor the permission `id-token: write`")
    try:
        proof = json.loads(_ask(f"{url}&audience={quote(audience, safe='')}", token))["value"]
    except (ValueError, KeyError, TypeError, RecursionError):
        proof = None
    except NoList as error:
        raise NoList(f"GitHub gave no token for this job: {error}") from None
    if not isinstance(proof, str):
        raise NoList("GitHub's answer holds no token for this job")
    return proof


def _ask(url: str, token: str) -> bytes:
    # The message of a header that cannot be sent would quote the token.
    if not _TOKEN.fullmatch(token):
        raise NoList("the token has characters that no token has")
    headers = {"Authorization": f"Bearer {token}", "Accept": "application/json", "User-Agent": "pytest-flakeguard"}
    try:
        request = Request(url, headers=headers)  # noqa: S310  `_is_address` has seen it
        with build_opener(_NoRedirect).open(request, timeout=SECONDS) as answer:
            if answer.status != 200:
                raise NoList(f"the answer has the status {answer.status}")
            body = answer.read(MOST_BYTES + 1)
    except HTTPError as error:
        raise NoList(_refusal(error.code)) from None
    except URLError as error:
        raise NoList(f"it cannot be reached ({_told(error.reason)})") from None
    except OSError as error:
        raise NoList(f"the connection broke ({_told(error)})") from None
    if len(body) > MOST_BYTES:
        raise NoList(f"the answer has more than {MOST_BYTES:,} bytes")
    return body


def _refusal(status: int) -> str:
    if 300 <= status < 400:
        return f"the answer leads elsewhere ({status}), where the token is not shown"
    return f"{_REFUSED.get(status, 'the answer is an error')} ({status})"


def _told(reason: object) -> str:
    if isinstance(reason, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted: {reason.verify_message}"
    if isinstance(reason, TimeoutError):
        return "no answer in time"
    return (reason.strerror or type(reason).__name__) if isinstance(reason, OSError) else type(reason).__name__


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def main() -> int:
    try:
        body = fetch(os.environ)
    except NoList as error:
        body, status = str(error).encode(), NO_LIST
    except Exception as error:  # noqa: BLE001  whatever it is, it is no reason for a test to fail
        body, status = f"what answers is no FlakeGuard ({type(error).__name__})".encode(), NO_LIST
    else:
        status = 0
    sys.stdout.buffer.write(body)
    return status


if __name__ == "__main__":
    sys.exit(main())
