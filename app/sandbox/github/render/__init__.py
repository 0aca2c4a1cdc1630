"""The world's objects as GitHub's JSON: all fields that GitHub's description requires, and those that bots read."""

from app.sandbox.github.render.actions import ActionsRenderer
from app.sandbox.github.render.checks import CheckRenderer
from app.sandbox.github.render.deliveries import DeliveryRenderer
from app.sandbox.github.render.pulls import PullRenderer
from app.sandbox.github.render.values import Json, node_id, stamp

__all__ = ["Json", "Renderer", "node_id", "stamp"]


class Renderer(ActionsRenderer, CheckRenderer, PullRenderer, DeliveryRenderer):
    """Renders everything for one address."""
