"""Verbs: what people and CI do in the sandbox, each with the webhooks that GitHub sends for it."""

from app.sandbox.github.handles.pull import Pull
from app.sandbox.github.handles.repository import Repository
from app.sandbox.github.handles.run import Run

__all__ = ["Pull", "Repository", "Run"]
