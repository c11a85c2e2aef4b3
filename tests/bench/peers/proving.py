"""How long it takes to prove all policies of a project, and how many tables are proved."""

import json
import os
import re
import statistics
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

from install import ROOT

sys.path.insert(0, str(ROOT / "tests" / "peers"))
from server import Server as Postgres  # noqa: E402

CONFIG = ROOT / "tests" / "peers" / "pgrls.toml"
# Longest time of one run in seconds.
PATIENCE = 60
# pgrls proves one property a run; pgpe all of its own.
MODES = {"cross-tenant": "reads only", "write": "writes only"}


def timed(command, folder, runs, environment=None):
    """Median milliseconds of some runs, the longest, and what the last one printed."""
    taken = []
    for _ in range(runs):
        start = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in command],
            cwd=folder,
            env=os.environ | (environment or {}),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
        taken.append((time.perf_counter() - start) * 1000)
        if done.returncode not in (0, 1):
            raise OSError(done.stderr.strip())
    return round(statistics.median(taken), 1), round(max(taken), 1), done.stdout


def row(peer, version, tables, project, runs, taken, verdicts, note):
    """`verdicts` counts tables."""
    middle, longest = taken
    return {
        "peer": peer,
        "version": version,
        "measure": "verify",
        "project": project,
        "tables": tables,
        "p50_ms": middle,
        "p95_ms": longest,
        "samples": runs,
        "proved": verdicts["proved"],
        "failed": verdicts["failed"],
        "of": sum(verdicts.values()),
        "note": note,
    }


def of_pgpe(pgpe, version, folder, project, tables, runs, cache):
    """`pgpe check` without what was proved before."""
    environment = {"PGPE_CACHE_DIR": str(cache)}
    *taken, _ = timed([pgpe, "check", "--no-cache", "--format", "json"], folder, runs, environment)
    # Told by table in another report, which is not timed.
    done = subprocess.run(
        [pgpe, "analyze", "--no-cache", "--format", "json"], cwd=folder, capture_output=True, text=True
    )
    verdicts = Counter()
    for table in json.loads(done.stdout)["tables"]:
        found = {proofs.get("tenant-isolation") for proofs in table["commands"].values()}
        word = "failed" if "FAILED" in found else "proved" if found <= {"PROVEN", "DENIED"} else "unproved"
        verdicts[word] += 1
    note = "isolation of reads and writes, and all other proofs, in one run, from files"
    return row("pgpe", version, tables or sum(verdicts.values()), project, runs, taken, verdicts, note)


def of_pgrls(peer, postgres, url, policies, folder, project, tables, runs):
    """`pgrls verify` in each of its modes, and in one after the other, on a database with the same policies."""
    schemas = ",".join(sorted(set(re.findall(r"^ +ON (\w+)\.", policies, re.MULTILINE))))
    options = ["--database-url", url, "--config", CONFIG, "--schemas", schemas, "--format", "json"]
    where = f"from PostgreSQL {postgres.version.split()[0]} on this machine"
    found, taken, verdicts = [], [], []

    def add(times, words, note):
        counted = Counter(words)
        size = tables or len(words)
        found.append(row(peer.name, peer.version, size, project, runs, times, counted, f"{note}, {where}"))

    for mode, what in MODES.items():
        *times, printed = timed([peer.program, "verify", "--mode", mode, *options], folder, runs)
        words = {
            table["table"]: {"isolated": "proved", "leak": "failed"}.get(table["verdict"], "unproved")
            for table in json.loads(printed)["tables"]
        }
        add(times, words.values(), f"--mode {mode}: {what}")
        taken.append(times)
        verdicts.append(words)
    order = ["failed", "unproved", "proved"]
    both = [min((words[name] for words in verdicts), key=order.index) for name in verdicts[0]]
    add([round(sum(times), 1) for times in zip(*taken)], both, "both, one after the other")
    return found


def prove(pgpe, version, peer, project, folder, schema, policies, tables, runs, scratch):
    """Rows of both on one project."""
    found = [of_pgpe(pgpe, version, folder, project, tables, runs, scratch)]
    absent = {"peer": peer.name, "version": peer.version, "measure": "verify", "project": project, "tables": tables}
    if peer.missing:
        return found + [absent | {"note": peer.missing}]
    with Postgres.start() as postgres:
        # The server makes the roles that policies name.
        schema = re.sub(r"^CREATE ROLE .*;$", "", schema, flags=re.MULTILINE)
        with postgres.database(schema, policies) as url:
            try:
                found += of_pgrls(peer, postgres, url, policies, scratch, project, tables, runs)
            except (OSError, subprocess.TimeoutExpired) as problem:
                found.append(absent | {"note": f"not measured: {problem}"})
    return found


def saas(pgpe):
    """The running example: its folder, schema and compiled policies."""
    folder = ROOT / "policies" / "saas"
    done = subprocess.run([pgpe, "compile"], cwd=folder, capture_output=True, text=True, check=True)
    return folder, Path(folder / "schema.sql").read_text(), done.stdout
