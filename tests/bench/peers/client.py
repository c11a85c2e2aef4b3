"""A client that speaks with a language server over its standard input and output, and notes when what arrives."""

import ctypes
import json
import os
import queue
import signal
import subprocess
import threading
import time
from pathlib import Path

# Marks the processes of one server in their environment, also those that have left their parent.
MARK = "PGPE_BENCH_SERVER"

# What Visual Studio Code says of itself, as far as it bears upon what is measured. Diagnostics are not asked for but
# sent: all servers here can, and then one and the same moment ends each measurement.
CAPABILITIES = {
    "general": {"positionEncodings": ["utf-16"]},
    "window": {"workDoneProgress": True},
    "workspace": {
        "applyEdit": True,
        "configuration": True,
        "didChangeConfiguration": {"dynamicRegistration": True},
        "didChangeWatchedFiles": {"dynamicRegistration": True},
        "semanticTokens": {"refreshSupport": True},
        "workspaceFolders": True,
    },
    "textDocument": {
        "publishDiagnostics": {
            "relatedInformation": True,
            "versionSupport": True,
            "codeDescriptionSupport": True,
            "dataSupport": True,
            "tagSupport": {"valueSet": [1, 2]},
        },
        "semanticTokens": {
            "dynamicRegistration": True,
            "requests": {"full": {"delta": True}, "range": True},
            "formats": ["relative"],
            "tokenTypes": "namespace type class enum interface struct typeParameter parameter variable property "
            "enumMember event function method macro keyword modifier comment string number regexp operator "
            "decorator".split(),
            "tokenModifiers": "declaration definition readonly static deprecated abstract async modification "
            "documentation defaultLibrary".split(),
            "overlappingTokenSupport": False,
            "multilineTokenSupport": False,
        },
        "synchronization": {"dynamicRegistration": True, "didSave": True},
    },
}

NO_SETTINGS = None


PR_SET_CHILD_SUBREAPER = 36


class Silent(Exception):
    """Nothing came within the time that was given."""


def adopt():
    """Makes this process the parent of those that a server leaves behind, so that they can be waited for."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


class Client:
    """A server that runs, and all that it has sent."""

    def __init__(self, command, folder, environment):
        self.mark = f"{os.getpid()}-{id(self)}-{time.monotonic_ns()}"
        self.process = subprocess.Popen(
            [str(word) for word in command],
            cwd=folder,
            env=os.environ | environment | {MARK: self.mark},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self.folder = Path(folder)
        self.arrived = queue.Queue()
        self.last_id = 0
        self.offers = {}
        self.sending = threading.Lock()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        """Puts each message into the queue, with the moment at which its last byte was there."""
        stream = self.process.stdout
        try:
            while header := stream.readline():
                length = None
                while header.strip():
                    name, _, value = header.partition(b":")
                    if name.strip().lower() == b"content-length":
                        length = int(value)
                    header = stream.readline()
                content = stream.read(length)
                moment = time.perf_counter()
                self._take(moment, json.loads(content))
        except (OSError, ValueError):
            pass
        self.arrived.put((time.perf_counter(), None))

    def _take(self, moment, message):
        """Answers what the server asks at once; the rest is for whoever measures."""
        if "method" in message and "id" in message:
            result = None
            if message["method"] == "workspace/configuration":
                result = [NO_SETTINGS for _ in message["params"]["items"]]
            self._send({"id": message["id"], "result": result})
        else:
            self.arrived.put((moment, message))

    def _send(self, message):
        content = json.dumps({"jsonrpc": "2.0"} | message).encode()
        with self.sending:
            self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(content), content))
            self.process.stdin.flush()

    def notify(self, method, params):
        """Sends a notification; the moment before its first byte."""
        moment = time.perf_counter()
        self._send({"method": method, "params": params})
        return moment

    def wait(self, matches, patience):
        """The first message from now on that matches, with its moment. All before it are dropped."""
        end = time.perf_counter() + patience
        while True:
            try:
                moment, message = self.arrived.get(timeout=max(end - time.perf_counter(), 0.001))
            except queue.Empty:
                raise Silent(f"no answer within {patience:.0f} s") from None
            if message is None:
                raise Silent("the server has ended")
            if matches(message):
                return moment, message

    def drop(self):
        """Forgets what has arrived."""
        while not self.arrived.empty():
            self.arrived.get_nowait()

    def request(self, method, params, patience):
        """The answer to a request, and the seconds until it was there."""
        self.last_id += 1
        number = self.last_id
        start = time.perf_counter()
        self._send({"id": number, "method": method, "params": params})
        moment, answer = self.wait(lambda message: message.get("id") == number, patience)
        if "error" in answer:
            raise Silent(f"{method}: {answer['error'].get('message')}")
        return answer["result"], moment - start

    def initialize(self, patience):
        """Opens the session on the folder."""
        uri = self.folder.as_uri()
        params = {
            "processId": os.getpid(),
            "clientInfo": {"name": "Visual Studio Code", "version": "1.105.0"},
            "locale": "en",
            "rootPath": str(self.folder),
            "rootUri": uri,
            "workspaceFolders": [{"uri": uri, "name": self.folder.name}],
            "capabilities": CAPABILITIES,
            "trace": "off",
        }
        result, _ = self.request("initialize", params, patience)
        self.offers = result["capabilities"]
        self.notify("initialized", {})

    @property
    def takes_changes(self):
        """Whether changes are sent as such, rather than as the whole text."""
        sync = self.offers.get("textDocumentSync")
        return (sync.get("change") if isinstance(sync, dict) else sync) == 2

    def processes(self):
        """Ids of the processes that are the server."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            try:
                variables = (folder / "environ").read_bytes().split(b"\0")
            except OSError:
                continue
            if f"{MARK}={self.mark}".encode() in variables:
                found.append(int(folder.name))
        return found

    def memory(self):
        """Resident memory of all its processes in MB: each by itself, and with what they share counted once."""
        each = once = 0
        for process in self.processes():
            try:
                lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
            except OSError:
                continue
            kilobytes = {name: int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines[1:])}
            each += kilobytes["Rss"]
            once += kilobytes["Pss"]
        return each * 1024 / 1e6, once * 1024 / 1e6

    def stop(self):
        """Ends the session, and whatever of the server is still there a moment later."""
        known = set(self.processes())
        try:
            self.request("shutdown", None, 2)
            self.notify("exit", None)
        except (Silent, OSError):
            pass
        try:
            self.process.wait(timeout=1)
        except subprocess.TimeoutExpired:
            pass
        for process in self.processes():
            known.add(process)
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait()
        for process in known:
            try:
                os.waitpid(process, 0)
            except ChildProcessError:
                pass
        self.process.stdin.close()
        self.process.stdout.close()
