"""A PostgreSQL that lasts as long as its `with`, on a free port and never as root."""

import contextlib
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

DROP_FOREIGN_KEYS = """
DO $$ DECLARE key record; BEGIN
  FOR key IN SELECT conrelid::regclass AS relation, conname FROM pg_constraint WHERE contype = 'f' LOOP
    EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', key.relation, key.conname);
  END LOOP;
END $$;
"""


def programs():
    """The folder of the server's programs: as `PG_BIN` says, or the newest."""
    if "PG_BIN" in os.environ:
        return Path(os.environ["PG_BIN"])
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        sys.exit("PostgreSQL's server programs were not found: install them or set PG_BIN to their folder")
    return found[-1].parent


class Server:
    """Where it listens, and the programs to speak with it."""

    def __init__(self, folder, port):
        self.folder = folder
        self.address = f"postgresql://postgres@127.0.0.1:{port}"
        self.url = f"{self.address}/postgres"
        self.count = 0

    @classmethod
    @contextlib.contextmanager
    def start(cls):
        """A server with its data below a temporary folder."""
        folder = Path(tempfile.mkdtemp(prefix="pgpe-peers-"))
        options = {"cwd": folder, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        if os.getuid() == 0:
            options |= {"user": "nobody", "group": pwd.getpwnam("nobody").pw_gid, "extra_groups": []}
            shutil.chown(folder, "nobody")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        data = folder / "data"
        arguments = ["--username", "postgres", "--auth", "trust", "--encoding", "UTF8", "--locale", "C"]
        subprocess.run([programs() / "initdb", *arguments, "--no-sync", "-D", data], check=True, **options)
        settings = ["listen_addresses=127.0.0.1", f"port={port}", f"unix_socket_directories={folder}", "fsync=off"]
        command = [programs() / "postgres", "-D", data, *(word for each in settings for word in ("-c", each))]
        process = subprocess.Popen(command, **options)
        try:
            server = cls(folder, port)
            for _ in range(100):
                if subprocess.run([programs() / "pg_isready", "-q", "-d", server.url]).returncode == 0:
                    break
                time.sleep(0.1)
            server.version = server.psql(server.url, "SHOW server_version").strip()
            yield server
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
            shutil.rmtree(folder)

    def psql(self, url, sql):
        """Runs a script on a database; its rows as text."""
        command = [programs() / "psql", "-qXAt", "-v", "ON_ERROR_STOP=1", url]
        done = subprocess.run(command, input=sql, capture_output=True, text=True)
        if done.returncode != 0:
            sys.exit(f"{done.stderr}\n{sql}")
        return done.stdout

    @contextlib.contextmanager
    def database(self, schema, policies, foreign_keys=True):
        """The address of a database with a schema and policies."""
        self.count += 1
        name = f"case_{self.count}"
        url = f"{self.address}/{name}"
        self.psql(self.url, f"CREATE DATABASE {name}")
        for role in set(re.findall(r"^ +TO (\w+)$", policies, re.MULTILINE)):
            if not self.psql(self.url, f"SELECT 1 FROM pg_roles WHERE rolname = '{role}'"):
                self.psql(self.url, f"CREATE ROLE {role}")
        self.psql(url, f"{schema}\n{policies}\n{'' if foreign_keys else DROP_FOREIGN_KEYS}")
        yield url
        self.psql(self.url, f"DROP DATABASE {name}")
