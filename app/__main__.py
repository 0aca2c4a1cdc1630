"""The `flakeguard` command."""


def main() -> int:
    return 0
