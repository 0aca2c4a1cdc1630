"""Do what people tell us: commands in comments, boxes ticked in ours, buttons of our check run, a deleted comment."""

from app.handlers.people.boxes import forget_comment, press_button, tick_boxes
from app.handlers.people.commands import obey_comment

__all__ = ["forget_comment", "obey_comment", "press_button", "tick_boxes"]
