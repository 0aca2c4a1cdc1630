"""Prove that a webhook comes from GitHub."""

import hashlib
import hmac
from collections.abc import Sequence


class Proof:
    """Works out, piece by piece, how a body had to be signed by who knows one of the secrets; an empty one is none."""

    def __init__(self, secrets: Sequence[str]) -> None:
        self._signing = [hmac.new(secret.encode(), digestmod=hashlib.sha256) for secret in secrets if secret]

    def add(self, piece: bytes) -> None:
        """Take in the next piece of the body as it came, before any parsing."""
        for one in self._signing:
            one.update(piece)

    def fits(self, signature: str | None) -> bool:
        """Tell whether `X-Hub-Signature-256` is of this body and one of the secrets.

        Every secret is tried in constant time, so that one can be rotated. Source: "Validating webhook deliveries" in
        GitHub's documentation.
        """
        if signature is None:
            return False
        given = signature.encode("utf-8", "surrogatepass")
        fits = [hmac.compare_digest(b"sha256=" + one.hexdigest().encode(), given) for one in self._signing]
        return any(fits)


def verify(body: bytes, signature: str | None, secrets: Sequence[str]) -> bool:
    """Tell whether `X-Hub-Signature-256` proves that the sender of the whole `body` knows one of the secrets."""
    proof = Proof(secrets)
    proof.add(body)
    return proof.fits(signature)
