"""Webhook deliveries as GitHub keeps them: each try is one, tries of the same delivery share its GUID."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(slots=True)
class Delivery:
    """One try. `status` is what the receiver answered, 0 where nobody did, None where it has not been sent yet.

    What is not shown whole is listed without its payload.
    """

    id: int
    guid: str
    event: str
    payload: dict[str, object]
    at: datetime
    status: int | None = None
    is_redelivery: bool = False
    is_shown_whole: bool = True

    @property
    def action(self) -> str | None:
        action = self.payload.get("action")
        return action if isinstance(action, str) else None

    @property
    def verdict(self) -> str:
        """What GitHub says about it, in GitHub's own words."""
        match self.status:
            case None | 0:
                return "failed to connect to host"
            case int(status) if 200 <= status < 300:
                return "OK"
            case status:
                return f"Invalid HTTP Response: {status}"

    def number_of(self, thing: str) -> int | None:
        """Return the id of something that the payload names, such as its `installation`."""
        named = self.payload.get(thing)
        number = named.get("id") if isinstance(named, dict) else None
        return number if isinstance(number, int) else None
