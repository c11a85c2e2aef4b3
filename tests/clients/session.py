"""A server in a session with a client that says of itself what a real editor does."""

import asyncio
import json
import os
import pathlib
import shutil
import time

import pytest_lsp
from lsprotocol import types
from lsprotocol.converters import get_converter

ROOT = pathlib.Path(__file__).resolve().parents[2]
PATIENCE = 30
REFRESHES = ["codeLens", "diagnostic", "inlayHint", "semanticTokens"]

converter = get_converter()


def capability(capabilities, *path):
    """What a client says at a place of its capabilities; None if it says nothing."""
    found = converter.unstructure(capabilities, types.ClientCapabilities)
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found


def columns(text, encoding):
    """How many columns a text takes."""
    if encoding == "utf-8":
        return len(text.encode())
    return len(text.encode("utf-16-le")) // 2


class Session:
    """One server, the files of one project, and all that the server has asked for."""

    def __init__(self, client, capabilities, folder):
        self.client = client
        self.capabilities = capabilities
        self.folder = folder
        self.texts = {}
        self.versions = {}
        self.published = []
        self.registered = []
        self.refreshed = []
        self.result = None

    @classmethod
    async def start(cls, capabilities, folder, files):
        """Starts a server that has not been spoken to."""
        for name, text in files.items():
            (folder / name).write_text(text)
        environment = dict(os.environ, PGPE_CACHE_DIR=str(folder / "no" / "cache"))
        config = pytest_lsp.ClientServerConfig(
            server_command=[str(ROOT / "target/debug/pgpe"), "lsp"],
            server_env=environment,
        )
        client = await config.start()
        session = cls(client, capabilities, folder)
        session._listen()
        uri = folder.as_uri()
        session.result = await client.initialize_session(
            types.InitializeParams(
                capabilities=capabilities,
                root_uri=uri,
                workspace_folders=[types.WorkspaceFolder(uri=uri, name=folder.name)],
            )
        )
        return session

    def _listen(self):
        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)
        def register(params):
            self.registered.extend(params.registrations)

        def refresh(name):
            @self.client.feature(f"workspace/{name}/refresh")
            def count(_params):
                self.refreshed.append(name)

        for name in REFRESHES:
            # The library counts those of diagnostics itself.
            self.client.protocol.fm._features.pop(f"workspace/{name}/refresh", None)
            refresh(name)
        publish = types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS
        self.client.protocol.fm._features.pop(publish, None)

        @self.client.feature(publish)
        def published(params):
            self.published.append(params)
            self.client.diagnostics[params.uri] = params.diagnostics

    async def stop(self):
        """Ends the server as the protocol wants it; fails if it does not end well."""
        server = self.client._server
        await asyncio.wait_for(self.client.shutdown_session(), PATIENCE)
        await self.client.stop()
        assert server.returncode == 0

    @property
    def server(self):
        """What the server offers."""
        return self.result.capabilities

    @property
    def encoding(self):
        """How positions are counted."""
        return self.server.position_encoding or "utf-16"

    @property
    def pulls(self):
        """Whether diagnostics are asked for rather than sent."""
        can = capability(self.capabilities, "textDocument", "diagnostic") is not None
        return can and self.server.diagnostic_provider is not None

    def uri(self, name):
        """The URI of a file."""
        return (self.folder / name).as_uri()

    def open(self, name, text):
        """Opens a file."""
        self.texts[name], self.versions[name] = text, 1
        self.client.text_document_did_open(
            types.DidOpenTextDocumentParams(
                types.TextDocumentItem(self.uri(name), "pgpe-policy", 1, text)
            )
        )

    def change(self, name, text):
        """Replaces all of a file's text."""
        self.texts[name] = text
        self.versions[name] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(
                    version=self.versions[name], uri=self.uri(name)
                ),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    async def diagnostics(self, name):
        """What is known of a file now, got in the way that client and server agree on."""
        if not self.pulls:
            return self.client.diagnostics.get(self.uri(name), [])
        report = await self.client.text_document_diagnostic_async(
            types.DocumentDiagnosticParams(types.TextDocumentIdentifier(self.uri(name)))
        )
        return report.items

    async def wait_for(self, what, look):
        """Waits until a function gives something, and gives that."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = await look()
            if found:
                return found
            await asyncio.sleep(0.05)
        raise AssertionError(f"{what} did not come")

    async def wait_for_finding(self, name, rule, line=None):
        """Waits for a finding of a rule; gives it."""

        async def look():
            for found in await self.diagnostics(name):
                if found.code == rule and line in (None, found.range.start.line):
                    return found
            return None

        return await self.wait_for(f"{rule} in {name}", look)

    async def wait_for_end(self, name, rule, line):
        """Waits until a rule has no finding in a line."""

        async def look():
            found = await self.diagnostics(name)
            return not any(
                it.code == rule and it.range.start.line == line for it in found
            )

        await self.wait_for(f"the end of {rule} in {name}", look)

    async def hover(self, name, position):
        """The hover at a place."""
        return await self.client.text_document_hover_async(
            types.HoverParams(types.TextDocumentIdentifier(self.uri(name)), position)
        )

    async def fixes(self, name, finding):
        """The quick fixes for a finding, each with its edit."""
        actions = await self.client.text_document_code_action_async(
            types.CodeActionParams(
                types.TextDocumentIdentifier(self.uri(name)),
                finding.range,
                types.CodeActionContext(
                    [finding], only=[types.CodeActionKind.QuickFix]
                ),
            )
        )
        resolved = []
        for action in actions or []:
            if isinstance(action, types.CodeAction) and action.edit is None:
                properties = capability(
                    self.capabilities,
                    *["textDocument", "codeAction", "resolveSupport", "properties"],
                )
                assert "edit" in (properties or []), "the client can't ask for the edit"
                action = await self.client.code_action_resolve_async(action)
            resolved.append(action)
        return resolved

    def apply(self, name, edit):
        """Applies an edit of a workspace to a file, and tells the server."""
        changes = self.edits_of(edit).get(self.uri(name))
        assert changes, json.dumps(converter.unstructure(edit))
        text = self.texts[name]
        place = lambda it: (it.range.start.line, it.range.start.character)
        for change in sorted(changes, key=place, reverse=True):
            start, end = (
                self.offset(text, it) for it in (change.range.start, change.range.end)
            )
            text = text[:start] + change.new_text + text[end:]
        self.change(name, text)

    def edits_of(self, edit):
        """The edits by file, in whichever of the two forms the client understands."""
        versioned = capability(
            self.capabilities, "workspace", "workspaceEdit", "documentChanges"
        )
        if edit.document_changes is not None:
            assert versioned, "the client does not understand documentChanges"
            return {it.text_document.uri: it.edits for it in edit.document_changes}
        return edit.changes

    def offset(self, text, position):
        """The offset in a text of a position as client and server count it."""
        lines = text.splitlines(keepends=True)
        before = sum(map(len, lines[: position.line]))
        line = lines[position.line] if position.line < len(lines) else ""
        for index in range(len(line) + 1):
            if columns(line[:index], self.encoding) == position.character:
                return before + index
        raise AssertionError(f"{position} is inside a character of {line!r}")

    def position(self, name, text):
        """Where a text is in a file, as client and server count it."""
        for number, line in enumerate(self.texts[name].splitlines()):
            if text in line:
                before = line[: line.index(text)]
                return types.Position(number, columns(before, self.encoding))
        raise AssertionError(f"no line holds {text}")


def example(name, folder):
    """Copies an example; gives the text of its policies and their name."""
    for path in (ROOT / "policies" / name).iterdir():
        shutil.copy(path, folder)
    (policies,) = folder.glob("*.policy")
    return policies.name, policies.read_text()
