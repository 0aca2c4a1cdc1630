"""What GitHub knows of an App beside its number: what it asks for, and how people sign in by it."""

from dataclasses import dataclass, field

PERMISSIONS = {
    "actions": "write",
    "checks": "write",
    "contents": "read",
    "issues": "write",
    "metadata": "read",
    "pull_requests": "write",
}
"""What our App asks for, and what who installs it grants."""

EVENTS = (
    "check_run",
    "check_suite",
    "issue_comment",
    "issues",
    "pull_request",
    "push",
    "repository",
    "workflow_run",
)


@dataclass(slots=True)
class Registration:
    """The App's public id and its secrets. People may be led back to its `callback_urls`, by default to the first one.

    Who installs it is led to `setup_url`, or, where it `asks_on_install`, to sign in.
    """

    client_id: str = "Iv23liSandbox0000000"
    client_secret: str = field(default="5a" * 20, repr=False)
    callback_urls: tuple[str, ...] = ()
    setup_url: str | None = None
    asks_on_install: bool = False
    private_key: str = field(default="", repr=False)
    name: str = "Flakeguard"
    permissions: dict[str, str] = field(default_factory=lambda: dict(PERMISSIONS))
    events: tuple[str, ...] = EVENTS
