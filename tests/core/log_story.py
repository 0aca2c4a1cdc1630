"""Writes logs as GitHub's runner writes them, for the tests of the readers."""

STAMP = "2026-03-04T05:06:07.0370001Z "


def step(command: str, output: str, *, code: int = 0) -> str:
    """Write a step that ran a command: its header, what it printed, and its end."""
    header = [f"##[group]Run {command}", f"\x1b[36;1m{command}\x1b[0m", "shell: /usr/bin/bash -e {0}", "##[endgroup]"]
    end = [f"##[error]Process completed with exit code {code}."] if code else []
    return "".join(f"{STAMP}{line}\n" for line in [*header, *output.strip("\n").split("\n"), *end])


def job(*steps: str) -> bytes:
    """Put steps together as the log of a job that ended."""
    return ("\ufeff" + "".join(steps) + f"{STAMP}Post job cleanup.\n{STAMP}Cleaning up orphan processes\n").encode()
