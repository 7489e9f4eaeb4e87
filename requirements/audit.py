"""Compares the locked versions with the known vulnerabilities: `make audit`.

Exit status 1 if there are any. A service that cannot be reached, or that does not know a package, is only a warning.
A vulnerability that does not concern Poly-Muse goes into IGNORED, with the reason.
"""

import json
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
FILES = ("base.txt", "torch-cuda.txt", "dev.txt", "tools.txt")  # the CPU build of torch has the versions of the other
TIMEOUT = 300  # seconds for the answers about all packages
IGNORED: dict[str, str] = {}  # id of a vulnerability -> why it does not concern Poly-Muse


def main() -> int:
    """The exit status."""
    command = ["pip-audit", "--disable-pip", "--require-hashes", "--progress-spinner", "off", "--format", "json"]
    for name in FILES:
        command += ["--requirement", str(FOLDER / name)]
    for name in IGNORED:
        command += ["--ignore-vuln", name]
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=TIMEOUT)
    except subprocess.TimeoutExpired:
        sys.stderr.write("warning: the versions could not be audited in time\n")
        return 0
    try:
        packages = json.loads(result.stdout)["dependencies"]
    except ValueError:
        sys.stderr.write(f"warning: the versions could not be audited: {result.stderr.strip()[-500:]}\n")
        return 0
    found = 0
    for package in packages:
        for flaw in package.get("vulns", ()):
            found += 1
            fixed = ", ".join(flaw["fix_versions"]) or "none yet"
            sys.stderr.write(f"{package['name']} {package['version']}: {flaw['id']}, fixed in {fixed}\n")
    audited = sum("vulns" in package for package in packages)
    if audited < len(packages):
        sys.stderr.write(f"warning: {len(packages) - audited} of {len(packages)} packages could not be audited\n")
    sys.stdout.write(f"{found} known vulnerabilities in {audited} packages\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
