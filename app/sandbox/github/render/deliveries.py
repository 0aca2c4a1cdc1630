"""Webhook deliveries as JSON."""

from app.sandbox.github.deliveries import Delivery
from app.sandbox.github.render.accounts import AccountRenderer
from app.sandbox.github.render.values import Json, stamp


class DeliveryRenderer(AccountRenderer):
    """Renders what was sent to the App's webhook address."""

    def delivery(self, one: Delivery) -> Json:
        return {
            "id": one.id,
            "guid": one.guid,
            "delivered_at": stamp(one.at),
            "redelivery": one.is_redelivery,
            "duration": 0.03,
            "status": one.verdict,
            "status_code": one.status or 0,
            "event": one.event,
            "action": one.action,
            "installation_id": one.number_of("installation"),
            "repository_id": one.number_of("repository"),
            "throttled_at": None,
        }

    def full_delivery(self, one: Delivery, headers: dict[str, str]) -> Json:
        """Render a delivery as it is given alone: with what was sent."""
        return self.delivery(one) | {
            "url": "",
            "request": {"headers": headers, "payload": one.payload if one.is_shown_whole else None},
            "response": {"headers": {}, "payload": None},
        }
