"""The figures that exist from a process' start: what is counted only later would be missed by who asks how much it rose."""

from itertools import product
from typing import Literal

from app.github.webhooks import HANDLED
from app.metrics import BUILD, DELIVERIES_RECOVERED, HOOK_DELIVERIES, JOBS, PARSE_FAILURES, VERSION, WEBHOOKS

Role = Literal["all", "web", "worker"]

ANSWERS = (200, 202, 400, 401, 413, 415, 500, 503)
"""Statuses with which a delivery is answered (app.web.webhook)."""

RECOVERED = ("done", "sent again", "nothing", "gone")
"""What becomes of a delivery that GitHub's log shows as missed (app.handlers.recover)."""

ENDS = ("done", "waits", "dropped", "failed", "held")
"""What becomes of a job (app.worker)."""


def start_figures(role: Role) -> None:
    """Tell which release this process is and what it does, and begin what that counts at nought.

    Of a counter that is born at 30 Prometheus sees no increase, and the sum of no counters is no nought.
    """
    BUILD.labels(version=VERSION, role=role).set(1)
    if role != "worker":
        for event, answer in product((*sorted(HANDLED), "other"), ANSWERS):
            WEBHOOKS.labels(event=event, answer=answer)
    if role != "web":
        _start_figures_of_work()


def _start_figures_of_work() -> None:
    # Who only takes webhooks has no need of what does the work.
    from app.core.reports import MAY_BE_MALFORMED  # noqa: PLC0415
    from app.hooks.courier import Outcome  # noqa: PLC0415
    from app.worker import HANDLERS  # noqa: PLC0415

    for kind, result in product(HANDLERS, ENDS):
        JOBS.labels(kind=kind.__name__, result=result)
    for name in (*MAY_BE_MALFORMED, "unknown"):
        PARSE_FAILURES.labels(format=name)
    for result in RECOVERED:
        DELIVERIES_RECOVERED.labels(result=result)
    for outcome in (*Outcome, "given_up"):
        HOOK_DELIVERIES.labels(outcome=outcome)
