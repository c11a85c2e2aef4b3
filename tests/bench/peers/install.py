"""The peers, each installed from its registry into a folder of its own."""

import re
import subprocess
import sys
import venv
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
HOME = ROOT / "target" / "bench" / "peers"


@dataclass
class Installed:
    """A peer that can be run, or why it cannot."""

    name: str
    version: str
    server: list
    program: Path | None = None
    missing: str = ""


def pinned(package):
    """The version of a Python package that is asked for."""
    for line in (HERE / "requirements.txt").read_text().splitlines():
        name, _, version = line.partition("==")
        if name.split("[")[0] == package:
            return line, version
    sys.exit(f"requirements.txt does not name {package}")


def run(*command):
    done = subprocess.run([str(word) for word in command], capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stderr or done.stdout).strip().splitlines()
        # What goes into a table names no address.
        raise OSError(re.sub(r"\w+://\S+", "…", lines[-1]) if lines else f"{command[0]} failed")
    return done.stdout


def from_pip(package, program):
    """A package's program in a virtual environment."""
    requirement, version = pinned(package)
    folder = HOME / f"{package}-{version}"
    if not (folder / "bin" / program).exists():
        venv.create(folder, with_pip=True, clear=True)
        run(folder / "bin" / "pip", "install", "--quiet", "--disable-pip-version-check", requirement)
    return folder / "bin" / program, version


def from_npm(package, platform_package, version, program):
    """A package's own program, without the script that starts it."""
    folder = HOME / f"{program}-{version}"
    path = folder / "node_modules" / platform_package / program
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        run("npm", "install", "--no-audit", "--no-fund", "--no-save", "--prefix", folder, f"{package}@{version}")
    return path, version


def pgrls():
    program, version = from_pip("pgrls", "pgrls")
    return program, version, [program, "lsp"]


def squawk():
    program, version = from_pip("squawk-cli", "squawk")
    return program, version, [program, "server"]


def postgres_language_server():
    # The newest version in the registry is to be had under the older one of its two names.
    package = "@postgrestools/postgrestools"
    program, version = from_npm(package, "@postgrestools/cli-x86_64-linux-gnu", "0.25.7", "postgrestools")
    return program, version, [program, "lsp-proxy"]


def install():
    """All peers."""
    found = []
    for name, how in (
        ("pgrls", pgrls),
        ("squawk", squawk),
        ("Postgres language server", postgres_language_server),
    ):
        try:
            program, version, server = how()
            run(program, "--version")
            found.append(Installed(name, version, server, program))
        except (OSError, subprocess.CalledProcessError) as problem:
            found.append(Installed(name, "", [], missing=f"could not be installed: {problem}"))
    return found
