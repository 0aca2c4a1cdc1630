"""What stands around a body: which event it is, which delivery, and the proof that it is ours, as GitHub's webhooks have it."""

import hashlib
import hmac

from app.core.hooks.hook import HookEvent


def sign(body: bytes, secret: str) -> str:
    """Return the signature of the body as it goes out: HMAC with SHA-256, in GitHub's notation."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def headers_of(event: HookEvent, guid: str, body: bytes, secret: str | None) -> dict[str, str]:
    """Return the headers of a delivery; who checks GitHub's signatures checks ours by the same lines."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "FlakeGuard-Hook",
        "X-FlakeGuard-Event": event.value,
        "X-FlakeGuard-Delivery": guid,
    }
    if secret is None:
        return headers
    signature = sign(body, secret)
    return headers | {"X-FlakeGuard-Signature-256": signature, "X-Hub-Signature-256": signature}
