"""The figures that exist from a process' start: what is counted only later would be missed by who asks how much it rose."""

from typing import Literal

from app.github.webhooks import HANDLED
from app.metrics import BUILD, DELIVERIES_RECOVERED, HOOK_DELIVERIES, VERSION, WEBHOOKS

Role = Literal["all", "web", "worker"]

ANSWERS = (200, 202, 400, 401, 413, 415, 503)
"""Statuses with which a delivery is answered (app.web.webhook)."""

RECOVERED = ("done", "sent again", "nothing", "gone")
"""What becomes of a delivery that GitHub's log shows as missed (app.handlers.recover)."""


def start_figures(role: Role) -> None:
    """Tell which release this process is and what it does, and begin what that counts at nought.

    Of a counter that is born at 30 Prometheus sees no increase, and the sum of no counters is no nought.
    """
    BUILD.labels(version=VERSION, role=role).set(1)
    if role != "worker":
        for event in (*sorted(HANDLED), "other"):
            for answer in ANSWERS:
                WEBHOOKS.labels(event=event, answer=answer)
    if role != "web":
        from app.hooks.courier import Outcome  # noqa: PLC0415 - who only takes webhooks has no need of it

        for result in RECOVERED:
            DELIVERIES_RECOVERED.labels(result=result)
        for outcome in (*Outcome, "given_up"):
            HOOK_DELIVERIES.labels(outcome=outcome)
