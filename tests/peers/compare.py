#!/usr/bin/env python3
"""Side by side with pgrls: what both say of the known cases, as Markdown on standard output.

    tests/peers/compare.py > tests/peers/RESULTS.md

Installs pgrls from PyPI into target/peers, has the cases of tests/proof_cases written there, and puts each on a
PostgreSQL of its own, since pgrls proves what it reads from a server. Fails where pgpe is not right.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import venv
from collections import Counter
from pathlib import Path

from report import report
from server import Server

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
WORK = ROOT / "target" / "peers"
PGPE = ROOT / "target" / "debug" / "pgpe"
PGRLS = WORK / "venv" / "bin" / "pgrls"
CONFIG = HERE / "pgrls.toml"

READS, WRITES = "reads", "writes"
MODES = {"anon": READS, "cross-tenant": READS, "write": WRITES}
COMMANDS = {READS: ["SELECT"], WRITES: ["INSERT", "UPDATE", "DELETE"]}

# pgrls's lint rules that ask what a rule of pgpe asks.
LINT = {
    "contradiction": {"SEC010"},
    "tautology": {"SEC008", "SEC011", "SEC038"},
    "redundancy": {"HYG003", "SEC031"},
    "subsumption": {"HYG003"},
    "coverage": {"SEC009", "SEC012"},
    "unknown-column": {"HYG001"},
    "cross-write": {"SEC006", "SEC020", "SEC028", "SEC040"},
    "traversal-cycle": set(),
    "traversal-key-not-unique": set(),
}


def output(*command, accept=(0, 1), **options):
    """What a program prints; it must end with one of these codes."""
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, **options)
    if done.returncode not in accept:
        sys.exit(f"{' '.join(map(str, command))}: {done.stderr}{done.stdout}")
    return done.stdout


def set_up():
    """pgrls, pgpe and the cases."""
    if not PGRLS.exists():
        venv.create(WORK / "venv", with_pip=True)
        output(WORK / "venv/bin/pip", "install", "--quiet", "-r", HERE / "requirements.txt", accept=(0,))
    output(ROOT / "tools/build.sh", accept=(0,))
    shutil.rmtree(WORK / "cases", ignore_errors=True)
    environment = os.environ | {"PGPE_CASES": str(WORK / "cases")}
    test = ["test", "--quiet", "--test", "proof_cases", "a_case_on_disk_compiles_to_the_same"]
    output(ROOT / "tools/cargo.sh", *test, accept=(0,), env=environment)


def numbered_cases():
    """Folders of the cases with a number, in their order; the others are not in the table to be compared."""
    found = []
    for folder in (WORK / "cases").iterdir():
        case = json.loads((folder / "case.json").read_text())
        number = re.match(r"(\d+)(.*)", case["number"])
        if number:
            found.append((int(number[1]), number[2], folder.name, folder, case))
    return [(folder, case) for *_, folder, case in sorted(found, key=lambda entry: entry[:3])]


def worst(verdicts):
    order = ["FAILED", "UNKNOWN", "PROVEN", "DENIED"]
    return min(verdicts, key=order.index)


def isolation_known(case):
    """(table, reads or writes) to the commands whose isolation is known, each with its verdict."""
    known = {}
    for entry in case["verdicts"]:
        if entry["proof"] != "tenant-isolation":
            continue
        for side, commands in COMMANDS.items():
            for command in set(entry["commands"]) & set(commands):
                known.setdefault((entry["table"], side), {})[command] = entry["verdict"]
    return known


def rules_known(case):
    """Other rules, to whether they are to report something."""
    known = {rule: True for rule in case["finds"]} | {rule: False for rule in case["finds_no"]}
    for entry in case["verdicts"]:
        if entry["verdict"] in ("PROVEN", "FAILED"):
            known.setdefault(entry["proof"], entry["verdict"] == "FAILED")
    return {rule: expected for rule, expected in known.items() if rule in LINT}


def tables_of(case):
    """The tables that a case is about, with their schema."""
    return [f"public.{entry['table']}" for entry in case["verdicts"] + case["on_server"]]


def ask_pgpe(folder, case):
    """Verdicts by table, command and proof, the rules that something breaks, and whether it compiles."""
    report = json.loads(output(PGPE, "analyze", "--no-cache", "--format", "json", cwd=folder))
    verdicts = {
        (table["table"], command, proof): verdict
        for table in report["tables"]
        for command, proofs in table["commands"].items()
        for proof, verdict in proofs.items()
        if isinstance(verdict, str)
    }
    # What follows from another finding is not told a second time, but is FAILED all the same.
    broken = [(finding["rule"], finding.get("table")) for finding in report["findings"]]
    broken += [(proof, f"public.{table}") for (table, _, proof), verdict in verdicts.items() if verdict == "FAILED"]
    tables = tables_of(case)
    rules = {rule for rule, table in broken if not tables or table is None or table in tables}
    compiles = subprocess.run([PGPE, "compile"], cwd=folder, capture_output=True).returncode == 0
    return verdicts, rules, compiles


def verify(url, mode, *options):
    text = output(PGRLS, "verify", "--database-url", url, "--mode", mode, "--format", "json", *options)
    return {table["table"].removeprefix("public."): table for table in json.loads(text)["tables"]}


def policies_of(folder, case):
    """The policies as SQL. A clause that is never true compiles to nothing: then by hand, from its condition."""
    compiled = (folder / "compiled.sql").read_text()
    impossible = [fact for fact in case["on_server"] if not fact["satisfiable"]]
    if "CREATE POLICY" in compiled or not impossible:
        return compiled
    table, condition = impossible[0]["table"], impossible[0]["condition"]
    secured = "".join(f"ALTER TABLE {table} {word} ROW LEVEL SECURITY;\n" for word in ("ENABLE", "FORCE"))
    return f"{secured}CREATE POLICY p ON {table} USING ({condition});\n"


def easier(policies):
    """A setting that is missing is NULL instead of an error, which keeps pgrls's probe from giving up."""
    return re.sub(r"current_setting\(('[^']*')\)", r"current_setting(\1, true)", policies)


