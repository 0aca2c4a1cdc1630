"""Which deliveries reached nobody, by GitHub's own log of them. Pure."""

from collections.abc import Collection, Sequence

from app.github.installations import DeliveryInfo
from app.intake import may_ask

_TAKEN = "OK"


def find_missed(page: Sequence[DeliveryInfo], taken: Collection[str]) -> list[DeliveryInfo]:
    """Return the deliveries of a page of the log of which no try was taken, as far as they may ask for a job.

    One try of each, newest first as in the log. `taken` are the GUIDs that newer pages had taken at a later try.
    Source: "Automatically redelivering failed deliveries for a GitHub App webhook".
    """
    settled = {one.guid for one in page if one.status == _TAKEN}
    settled.update(taken)
    missed = []
    for one in page:
        if one.guid in settled or not may_ask(one.event, one.action):
            continue
        settled.add(one.guid)
        missed.append(one)
    return missed


def list_taken_again(page: Sequence[DeliveryInfo]) -> set[str]:
    """Return what was taken at a later try: its first one stands on an older page of the log, as missed."""
    return {one.guid for one in page if one.is_redelivery and one.status == _TAKEN}
