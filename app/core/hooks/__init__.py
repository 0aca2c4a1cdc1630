"""Outgoing webhooks: who hears of what, what is said to them and in which form, and where they may be."""
