"""The server adapts to what real editors say of themselves."""

import asyncio

import pytest
import pytest_asyncio
from lsprotocol import types
from pytest_lsp import client_capabilities

from session import REFRESHES, Session, capability, columns, example

# An editor, and how positions are counted with it: what it offers first, or UTF-16 if it offers nothing.
PROFILES = {
    "visual_studio_code@v1.65.2": "utf-16",
    "neovim@v0.7.0": "utf-16",
    "neovim@v0.9.1": "utf-16",
    "neovim@v0.10.0": "utf-16",
    "neovim@v0.11.0": "utf-8",
    "emacs@v29.1": "utf-8",
}

# Emoji and accents, so that bytes, UTF-16 units and characters count differently.
ODD = """\
POLICY odd
  PERMISSIVE
  FOR ALL
  SELECTOR named('tickets')
  /* 😀é */ CLAUSE col('none') = lit('ż') AND col('status') = lit('😀')
"""


@pytest.fixture(params=PROFILES)
def profile(request):
    return request.param


@pytest_asyncio.fixture
async def leaky(profile, tmp_path):
    """The example whose policies leak, open."""
    name, text = example("leaky", tmp_path)
    session = await Session.start(client_capabilities(profile), tmp_path, {})
    session.name = name
    session.open(name, text)
    yield session
    await session.stop()


@pytest.mark.asyncio
async def test_positions_are_counted_as_the_client_wants(profile, leaky):
    assert leaky.encoding == PROFILES[profile]
    offered = capability(leaky.capabilities, "general", "positionEncodings")
    assert (leaky.server.position_encoding is None) == (offered is None)
    leaky.change(leaky.name, ODD)
    found = await leaky.wait_for_finding(leaky.name, "unknown-column")
    line = ODD.splitlines()[4]
    start = line.index("'none'")
    assert found.range.start.character == columns(line[:start], leaky.encoding)
    end = start + len("'none'")
    assert found.range.end.character == columns(line[:end], leaky.encoding)


@pytest.mark.asyncio
async def test_diagnostics_come_in_the_way_of_the_client(leaky):
    line = leaky.position(leaky.name, "OR CLAUSE col('status')").line
    found = await leaky.wait_for_finding(leaky.name, "tenant-isolation", line)
    assert found.source == "pgpe"
    published = ["textDocument", "publishDiagnostics"]
    if not capability(leaky.capabilities, *published, "relatedInformation"):
        assert found.related_information is None
    if not capability(leaky.capabilities, *published, "codeDescriptionSupport"):
        assert found.code_description is None
    if not capability(leaky.capabilities, *published, "dataSupport"):
        assert found.data is None
    own = [it for it in leaky.published if it.uri == leaky.uri(leaky.name)]
    # The proofs come after the first answer: asking is for clients that can be told to ask again.
    refreshes = capability(leaky.capabilities, "workspace", "diagnostics", "refreshSupport")
    assert (leaky.server.diagnostic_provider is not None) == bool(refreshes)
    if leaky.pulls:
        assert not any(it.diagnostics for it in own)
    else:
        assert own[-1].version == leaky.versions[leaky.name]


@pytest.mark.asyncio
async def test_a_finding_is_hovered_over_in_a_form_that_the_client_shows(leaky):
    place = leaky.position(leaky.name, "'status') = lit('public')")
    await leaky.wait_for_finding(leaky.name, "tenant-isolation", place.line)
    hover = await leaky.hover(leaky.name, place)
    assert "tenant-isolation" in hover.contents.value
    formats = capability(leaky.capabilities, "textDocument", "hover", "contentFormat")
    assert hover.contents.kind.value in formats


@pytest.mark.asyncio
async def test_a_quick_fix_mends_its_finding(leaky):
    line = leaky.position(leaky.name, "rel(_, ticket_number, tickets, number)").line
    rule = "traversal-key-not-unique"
    found = await leaky.wait_for_finding(leaky.name, rule, line)
    actions = await leaky.fixes(leaky.name, found)
    title = "Follow the foreign key from `ticket_id` to `id` (changes access)"
    (action,) = [it for it in actions if it.title == title]
    leaky.apply(leaky.name, action.edit)
    assert "rel(_, ticket_id, tickets, id)" in leaky.texts[leaky.name]
    await leaky.wait_for_end(leaky.name, rule, line)
    await leaky.wait_for_end(leaky.name, "tenant-isolation", line - 1)


