"""Where a FlakeGuard is that somebody else runs, for commands that only ask it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

from app.settings.values import address_of, secret_of

_TOKEN = ("FLAKEGUARD_TOKEN", "FLAKEGUARD_TOKEN_FILE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """The FlakeGuard that somebody else runs, for who only asks it: its address, None where it is our own, and a token."""

    url: str | None
    token: str | None = field(repr=False)

    @classmethod
    def from_env(
        cls, environ: Mapping[str, str] = os.environ, *, url: str | None = None, token_file: str | None = None
    ) -> "Elsewhere":
        """Read where to ask; what a command was told counts more than the environment. Raises BadSetting."""
        variable, file = _TOKEN
        if token_file is not None:
            environ = {**environ, variable: "", file: token_file}
        if url is not None:
            environ = {**environ, "FLAKEGUARD_URL": url}
        token = secret_of(environ, _TOKEN)
        return cls(url=address_of(environ, "FLAKEGUARD_URL"), token=token[1] if token else None)
