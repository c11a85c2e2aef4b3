// A server on the loopback address by which the tests ask the workbench: POST { ask, parameters }.

const { writeFileSync, renameSync } = require('node:fs');
const http = require('node:http');
const vscode = require('vscode');

/** Parameters that JSON can't hold are objects of one key. */
function revive(value) {
  if (Array.isArray(value)) return value.map(revive);
  if (value === null || typeof value !== 'object') return value;
  if (typeof value.$uri === 'string') return vscode.Uri.parse(value.$uri);
  if (Array.isArray(value.$position)) return new vscode.Position(...value.$position);
  if (Array.isArray(value.$range)) return new vscode.Range(...value.$range);
  return value;
}

const editorOf = (uri) =>
  vscode.window.visibleTextEditors.find(({ document }) => document.uri.toString() === uri.toString());

const answers = {
  command: (name, ...parameters) => vscode.commands.executeCommand(name, ...parameters),
  open: async (uri) => void (await vscode.window.showTextDocument(uri, { preview: false, viewColumn: 1 })),
  diagnostics: (uri) =>
    vscode.languages.getDiagnostics(uri).map(({ range, message, severity, source, code, tags, relatedInformation }) => ({
      line: range.start.line,
      range,
      message,
      severity: vscode.DiagnosticSeverity[severity],
      source,
      rule: typeof code === 'object' ? code.value : code,
      page: typeof code === 'object' ? code.target.toString() : undefined,
      unnecessary: tags?.includes(vscode.DiagnosticTag.Unnecessary) ?? false,
      related: relatedInformation?.map((it) => it.message) ?? [],
    })),
  /** Code actions at a range; with a title, that one is carried out. */
  actions: async (uri, range, title) => {
    // Edits come when they are asked for.
    const found = await vscode.commands.executeCommand('vscode.executeCodeActionProvider', uri, range, undefined, 50);
    const chosen = found.find((it) => it.title === title);
    if (chosen?.edit) await vscode.workspace.applyEdit(chosen.edit);
    const command = chosen?.command;
    if (command) await vscode.commands.executeCommand(command.command, ...(command.arguments ?? []));
    return found.map((it) => ({ title: it.title, kind: it.kind?.value, preferred: it.isPreferred === true }));
  },
  hover: async (uri, position) => {
    const found = await vscode.commands.executeCommand('vscode.executeHoverProvider', uri, position);
    return found.flatMap((it) => it.contents.map((part) => (typeof part === 'string' ? part : part.value))).join('\n');
  },
  lenses: async (uri) => {
    const found = await vscode.commands.executeCommand('vscode.executeCodeLensProvider', uri, 100);
    return found.map(({ range, command }) => ({ line: range.start.line, ...command }));
  },
  hints: async (uri, range) => {
    const found = await vscode.commands.executeCommand('vscode.executeInlayHintProvider', uri, range);
    const text = (label) => (typeof label === 'string' ? label : label.map((part) => part.value).join(''));
    return found.map(({ label, position }) => ({ label: text(label), line: position.line, character: position.character }));
  },
  signatures: async (uri, position) => {
    const found = await vscode.commands.executeCommand('vscode.executeSignatureHelpProvider', uri, position);
    return found && { labels: found.signatures.map((it) => it.label), parameter: found.activeParameter };
  },
  /** Completions at a position, those first that an editor puts first. */
  completions: async (uri, position) => {
    const found = await vscode.commands.executeCommand('vscode.executeCompletionItemProvider', uri, position, undefined, 5);
    const text = (label) => (typeof label === 'string' ? label : label.label);
    const items = found.items.map((it) => ({ label: text(it.label), sort: it.sortText ?? text(it.label) }));
    return items.sort((one, other) => (one.sort < other.sort ? -1 : 1)).map((it) => it.label);
  },
  /** What would be edited where, by file. */
  rename: async (uri, position, name) => {
    const edit = await vscode.commands.executeCommand('vscode.executeDocumentRenameProvider', uri, position, name);
    return edit.entries().map(([file, edits]) => [file.toString(), edits.length]);
  },
  cursor: async (uri, position) => {
    const editor = await vscode.window.showTextDocument(uri, { viewColumn: editorOf(uri)?.viewColumn ?? 1 });
    editor.selection = new vscode.Selection(position, position);
    editor.revealRange(editor.selection);
  },
  replace: async (uri, range, text) => {
    const edit = new vscode.WorkspaceEdit();
    edit.replace(uri, range, text);
    return vscode.workspace.applyEdit(edit);
  },
  text: async (uri) => (await vscode.workspace.openTextDocument(uri)).getText(),
  language: async (uri) => (await vscode.workspace.openTextDocument(uri)).languageId,
  visible: () => vscode.window.visibleTextEditors.map(({ document }) => document.uri.toString()),
  tabs: () => vscode.window.tabGroups.all.map((group) => group.tabs.map((tab) => tab.label)),
  configure: (section, value) =>
    // JSON has no undefined, which takes a setting back.
    vscode.workspace.getConfiguration().update(section, value ?? undefined, vscode.ConfigurationTarget.Global),
};

async function body(request) {
  const parts = [];
  for await (const part of request) parts.push(part);
  return JSON.parse(Buffer.concat(parts).toString('utf8'));
}

exports.activate = (context) => {
  const server = http.createServer(async (request, response) => {
    let answer;
    try {
      const { ask, parameters } = await body(request);
      answer = { value: (await answers[ask](...parameters.map(revive))) ?? null };
    } catch (error) {
      answer = { error: String(error?.stack ?? error) };
    }
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify(answer));
  });
  server.listen(0, '127.0.0.1', () => {
    const file = process.env.PGPE_PROBE;
    writeFileSync(`${file}.new`, String(server.address().port));
    renameSync(`${file}.new`, file);
  });
  context.subscriptions.push({ dispose: () => server.close() });
};
