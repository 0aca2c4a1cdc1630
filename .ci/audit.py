"""Look for known vulnerabilities in the locked packages; where nobody can be asked, say so and let the other checks go on."""

import json
import subprocess
import sys
from pathlib import Path

ASK = ("-m", "pip_audit", "--requirement", "requirements.lock", "--disable-pip", "--format", "json", "--timeout", "10")


def main() -> int:
    """Return 1 where a package is known to be vulnerable, 2 where the audit itself fails."""
    root = Path(__file__).parents[1]
    asked = subprocess.run(  # noqa: S603 - the words are ours
        [sys.executable, *ASK, "--progress-spinner", "off"], cwd=root, capture_output=True, text=True, check=False
    )
    try:
        packages = json.loads(asked.stdout)["dependencies"]
    except (ValueError, KeyError):
        return _without_an_answer(asked.stderr)
    unknown = [one["name"] for one in packages if "vulns" not in one]
    found = [(one, vuln) for one in packages for vuln in one.get("vulns", ())]
    for one, vuln in found:
        print(f"{one['name']} {one['version']}: {vuln['id']}, fixed in {', '.join(vuln['fix_versions']) or 'none'}")
    if unknown:
        print(f"NOT AUDITED: {len(unknown)} of {len(packages)} packages, which the service does not know from here")
    else:
        print(f"{len(packages)} packages audited, {len(found)} vulnerabilities")
    return 1 if found else 0


def _without_an_answer(said: str) -> int:
    """Tell a service that cannot be reached from an audit that is broken."""
    last = said.strip().splitlines()[-1:] or ["pip-audit said nothing"]
    if any(word in said for word in ("onnect", "timed out", "Timeout", "resolve", "Unreachable")):
        print(f"NOT AUDITED, the vulnerability service cannot be reached: {last[0]}")
        return 0
    print(f"the audit failed: {last[0]}")
    return 2


if __name__ == "__main__":
    sys.exit(main())
