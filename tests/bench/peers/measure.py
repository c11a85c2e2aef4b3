"""What is measured of a language server: edits, bursts of them, semantic tokens, memory."""

import math
import time
from dataclasses import dataclass
from pathlib import Path

from client import Client, Silent

# A person pauses at least so long between two edits, in seconds.
PAUSE = 0.1
EDITS = 20
BURST = 20
# A measure is repeated until it has taken so many seconds, but so many times at least.
BUDGET = 8.0
FEWEST_EDITS = 3
# Longest wait for one answer.
PATIENCE = 75.0
SETTLED = 0.5
LONGEST_SETTLING = 30.0
TIMED = ["edit_to_diagnostics", "burst_of_20", "semantic_tokens"]


class OutOfTime(Exception):
    """The run has taken all of its time."""


@dataclass
class Server:
    """A language server to be measured."""

    name: str
    version: str
    command: list
    # Which form of the project it reads: "ours" or "sql".
    form: str
    note: str


def quantile(values, part):
    """The value that a part of the values does not exceed."""
    ordered = sorted(values)
    return ordered[max(math.ceil(part * len(ordered)) - 1, 0)]


class Session:
    """A server with one file open."""

    def __init__(self, server, layout, folder, deadline):
        self.server, self.layout, self.deadline = server, layout, deadline
        # What it keeps goes with the run: caches, sockets, logs.
        environment = dict.fromkeys(["PGPE_CACHE_DIR", "TMPDIR", "XDG_CACHE_HOME", "PGT_LOG_PATH"], str(folder))
        self.client = Client(server.command, layout.folder, environment)
        self.uri = layout.file.as_uri()
        self.version = 1
        self.findings = None

    def patience(self):
        """How long may be waited now."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise OutOfTime
        return min(PATIENCE, left)

    def open(self):
        """Opens the file and waits until the server has nothing more to do."""
        self.client.initialize(self.patience())
        self.pulls = "diagnosticProvider" in self.client.offers
        self.text = self.layout.file.read_text()
        found = list(self.layout.literal.finditer(self.text))
        literal = found[len(found) // 2]
        before = self.text[: literal.start()]
        self.head, self.tail = before, self.text[literal.end() :]
        self.line, self.column = before.count("\n"), len(before) - before.rfind("\n") - 1
        self.width = len(literal[0])
        document = {"uri": self.uri, "languageId": self.layout.language, "version": 1, "text": self.text}
        start = self.client.notify("textDocument/didOpen", {"textDocument": document})
        self.answered(start)
        self.settle()

    def settle(self):
        """Waits until the server's processes no longer take time, if that is soon."""
        before, end = None, time.monotonic() + min(LONGEST_SETTLING, self.patience())
        while (now := self.ticks()) != before and time.monotonic() < end:
            before = now
            time.sleep(SETTLED)

    def ticks(self):
        total = 0
        for process in self.client.processes():
            try:
                fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total

    def edit(self):
        """Changes the number in one clause; the moment before it is sent."""
        self.version += 1
        # Each text is new, and all are of the same length but for the first.
        number = str(1000 + self.version)
        if self.client.takes_changes:
            start, end = self.column, self.column + self.width
            positions = [{"line": self.line, "character": column} for column in (start, end)]
            change = {"range": dict(zip(("start", "end"), positions)), "text": number}
        else:
            change = {"text": self.head + number + self.tail}
        self.width = len(number)
        document = {"uri": self.uri, "version": self.version}
        return self.client.notify("textDocument/didChange", {"textDocument": document, "contentChanges": [change]})

    def answered(self, start):
        """Seconds from a moment to the diagnostics of the present version."""
        if self.pulls:
            answer, _ = self.client.request(
                "textDocument/diagnostic", {"textDocument": {"uri": self.uri}}, self.patience()
            )
            self.findings = len(answer["items"])
            return time.perf_counter() - start

        def is_it(message):
            if message.get("method") != "textDocument/publishDiagnostics":
                return False
            params = message["params"]
            return params["uri"] == self.uri and params.get("version", self.version) == self.version

        moment, message = self.client.wait(is_it, self.patience())
        self.findings = len(message["params"]["diagnostics"])
        return moment - start

    def repeat(self, step, most, fewest):
        """Seconds that a step takes, many times."""
        taken, begun = [], time.monotonic()
        while len(taken) < most and (len(taken) < fewest or time.monotonic() - begun < BUDGET):
            self.patience()
            time.sleep(PAUSE)
            self.client.drop()
            taken.append(step())
        return taken

    def one_edit(self):
        return self.answered(self.edit())

    def burst(self):
        """Edits as fast as they can be sent; from the last of them to the diagnostics of its version."""
        for _ in range(BURST):
            moment = self.edit()
        return self.answered(moment)

    def semantic_tokens(self):
        """Of the whole file, asked for right after an edit."""
        self.edit()
        params = {"textDocument": {"uri": self.uri}}
        answer, taken = self.client.request("textDocument/semanticTokens/full", params, self.patience())
        if not answer["data"]:
            raise Silent("no tokens")
        return taken

    def timed(self, name, edits):
        """Seconds that each of some repetitions takes, and what there is to say of them."""
        if name == "edit_to_diagnostics":
            return self.repeat(self.one_edit, edits, FEWEST_EDITS), f"findings: {self.findings}"
        if name == "burst_of_20":
            return self.repeat(self.burst, max(edits // 4, 1), 1), ""
        if not self.client.offers.get("semanticTokensProvider", {}).get("full"):
            return [], "not offered"
        return self.repeat(self.semantic_tokens, edits, 1), ""

    def memory(self):
        """Megabytes, and what there is to say of them."""
        each, once = self.client.memory()
        count = len(self.client.processes())
        note = "one process" if count == 1 else f"{count} processes, {once:.0f} MB if what they share counts once"
        return round(each, 1), note


def measure(server, layout, folder, deadline, edits):
    """The rows of one server on one form of a project, each with what is special in it as `detail`."""
    rows = []

    def row(name, detail, **values):
        note = "; ".join(part for part in (server.note, detail) if part)
        rows.append(
            {"peer": server.name, "version": server.version, "measure": name, **values}
            | {"note": note, "detail": detail}
        )

    session = None
    try:
        session = Session(server, layout, folder, deadline)
        session.open()
        for name in TIMED:
            try:
                taken, detail = session.timed(name, edits)
            except OutOfTime:
                row(name, "not measured: the run was out of time")
                continue
            except Silent as problem:
                late = time.monotonic() >= deadline
                row(name, f"not measured: {'the run was out of time' if late else problem}")
                continue
            values = {}
            if taken:
                milliseconds = [seconds * 1000 for seconds in taken]
                values = {
                    "p50_ms": round(quantile(milliseconds, 0.5), 3),
                    "p95_ms": round(quantile(milliseconds, 0.95), 3),
                    "samples": len(taken),
                }
            row(name, detail, **values)
        session.settle()
        megabytes, detail = session.memory()
        row("memory_mb", detail, mb=megabytes)
    except (OutOfTime, Silent, OSError) as problem:
        done = {entry["measure"] for entry in rows}
        why = "the run was out of time" if isinstance(problem, OutOfTime) else problem
        for name in [*TIMED, "memory_mb"]:
            if name not in done:
                row(name, f"not measured: {why}")
    finally:
        if session:
            session.client.stop()
    return rows
