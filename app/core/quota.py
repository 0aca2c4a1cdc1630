"""What GitHub allows an installation, and how we keep within it. Seconds are elapsed ones."""

from dataclasses import dataclass
from datetime import datetime, timedelta

APP = 0
"""Stands for the App itself, which has limits of its own, where an installation's number is asked for."""

READ_POINTS, WRITE_POINTS = 1, 5
"""Source: "Rate limits for the REST API", "Calculating points for the secondary rate limit"."""

BACKGROUND_SHARE = 0.25
"""What nobody waits for may use that much of an hour's requests: the rest is for what people wait for."""

_LONGEST_BACKGROUND_WAIT = timedelta(minutes=15)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a request takes of the secondary limits; what nobody waits for leaves half of what was saved up to others."""

    points: int
    is_write: bool = False
    creates_content: bool = False
    is_background: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Quota:
    """The primary limit: so many requests an hour, of which so many are left for so many seconds."""

    limit: int
    remaining: int
    resets_in: float

    def wait_in_background(self, share: float = BACKGROUND_SHARE) -> timedelta | None:
        """Return how long background work is to wait, None until its share of the hour is used up, by whomever."""
        if self.remaining >= self.limit * (1 - share):
            return None
        return min(timedelta(seconds=max(self.resets_in, 1)), _LONGEST_BACKGROUND_WAIT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How fast we ask at most: what was saved up, and a steady rate besides.

    GitHub allows 900 points in any minute, 80 requests that create content in any minute and 500 in any hour, and asks for a
    second between writes. In any minute `points_saved` and 60 / `seconds_a_point` go out at most, and so on; a tenth is left
    to people who use the same installation's limits. Source: "Rate limits for the REST API", "About secondary rate limits",
    and "Best practices for using the REST API", "Pause between mutative requests".
    """

    seconds_a_point: float = 0.1
    points_saved: int = 210
    seconds_a_content: float = 9.0
    content_saved: int = 50
    write_pause: float = 1.0


LONGEST_WRITE = 15.0
"""Seconds after which a write that nobody saw end counts as ended: its process died.

GitHub gives up on a request after ten. Source: "Troubleshooting the REST API", "Timeouts".
"""

FREE = Pace(seconds_a_point=0, points_saved=0, seconds_a_content=0, content_saved=0, write_pause=0)
"""No pace at all: an Enterprise Server whose administrators set no limits, or a GitHub of the test's own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """When a request may go out, in seconds from now; where it `is_taken` it is reserved, else that is when to ask again.

    `is_closed` is where GitHub asked to be left alone until then. `strikes` counts the limits without a named wait. A write
    is alone until `writes_until`, or until its end was told.
    """

    seconds: float
    is_taken: bool
    is_closed: bool = False
    strikes: int = 0
    quota: Quota | None = None
    writes_until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What an answer says about limits: a wait that it asks for, what is left, and the strikes before it and with it."""

    strikes_before: int
    strikes: int
    wait: timedelta | None = None
    quota: Quota | None = None
