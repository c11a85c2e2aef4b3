#!/usr/bin/env python3
"""pgpe and its peers in one run: language servers by the same driver, provers on the same policies.

    tests/bench/peers/run.py [--short] [--pgpe PROGRAM] [--generator COMMAND]

Writes target/bench/peers.json and prints a table. How each was asked is in notes.md.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from client import adopt
from install import HOME, ROOT, install
from measure import EDITS, Server, measure
from projects import generate, output
from proving import prove, saas

NOTES = {
    "pgrls": "the open file alone",
    "squawk": "the open file alone; asked for diagnostics right after the edit, as it sends none",
    "Postgres language server": "the open file alone; waits 300 ms after an edit; no database",
    "pgpe": "the whole project; the first publish of the version, proofs may follow",
}
NAMES = {
    "edit_to_diagnostics": "Edit to diagnostics",
    "burst_of_20": "Burst of 20 edits, from the last to its diagnostics",
    "semantic_tokens": "Semantic tokens of the file right after an edit",
    "memory_mb": "Resident memory of all processes",
    "verify": "Proving everything anew",
}


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pgpe", type=Path, default=ROOT / "target" / "release" / "pgpe", help="a release build")
    parser.add_argument(
        "--generator",
        default=f"{ROOT}/tools/cargo.sh bench --quiet --bench performance -- generate",
        help="command that writes a project, given a folder and a number of tables",
    )
    parser.add_argument("--sizes", default="10,200,1000", help="numbers of tables, with commas between")
    parser.add_argument("--edits", type=int, default=EDITS, help="edits that are timed at each size")
    parser.add_argument("--runs", type=int, default=3, help="runs of each prover, of which the median counts")
    parser.add_argument("--limit", type=float, default=420, help="seconds after which nothing more is measured")
    parser.add_argument("--short", action="store_true", help="only ten tables and few edits: whether it works")
    parser.add_argument("--output", type=Path, default=ROOT / "target" / "bench" / "peers.json")
    given = parser.parse_args()
    given.sizes = sorted(int(size) for size in given.sizes.split(","))
    if given.short:
        given.sizes, given.edits, given.runs = [10], 3, 1
    given.pgpe = given.pgpe.resolve()
    return given


def servers(given, version, peers):
    found = [Server("pgpe", version, [given.pgpe, "lsp"], "ours", NOTES["pgpe"])]
    # The slowest comes last.
    return found + [
        Server(peer.name, peer.version, peer.server, "sql", NOTES[peer.name])
        for peer in reversed(peers)
        if not peer.missing
    ]


def measured(given, version, peers, folder):
    """All rows, as they become known."""
    pgrls = next(peer for peer in peers if peer.name == "pgrls")
    for peer in peers:
        if peer.missing:
            yield {"peer": peer.name, "version": "", "measure": "edit_to_diagnostics", "note": peer.missing}
    projects = []
    for size in given.sizes:
        place = folder / str(size)
        place.mkdir()
        projects.append(generate(given.generator, given.pgpe, place, size))
    # A generator may have to be built first, which is not counted.
    deadline = time.monotonic() + given.limit
    scratch = folder / "scratch"
    scratch.mkdir()
    example, schema, policies = saas(given.pgpe)
    largest = projects[-1]
    for name, *files, tables in (
        ("policies/saas", example, schema, policies, None),
        ("generated", largest.ours, largest.schema, largest.policies, largest.tables),
    ):
        yield from prove(given.pgpe, version, pgrls, name, *files, tables, given.runs, scratch)
    # What matters most comes first, should the time not be enough; a project of ten tables has one file anyway.
    for project in reversed(projects):
        for files in ("one",) if project.tables <= 10 else ("one", "many"):
            for server in servers(given, version, peers):
                place = Path(tempfile.mkdtemp(dir=folder))
                layout = project.layouts[server.form, files]
                for row in measure(server, layout, place, deadline, given.edits):
                    yield {"tables": project.tables, "files": files} | row


def number(value):
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def ratio(value, own):
    return f"{number(value / own)}×" if value and own else "–"


def table(rows):
    """Markdown: a part for each measure, ratios to pgpe within this run."""
    lines = []
    for measure_name, title in NAMES.items():
        mine = [row for row in rows if row["measure"] == measure_name]
        mine.sort(key=lambda row: (row.get("tables") or 0, row.get("files") or ""))
        if not mine:
            continue
        memory, proofs = measure_name == "memory_mb", measure_name == "verify"
        middle, late = ("MB", None) if memory else ("median, ms", "longest, ms") if proofs else ("p50, ms", "p95, ms")
        head = ["tables", "project" if proofs else "files", "", middle, late, "to pgpe"]
        head += [None if proofs else "to pgpe, many", "proved" if proofs else None, "note"]
        keep = [index for index, name in enumerate(head) if name is not None]
        lines += ["", f"### {title}", ""]
        for cells in [head, ["---"] * len(head), *cells_of(mine, "mb" if memory else "p50_ms")]:
            lines.append("| " + " | ".join(cells[index] for index in keep) + " |")
    return "\n".join(lines)


def cells_of(rows, key):
    def place(row):
        return row.get("tables"), row.get("files"), row.get("project")

    ours = {place(row): row.get(key) for row in rows if row["peer"] == "pgpe"}
    for row in rows:
        value, own = row.get(key), ours.get(place(row))
        # Of a project that has but one file, that is the same.
        usual = ours.get((row.get("tables"), "many", None), own)
        yield [
            str(row.get("tables") or ""),
            row.get("files") or row.get("project") or "",
            f"{row['peer']} {row['version']}",
            number(value),
            number(row.get("p95_ms")),
            ratio(value, own),
            ratio(value, usual),
            f"{row['proved']} of {row['of']}, {row['failed']} failed" if row.get("of") is not None else "",
            row.get("detail", row["note"]),
        ]


def main():
    # Ended from outside, it ends what it has started all the same.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended"))
    adopt()
    given = arguments()
    HOME.mkdir(parents=True, exist_ok=True)
    peers = install()
    version = output(given.pgpe, "--version").split()[-1]
    folder = Path(tempfile.mkdtemp(prefix="pgpe-bench-"))
    rows = []
    begun = time.monotonic()
    try:
        for row in measured(given, version, peers, folder):
            rows.append({"p50_ms": None, "p95_ms": None, "proved": None, "of": None} | row)
            what = f"{row['peer']}, {row['measure']}, {row.get('tables')}"
            print(f"{time.monotonic() - begun:5.0f} s  {what}", file=sys.stderr)
            given.output.parent.mkdir(parents=True, exist_ok=True)
            given.output.write_text(json.dumps(rows, indent=1) + "\n")
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load {load:.1f} at the end, {time.monotonic() - begun:.0f} s in all.")
    print("`many`: ten policies a file, one of which is open; `one`: all of them in one file, with the schema if SQL.")
    print("`to pgpe`: the middle value, in pgpe's for the same form; `to pgpe, many`: in pgpe's for `many`.\n")
    for name, note in NOTES.items():
        print(f"- {name}: {note}.")
    print(table(rows))


if __name__ == "__main__":
    main()
