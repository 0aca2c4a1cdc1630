"""Ask `flakeguard mcp` by the official inspector, whether its tools are portable and each answers briefly enough.

Needs Node 22.19 or newer, and npm's registry for the inspector.
"""

import json
import os
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

INSPECTOR = shlex.split(os.environ.get("INSPECTOR", "npx --yes @modelcontextprotocol/inspector@2.12.0"))
LARGEST = 20_000
REPO = "acme-corp/web-app"
CALLS = {
    "list_repositories": {},
    "flakiest_tests": {"repo": REPO, "limit": 50},
    "find_tests": {"repo": REPO, "query": "should", "limit": 50},
    "test_history": {"repo": REPO, "test": "should_handle_timeout", "limit": 50},
    "test_evidence": {"repo": REPO, "test": "should_handle_timeout", "limit": 50},
    "similar_failures": {"repo": REPO, "message": "TimeoutError: POST /v1/orders timed out after 7 ms"},
    "pull_request_failures": {"repo": REPO, "number": 143},
    "how_to_reproduce": {"repo": REPO, "test": "ApiIntegration.should_handle_timeout"},
}


def main() -> int:
    root = Path(__file__).parents[1]
    with tempfile.TemporaryDirectory(prefix="flakeguard-mcp-check-") as folder:
        ours = {"FLAKEGUARD_DATA_DIR": folder, "FLAKEGUARD_LOG_LEVEL": "error", "PYTHONPATH": str(root)}
        subprocess.run(
            [sys.executable, "-m", "app", "seed"], env=os.environ | ours, check=True, stdout=subprocess.DEVNULL
        )
        given = [part for name, text in ours.items() for part in ("-e", f"{name}={text}")]
        start = [*INSPECTOR, "--cli", *given, sys.executable, "-m", "app", "mcp", "--method"]
        listed = json.loads(_output([*start, "tools/list", "--strict"]))
        names = [one["name"] for one in listed["tools"]]
        print(f"{len(names)} tools, each portable")
        wrong = sorted(set(names) ^ set(CALLS))
        for name, asked in CALLS.items():
            out = _output([*start, "tools/call", "--tool-name", name, "--tool-args-json", json.dumps(asked)])
            is_fine = not json.loads(out)["isError"] and len(out) < LARGEST
            wrong += [] if is_fine else [name]
            print(f"{name}: {len(out)} bytes{'' if is_fine else ', WRONG'}")
    return 1 if wrong else 0


def _output(command: list[str]) -> bytes:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, timeout=120).stdout  # noqa: S603 - as above


if __name__ == "__main__":
    sys.exit(main())
