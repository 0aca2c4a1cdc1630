"""What the dashboard and the API read, one file a topic: lists by pages, each of one repository, and no clock.

A period of days ends with the repository's latest attempt, so that the same rows give the same page.
"""
