"""Do what people tell us: commands in comments, boxes ticked in ours, thumbs, buttons of our check run, a deleted comment."""

from app.handlers.people.boxes import forget_comment, press_button, tick_boxes
from app.handlers.people.commands import obey_comment
from app.handlers.people.reactions import look_at_reactions

__all__ = ["forget_comment", "look_at_reactions", "obey_comment", "press_button", "tick_boxes"]
