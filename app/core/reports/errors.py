"""What can be wrong with a report file."""


class MalformedReport(ValueError):
    """The file is a report of a known format, but nothing in it could be read. `format` is as in Report."""

    def __init__(self, why: str, *, known_as: str) -> None:
        super().__init__(why)
        self.format = known_as
