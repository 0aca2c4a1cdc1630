"""Prove that a webhook comes from GitHub."""

import hashlib
import hmac
from collections.abc import Sequence


def verify(body: bytes, signature: str | None, secrets: Sequence[str]) -> bool:
    """Tell whether `X-Hub-Signature-256` proves that the sender of `body` knows one of the secrets.

    Takes the body as it came, before any parsing. Every secret is tried in constant time, so that one can be rotated;
    an empty one is none. Source: "Validating webhook deliveries" in GitHub's documentation.
    """
    if signature is None:
        return False
    given = signature.encode("utf-8", "surrogatepass")
    fits = [hmac.compare_digest(_sign(body, secret), given) for secret in secrets if secret]
    return any(fits)


def _sign(body: bytes, secret: str) -> bytes:
    return b"sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest().encode()
