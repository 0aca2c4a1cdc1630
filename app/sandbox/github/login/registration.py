"""What GitHub knows of an App for signing people in by it."""

from dataclasses import dataclass


@dataclass(slots=True)
class Registration:
    """The App's public id, its secret, and the addresses to which people may be led back; the first one by default."""

    client_id: str = "Iv23liSandbox0000000"
    client_secret: str = "5a" * 20
    callback_urls: tuple[str, ...] = ()
