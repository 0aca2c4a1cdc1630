"""What can be wrong with a report file."""


class MalformedReport(ValueError):
    """The file is a report of a known format, but nothing in it could be read."""