def ask_pgrls(server, schema, policies):
    """What pgrls says: of the policies as they are, by its defaults, and of a form that is easier for it."""
    said = {"configured": {}, "defaults": {}, "easier": {}, "probe": {}}
    with server.database(schema, policies) as url:
        for mode in MODES:
            for table, found in verify(url, mode, "--config", CONFIG).items():
                said["configured"][table, mode] = found["verdict"]
            for table, found in verify(url, mode).items():
                said["defaults"][table, mode] = found["verdict"]
        findings = json.loads(
            output(PGRLS, "lint", "--database-url", url, "--config", CONFIG, "--format", "json")
        )["violations"]
        said["lint"] = [(finding["rule_id"], finding["location"]) for finding in findings]
    with server.database(schema, easier(policies), foreign_keys=False) as url:
        for mode in MODES:
            for table, found in verify(url, mode, "--config", CONFIG, "--probe").items():
                said["easier"][table, mode] = found["static_verdict"]
                said["probe"][table, mode] = found["agreement"]
    return said


def isolation_by_pgrls(said, table, side, source):
    """One verdict from those of several threat models: none of them has to find every leak."""
    found = {mode: said[source].get((table, mode)) for mode, of in MODES.items() if of == side}
    for mode, verdict in found.items():
        if verdict == "leak":
            return "FAILED", mode
    if found.get("cross-tenant" if side == READS else "write") == "isolated":
        return "PROVEN", ""
    return "UNKNOWN", ""


def best_of_pgrls(said, table, side):
    """The verdict on the policies as they are or, where there is none, whatever else pgrls can say."""
    verdict, how = isolation_by_pgrls(said, table, side, "configured")
    if verdict == "UNKNOWN":
        verdict, how = isolation_by_pgrls(said, table, side, "easier")
        how = how and f"{how}, easier form"
    if verdict == "UNKNOWN":
        for mode in (mode for mode, of in MODES.items() if of == side):
            if said["probe"].get((table, mode)) == "leak_confirmed":
                return "FAILED", f"{mode}, by its probe"
    return verdict, how


