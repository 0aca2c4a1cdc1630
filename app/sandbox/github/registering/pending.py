"""Apps that were made on a page, and whose maker has not yet traded the code for them."""

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.sandbox.github.doors import real_now
from app.sandbox.github.registering.manifest import Manifest
from app.sandbox.github.world import Account


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    manifest: Manifest
    owner: Account
    until: datetime


@dataclass(slots=True)
class Pending:
    """Codes of the manifest flow: each is good once, and for an hour of real time."""

    code_life: timedelta = timedelta(hours=1)
    codes: dict[str, Made] = field(default_factory=dict)

    def add(self, manifest: Manifest, owner: Account) -> str:
        code = secrets.token_hex(20)
        self.codes[code] = Made(manifest=manifest, owner=owner, until=real_now() + self.code_life)
        return code

    def take(self, code: str) -> Made | None:
        found = self.codes.pop(code, None)
        return found if found is not None and found.until > real_now() else None