@pytest.mark.asyncio
async def test_nothing_is_registered_that_the_client_can_not_take(leaky):
    await leaky.wait_for_finding(leaky.name, "tenant-isolation")
    for registration in leaky.registered:
        place = registration.method.split("/")
        assert capability(leaky.capabilities, *place, "dynamicRegistration") is True
    watching = ["workspace", "didChangeWatchedFiles", "dynamicRegistration"]
    methods = {it.method for it in leaky.registered}
    watches = "workspace/didChangeWatchedFiles" in methods
    assert watches == bool(capability(leaky.capabilities, *watching))


@pytest.mark.asyncio
async def test_files_are_watched_or_looked_at(leaky):
    """A client that does not watch files has the server look at them."""
    line = leaky.position(leaky.name, "OR CLAUSE col('status')").line
    await leaky.wait_for_finding(leaky.name, "tenant-isolation", line)
    schema = leaky.folder / "schema.sql"
    schema.write_text(schema.read_text().replace("status ", "state "))
    if any(it.method.endswith("didChangeWatchedFiles") for it in leaky.registered):
        change = types.FileEvent(schema.as_uri(), types.FileChangeType.Changed)
        leaky.client.workspace_did_change_watched_files(
            types.DidChangeWatchedFilesParams([change])
        )
    await leaky.wait_for_finding(leaky.name, "unknown-column", line)


@pytest.mark.asyncio
async def test_refreshes_are_asked_for_only_where_the_client_knows_them(leaky):
    rule = "tenant-isolation"
    line = leaky.position(leaky.name, "OR CLAUSE col('status')").line
    await leaky.wait_for_finding(leaky.name, rule, line)
    text = leaky.texts[leaky.name]
    mended = text.replace("  OR CLAUSE col('status') = lit('public')\n", "")
    leaky.change(leaky.name, mended)
    await leaky.wait_for_end(leaky.name, rule, line)
    schema = leaky.folder / "schema.sql"
    leaky.open("schema.sql", schema.read_text().replace("status ", "state "))
    leaky.change(leaky.name, text)
    await leaky.wait_for_finding(leaky.name, "unknown-column", line)
    await asyncio.sleep(0.5)
    for name in leaky.refreshed:
        assert capability(leaky.capabilities, "workspace", _section(name), "refreshSupport")


@pytest.mark.asyncio
async def test_a_client_of_today_is_told_to_ask_again(tmp_path):
    """None of the recorded profiles knows all refreshes. What they would be told of is told."""
    capabilities = client_capabilities("neovim@v0.11.0")
    for name in REFRESHES:
        setattr(capabilities.workspace, _attribute(name), _refreshable(name))
    name, text = example("leaky", tmp_path)
    session = await Session.start(capabilities, tmp_path, {})
    provided = {
        "codeLens": session.server.code_lens_provider,
        "diagnostic": session.server.diagnostic_provider,
        "inlayHint": session.server.inlay_hint_provider,
        "semanticTokens": session.server.semantic_tokens_provider,
    }
    assert provided["diagnostic"] is not None
    session.open(name, text)
    await session.wait_for_finding(name, "tenant-isolation")
    assert not any(it.diagnostics for it in session.published)
    # Another schema: tables and types are others, and so is what hints and lenses say.
    schema = (tmp_path / "schema.sql").read_text()
    session.open("schema.sql", schema.replace("status ", "state "))
    await session.wait_for_finding(name, "unknown-column")

    async def all_came():
        wanted = {it for it, offer in provided.items() if offer is not None}
        # Colours depend on the text alone.
        return wanted <= set(session.refreshed) | {"semanticTokens"}

    await session.wait_for("the refreshes", all_came)
    await session.stop()


def _section(name):
    # Their capability has a name of its own.
    return "diagnostics" if name == "diagnostic" else name


def _attribute(name):
    return {
        "codeLens": "code_lens",
        "diagnostic": "diagnostics",
        "inlayHint": "inlay_hint",
        "semanticTokens": "semantic_tokens",
    }[name]


def _refreshable(name):
    return {
        "codeLens": types.CodeLensWorkspaceClientCapabilities,
        "diagnostic": types.DiagnosticWorkspaceClientCapabilities,
        "inlayHint": types.InlayHintWorkspaceClientCapabilities,
        "semanticTokens": types.SemanticTokensWorkspaceClientCapabilities,
    }[name](refresh_support=True)