def mark(true, verdict):
    """Who is right about isolation. What is denied is isolated."""
    if verdict == "UNKNOWN" and true != "UNKNOWN":
        return "gives up"
    true, verdict = ["PROVEN" if word == "DENIED" else word for word in (true, verdict)]
    if true == verdict:
        return "right"
    return "FALSE PROOF" if verdict == "PROVEN" else "false alarm"


def mark_rule(expected, reported):
    if expected == reported:
        return "right"
    return "false alarm" if reported else "silent"


def compare_isolation(case, verdicts, said, usual):
    """A row for each table's reads and writes."""
    for (table, side), known in isolation_known(case).items():
        true = worst(known.values())
        ours = worst(verdicts[table, command, "tenant-isolation"] for command in known)
        row = {"case": case, "what": f"{table}, {side}", "true": true, "ours": (ours, mark(true, ours))}
        if said:
            theirs, how = best_of_pgrls(said, table, side)
            row["theirs"] = (theirs, mark(true, theirs), how)
            by_default, _ = isolation_by_pgrls(said, table, side, "defaults")
            row["by default"] = (by_default, mark(true, by_default))
            here = {rule for rule, place in said["lint"] if place.startswith(f"public.{table}")}
            row["lint"] = sorted(rule for rule in here - usual if rule.startswith("SEC"))
        yield row


def compare_rules(case, rules, said):
    """A row for each other rule of which something is known."""
    for rule, expected in rules_known(case).items():
        ours = rule in rules
        row = {"case": case, "what": rule, "true": expected, "ours": (ours, mark_rule(expected, ours))}
        if said and LINT[rule]:
            places = [place for id, place in said["lint"] if id in LINT[rule]]
            here = any(place.startswith(table) for place in places for table in tables_of(case))
            row["theirs"] = (here, mark_rule(expected, here))
        yield row


def compare(server):
    """The rows of both tables, and the cases that do not compile."""
    isolation, rules, refused = [], [], []
    usual = None
    for folder, case in numbered_cases():
        verdicts, found, compiles = ask_pgpe(folder, case)
        if not compiles:
            refused.append(case["number"])
        policies = policies_of(folder, case)
        said = None
        # What PostgreSQL refuses too is nothing to be judged.
        if "CREATE POLICY" in policies:
            said = ask_pgrls(server, (folder / "schema.sql").read_text(), policies)
            usual = usual or {rule for rule, _ in said["lint"]}
        isolation += compare_isolation(case, verdicts, said, usual)
        rules += compare_rules(case, found, said)
    return isolation, rules, refused


# A row that the policies of case 29 let a session without any setting read.
ANONYMOUS = """
INSERT INTO users (tenant_id, email, kind) VALUES (gen_random_uuid(), 'x', 'A');
CREATE ROLE visitor;
GRANT SELECT ON users TO visitor;
SET ROLE visitor;
SELECT count(*) FROM users;
"""


def anonymous_reads_of_29(server):
    """pgrls's verdict on whether a session without any setting can read rows, and how many it does read."""
    folder = next(folder for folder, case in numbered_cases() if case["number"] == "29")
    schema, policies = [(folder / name).read_text() for name in ("schema.sql", "compiled.sql")]
    with server.database(schema, easier(policies), foreign_keys=False) as url:
        verdict = verify(url, "anon", "--config", CONFIG)["users"]["verdict"]
        return verdict, int(server.psql(url, ANONYMOUS))


def main():
    os.nice(10)
    set_up()
    with Server.start() as server:
        isolation, rules, refused = compare(server)
        anonymous = anonymous_reads_of_29(server)
        versions = {
            "pgpe": output(PGPE, "--version").split()[-1],
            "pgrls": output(PGRLS, "--version").split()[-1],
            "PostgreSQL": server.version,
        }
    print(report(versions, isolation, rules, refused, anonymous, (HERE / "notes.md").read_text()))
    ours = Counter(row["ours"][1] for row in isolation + rules)
    if set(ours) != {"right"}:
        sys.exit(f"pgpe is not right everywhere: {dict(ours)}")


if __name__ == "__main__":
    main()
